// What ingest does with the verdicts of the content policy and of the malware scan.

#include <gtest/gtest.h>

#include "base/task_group.hpp"
#include "ingest/ingest.hpp"
#include "store/store_fakes.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

// Sees everything and says what it is told to. `holds`: gives back no bytes until it is given up.
class FakeScanner final : public Scanner {
public:
    std::unique_ptr<Scan> begin() override { return std::make_unique<FakeScan>(*this); }
    Task<Result<void>> ping() override { co_return {}; }

    Verdict verdict;
    bool holds = false;
    std::string seen;   // while it came
    std::string whole;  // at its end
    int given_up = 0;

private:
    class FakeScan final : public Scan {
    public:
        explicit FakeScan(FakeScanner& scanner) : scanner_(scanner) {}
        ~FakeScan() override { let_go(); }
        void feed(std::span<std::byte const> bytes, Job taken) override {
            scanner_.seen.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
            if (!scanner_.holds || is_given_up_) return taken();
            held_.push_back(std::move(taken));
        }
        void give_up() override {
            ++scanner_.given_up;
            let_go();
        }
        Task<Verdict> finish(ByteSource& file) override {
            scanner_.whole = (co_await read_all(file, 8 << 20)).value();
            co_return scanner_.verdict;
        }

    private:
        void let_go() {
            is_given_up_ = true;
            for (auto& taken : std::exchange(held_, {}))
                taken();
        }
        FakeScanner& scanner_;
        std::vector<Job> held_;
        bool is_given_up_ = false;
    };
};

class IngestContent : public testing::Test, protected store::StoreSetup {
protected:
    Result<ReceivedFile> receive(std::string bytes, std::string name, Unchecked unchecked) {
        Ingest ingest(staging(), *workers, {.content = {.unchecked = unchecked}}, scanner_);
        MemorySource body(std::move(bytes));
        Expectation const expected{.bytes_max = 1 << 30, .filename = std::move(name)};
        return loop.run_task(ingest.receive(body, expected));
    }
    Result<ReceivedFile> receive(std::string bytes, std::string name = "a.txt") {
        return receive(std::move(bytes), std::move(name), Unchecked::refuse);
    }
    void expect_nothing_left() {
        workers.reset();
        EXPECT_EQ(store::files_below(staging().folder()), 0U);
        workers = std::make_unique<WorkerPool>("test", 2);
        staging_area.emplace(
            store::StagingArea::open(folder.path() / "data" / "staging", *workers, disk).value());
    }

    FakeScanner fake_;
    Scanner* scanner_ = nullptr;
};

// In one step, and over several buffers.
std::string const small = "a line of text\n";
std::string large() {
    return std::string(3 << 20, 'x');
}

TEST_F(IngestContent, refused_files_leave_nothing_behind) {
    for (auto const& padding : {""s, large()}) {
        EXPECT_EQ(receive("#!/bin/sh\n" + padding).error().code, ErrorCode::malicious_file);
        EXPECT_EQ(receive("%PDF-1.4" + padding).error().code, ErrorCode::invalid_file_type);
        EXPECT_EQ(receive("text" + padding, "x.exe").error().code, ErrorCode::invalid_extension);
        expect_nothing_left();
        auto const passed = receive("text" + padding);
        ASSERT_TRUE(passed);
        EXPECT_EQ(passed->unchecked, "");
    }
}

TEST_F(IngestContent, a_scanner_sees_every_byte_in_order) {
    scanner_ = &fake_;
    for (auto const& body : {small, large()}) {
        fake_.seen.clear();
        ASSERT_TRUE(receive(body));
        EXPECT_TRUE(fake_.seen == body);
        EXPECT_TRUE(fake_.whole == body) << "it may look again when all is there";
    }
}

TEST_F(IngestContent, what_a_scanner_finds_is_refused) {
    scanner_ = &fake_;
    fake_.verdict = refused(ErrorCode::malicious_file, "found Evil");
    for (auto const& body : {small, large()}) {
        EXPECT_EQ(receive(body, "a.txt", Unchecked::accept).error().message, "found Evil");
        expect_nothing_left();
    }
}

TEST_F(IngestContent, what_a_scanner_cannot_check_is_for_the_policy_to_decide) {
    scanner_ = &fake_;
    fake_.verdict = not_checked(ErrorCode::scanner_unavailable, "it is down");
    for (auto const& body : {small, large()}) {
        EXPECT_EQ(receive(body).error().code, ErrorCode::scanner_unavailable);
        expect_nothing_left();
        auto const kept = receive(body, "a.txt", Unchecked::accept);
        ASSERT_TRUE(kept);
        EXPECT_EQ(kept->unchecked, "it is down");
    }
}

class BreakingSource final : public ByteSource {
public:
    explicit BreakingSource(std::string bytes) : bytes_(std::move(bytes)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        CO_TRY(auto const count, co_await bytes_.read(into));
        if (count == 0) co_return fail(ErrorCode::body_truncated, "cut");
        co_return count;
    }

private:
    MemorySource bytes_;
};

TEST_F(IngestContent, a_body_that_breaks_off_gives_up_a_scan_that_holds_its_bytes) {
    fake_.holds = true;
    Ingest ingest(staging(), *workers, {}, &fake_);
    BreakingSource body(std::string(1 << 20, 'x'));
    Expectation const expected{.bytes_max = 1 << 30};
    auto const failed = loop.run_task(ingest.receive(body, expected));
    EXPECT_EQ(failed.error().code, ErrorCode::body_truncated);
    EXPECT_GE(fake_.given_up, 1);
    expect_nothing_left();
}

TEST_F(IngestContent, a_scan_that_holds_bytes_is_given_up_when_the_disk_fails) {
    fake_.holds = true;
    Ingest ingest(staging(), *workers, {}, &fake_);
    disk.fail_at(2, ENOSPC);
    MemorySource body(large());
    Expectation const expected{.bytes_max = 1 << 30};
    auto const failed = loop.run_task(ingest.receive(body, expected));
    disk.fail_at(0, 0);
    EXPECT_EQ(failed.error().code, ErrorCode::store_full);
    expect_nothing_left();
}

Task<void> receive_and_note(Ingest& ingest, bool& has_ended) {
    MemorySource body(std::string(8 << 20, 'x'));
    Expectation const expected{.bytes_max = 1 << 30};
    auto const received = co_await ingest.receive(body, expected);
    has_ended = received.has_value() || !received.has_value();
}

TEST_F(IngestContent, a_cancelled_upload_gives_up_its_scan) {
    fake_.holds = true;
    Ingest ingest(staging(), *workers, {}, &fake_);
    bool has_ended = false;
    TaskGroup group(loop);
    group.spawn(receive_and_note(ingest, has_ended));
    while (fake_.seen.size() < 2 << 20)  // every buffer of the upload is with the scanner
        loop.run_task(store::turns(loop, 100));
    group.cancel();
    loop.run_task(store::joined(group));
    EXPECT_FALSE(has_ended);
    EXPECT_GE(fake_.given_up, 1);
    expect_nothing_left();
}

TEST_F(IngestContent, a_name_is_judged_before_the_first_byte) {
    Ingest const ingest(staging(), *workers, {});
    EXPECT_EQ(ingest.check_name("x.exe").error().code, ErrorCode::invalid_extension);
    EXPECT_TRUE(ingest.check_name("x.txt"));
}

}  // namespace
}  // namespace filegate::ingest
