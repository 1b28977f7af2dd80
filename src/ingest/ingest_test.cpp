#include "ingest/ingest.hpp"

#include <future>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/task_group.hpp"
#include "store/store_fakes.hpp"

namespace filegate::ingest {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * 1024;

std::byte byte_at(std::uint64_t position) {
    return static_cast<std::byte>(position * 0x9E3779B97F4A7C15 >> 56);
}

std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
        text[i] = static_cast<char>(byte_at(i));
    return text;
}

struct Script {
    std::uint64_t bytes = 0;                 // the body's length
    std::size_t step_bytes = SIZE_MAX;       // at most this much per read
    std::optional<std::uint64_t> fails_at;   // an error after so many bytes
    std::optional<std::uint64_t> stalls_at;  // after so many bytes: waits until it is interrupted
    std::function<void(std::uint64_t)> on_read = [](std::uint64_t) {};  // told the position
};

class ScriptedSource final : public ByteSource {
public:
    explicit ScriptedSource(Script script) : script_(std::move(script)) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        script_.on_read(position_);
        if (script_.fails_at == position_) co_return fail(ErrorCode::body_truncated, "cut");
        if (script_.stalls_at == position_) {
            Completion<> never([&never] { never.complete(); });
            co_await never;
        }
        auto count = std::min({into.size(), script_.step_bytes, left(script_.bytes)});
        count = std::min(count, left(script_.fails_at.value_or(UINT64_MAX)));
        count = std::min(count, left(script_.stalls_at.value_or(UINT64_MAX)));
        for (auto& byte : into.first(count))
            byte = byte_at(position_++);
        co_return count;
    }

private:
    std::size_t left(std::uint64_t until) const {
        return until > position_ ? static_cast<std::size_t>(until - position_)
                                 : SIZE_MAX * (until != script_.bytes);
    }

    Script script_;
    std::uint64_t position_ = 0;
};

using Outcome = std::optional<Result<ReceivedFile>>;

Task<void> receive_into(Ingest& ingest, Script script, Expectation expected, Outcome& outcome) {
    ScriptedSource body(std::move(script));
    auto received = co_await ingest.receive(body, expected);
    outcome = std::move(received);
}

class ingest : public testing::Test, protected store::StoreSetup {
protected:
    explicit ingest(IngestOptions options = {}) : options_(std::move(options)) {}

    Ingest& subject() {
        if (!subject_) subject_.emplace(staging(), *workers, options_);
        return *subject_;
    }
    Result<ReceivedFile> receive(Script script, Expectation expected = {.bytes_max = 1 << 30}) {
        ScriptedSource body(std::move(script));
        return loop.run_task(subject().receive(body, expected));
    }
    Result<ReceivedFile> receive_text(std::string_view text, std::string filename = {}) {
        MemorySource body{std::string(text)};
        Expectation const expected{.bytes_max = 1 << 30, .filename = std::move(filename)};
        return loop.run_task(subject().receive(body, expected));
    }
    std::string content_of(ReceivedFile const& file) {
        std::string text(file.bytes + 1, '\0');
        auto const count = file.staged.read_at(0, std::as_writable_bytes(std::span(text)));
        text.resize(count.value());
        return text;
    }
    // Ends what destructors left to the workers, and looks for leftovers.
    void expect_nothing_left() {
        subject_.reset();
        workers.reset();
        EXPECT_EQ(store::files_below(staging().folder()), 0U);
        EXPECT_EQ(store::open_descriptors(), descriptors_);
        workers = std::make_unique<WorkerPool>("test", 2);
        staging_area.emplace(
            store::StagingArea::open(folder.path() / "data" / "staging", *workers, disk).value());
    }
    void TearDown() override { expect_nothing_left(); }

    std::size_t descriptors_ = store::open_descriptors();
    IngestOptions options_;
    std::optional<Ingest> subject_;
};

TEST_F(ingest, receives_bodies_of_every_length_whole) {
    for (std::size_t const length : {std::size_t(1), 16 * kib - 1, 16 * kib, 16 * kib + 1,
                                     64 * kib - 1, 64 * kib, 64 * kib + 1, 256 * kib - 1, 256 * kib,
                                     256 * kib + 1, mib - 1, mib, mib + 1, 8 * mib, 20 * mib + 7}) {
        auto const received = receive({.bytes = length});
        ASSERT_TRUE(received) << length;
        auto const content = pattern(length);
        EXPECT_EQ(received->bytes, length);
        EXPECT_EQ(received->sha256, sha256(content)) << length;
        EXPECT_TRUE(content_of(*received) == content) << length;
    }
}

TEST_F(ingest, receives_bodies_that_come_in_small_pieces) {
    struct Case {
        std::size_t length;
        std::size_t step_bytes;
    };
    for (auto const& [length, step_bytes] :
         {Case{300'001, 1}, Case{mib + 3, 7}, Case{3 * mib + 1, 4097}}) {
        auto const received = receive({.bytes = length, .step_bytes = step_bytes});
        ASSERT_TRUE(received);
        EXPECT_EQ(received->sha256, sha256(pattern(length)));
        EXPECT_TRUE(content_of(*received) == pattern(length));
    }
}

TEST_F(ingest, agrees_with_the_published_digests) {
    struct Case {
        std::string text;
        std::string_view digest;
    };
    for (auto const& [text, digest] :
         {Case{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
          Case{std::string(1'000'000, 'a'),
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}}) {
        EXPECT_EQ(receive_text(text)->sha256.hex(), digest);
    }
}

TEST_F(ingest, takes_a_file_of_the_limit_and_refuses_one_byte_more) {
    for (std::size_t const limit : {std::size_t(1), 16 * kib, 256 * kib, 2 * mib + 1}) {
        EXPECT_TRUE(receive({.bytes = limit - 1 + (limit == 1)}, {.bytes_max = limit}));
        EXPECT_TRUE(receive({.bytes = limit}, {.bytes_max = limit})) << limit;
        auto const refused = receive({.bytes = limit + 1}, {.bytes_max = limit});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::file_too_large);
        EXPECT_NE(refused.error().message.find(fmt::format("the {} bytes allowed", limit)),
                  std::string::npos);
        EXPECT_NE(refused.error().message.find(fmt::format("at least {} bytes", limit + 1)),
                  std::string::npos);
    }
}

TEST_F(ingest, refuses_an_endless_body_soon_after_the_limit) {
    std::uint64_t position = 0;
    auto const note = [&](std::uint64_t at) { position = at; };
    auto const refused = receive({.bytes = UINT64_MAX, .on_read = note}, {.bytes_max = 5 * mib});
    EXPECT_EQ(refused.error().code, ErrorCode::file_too_large);
    EXPECT_LE(position, 5 * mib + 1);
}

TEST_F(ingest, refuses_an_empty_file) {
    auto const refused = receive({.bytes = 0});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::validation_failed);
}

TEST_F(ingest, verifies_an_announced_digest) {
    for (std::size_t const length : {std::size_t(100), 3 * mib}) {
        auto const right = sha256(pattern(length));
        auto wrong = right;
        wrong.bytes[31] ^= 1;
        EXPECT_TRUE(receive({.bytes = length}, {.bytes_max = length, .sha256 = right}));
        auto const refused = receive({.bytes = length}, {.bytes_max = length, .sha256 = wrong});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::digest_mismatch);
        EXPECT_NE(refused.error().message.find(right.hex()), std::string::npos);
        EXPECT_NE(refused.error().message.find(wrong.hex()), std::string::npos);
    }
}

TEST_F(ingest, passes_on_the_error_of_a_body_that_fails_midway) {
    for (std::uint64_t const fails_at :
         {std::size_t(0), std::size_t(1), 16 * kib, 64 * kib + 1, 256 * kib, mib, 5 * mib + 3}) {
        auto const failed = receive({.bytes = 100 * mib, .fails_at = fails_at});
        ASSERT_FALSE(failed) << fails_at;
        EXPECT_EQ(failed.error().code, ErrorCode::body_truncated);
        expect_nothing_left();
    }
}

TEST_F(ingest, leaves_nothing_behind_whichever_step_of_the_disk_fails) {
    for (std::size_t const length : {100 * kib, 6 * mib}) {
        int broken_steps = 0;
        for (int step = 1;; ++step) {
            auto& receiving = subject();
            disk.fail_at(step, ENOSPC);
            ScriptedSource body({.bytes = length});
            Expectation const expected{.bytes_max = length};
            auto const failed = loop.run_task(receiving.receive(body, expected));
            disk.fail_at(0, 0);
            if (failed) break;
            ++broken_steps;
            EXPECT_EQ(failed.error().code, ErrorCode::store_full) << step;
            expect_nothing_left();
        }
        EXPECT_EQ(broken_steps, length == 100 * kib ? 3 : 10);  // create, writes, flush, sniff
    }
}

TEST_F(ingest, goes_on_after_short_writes) {
    disk.move_at_most(1000);
    auto const received = receive({.bytes = 2 * mib});
    ASSERT_TRUE(received);
    EXPECT_TRUE(content_of(*received) == pattern(2 * mib));
}

TEST_F(ingest, goes_on_after_interrupted_calls) {
    auto& receiving = subject();
    disk.interrupt_every_other_call(true);
    ScriptedSource body({.bytes = 2 * mib});
    Expectation const expected{.bytes_max = 2 * mib};
    auto const received = loop.run_task(receiving.receive(body, expected));
    disk.interrupt_every_other_call(false);
    ASSERT_TRUE(received);
    EXPECT_TRUE(content_of(*received) == pattern(2 * mib));
}

// The source would wait for ever: only the disk's error can end this.
TEST_F(ingest, stops_a_waiting_read_when_the_disk_fails) {
    auto& receiving = subject();
    disk.fail_at(2, EIO);
    ScriptedSource body({.bytes = 100 * mib, .stalls_at = 300 * kib});
    Expectation const expected{.bytes_max = 100 * mib};
    auto const failed = loop.run_task(receiving.receive(body, expected));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::storage_error);
}

TEST_F(ingest, lets_go_of_everything_when_cancelled_during_any_read) {
    for (std::uint64_t const at : {std::size_t(0), std::size_t(1), 16 * kib, 256 * kib, 300 * kib,
                                   mib, 2 * mib + 1, 9 * mib}) {
        for (bool const is_stalled : {false, true}) {
            Outcome outcome;
            TaskGroup group(loop);
            Script script{.bytes = 100 * mib};
            script.step_bytes = 128 * kib + 1;
            if (is_stalled) script.stalls_at = at;
            script.on_read = [&](std::uint64_t position) {
                if (position >= at) loop.post([&group] { group.cancel(); });
            };
            group.spawn(receive_into(subject(), script, {.bytes_max = 1 << 30}, outcome));
            loop.run_task(store::joined(group));
            EXPECT_FALSE(outcome) << at;
            expect_nothing_left();
        }
    }
}

TEST_F(ingest, lets_go_of_everything_when_cancelled_during_any_step_of_the_disk) {
    for (std::size_t const length : {100 * kib, 6 * mib}) {
        int cancelled_steps = 0;
        for (int step = 1;; ++step) {
            Outcome outcome;
            TaskGroup group(loop);
            auto& receiving = subject();
            disk.visit_at(step, [&] {
                std::promise<void> cancelled;
                loop.post([&] {
                    group.cancel();
                    cancelled.set_value();
                });
                cancelled.get_future().wait();
            });
            group.spawn(receive_into(receiving, {.bytes = length}, {.bytes_max = length}, outcome));
            loop.run_task(store::joined(group));
            disk.visit_at(0, {});
            if (outcome) break;
            ++cancelled_steps;
            expect_nothing_left();
        }
        EXPECT_EQ(cancelled_steps, length == 100 * kib ? 3 : 10);
    }
}

TEST_F(ingest, reads_the_filename_after_the_end_of_the_body) {
    for (int const repeats : {1, 100'000}) {
        Expectation expected{.bytes_max = 1 << 30};
        std::string text;
        for (int i = 0; i < repeats; ++i)
            text += "# heading\n";
        class Form final : public ByteSource {
        public:
            Form(std::string bytes, Expectation& expected)
                : file_(std::move(bytes)), expected_(expected) {}
            Task<Result<std::size_t>> read(std::span<std::byte> into) override {
                CO_TRY(auto const count, co_await file_.read(into));
                if (count == 0) expected_.filename = "notes.md";
                co_return count;
            }

        private:
            MemorySource file_;
            Expectation& expected_;
        } form(std::move(text), expected);
        EXPECT_EQ(loop.run_task(subject().receive(form, expected))->mime_type, "text/markdown");
    }
}

TEST_F(ingest, tells_the_type_of_small_and_large_files_alike) {
    EXPECT_EQ(receive_text("%PDF-1.7\n" + pattern(100), "x.pdf")->mime_type, "application/pdf");
    EXPECT_EQ(receive_text("%PDF-1.7\n" + pattern(2 * mib))->mime_type, "application/pdf");
    EXPECT_EQ(receive_text(std::string(2 * mib, 'x'), "data.CSV")->mime_type, "text/csv");
    EXPECT_EQ(receive_text(pattern(2 * mib), "x.dat")->mime_type, "application/octet-stream");
}

TEST_F(ingest, works_on_a_pool_without_threads) {
    workers = std::make_unique<WorkerPool>("none", 0);
    staging_area.emplace(
        store::StagingArea::open(folder.path() / "inline", *workers, disk).value());
    for (std::size_t const length : {100 * kib, 5 * mib}) {
        EXPECT_EQ(receive({.bytes = length})->sha256, sha256(pattern(length)));
        EXPECT_FALSE(receive({.bytes = length, .fails_at = length - 1}));
    }
}

class ingest_without_magic : public ingest {
protected:
    ingest_without_magic() : ingest({.magic_file = "/nonexistent/magic.mgc"}) {}
};

TEST_F(ingest_without_magic, says_what_to_configure) {
    for (std::size_t const length : {100 * kib, 2 * mib}) {
        auto const failed = receive({.bytes = length});
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code, ErrorCode::configuration_error);
        EXPECT_TRUE(receive_text("%PDF-1.7\n" + pattern(length)));
    }
}

class ingest_under_pressure : public ingest {
protected:
    static constexpr std::size_t memory_bytes_max = 256 * kib;
    // Simulated time does not wait for workers, so patience would end at once.
    explicit ingest_under_pressure(std::optional<seconds> patience = {})
        : ingest({.buffer_memory_bytes_max = memory_bytes_max,
                  .buffer_bytes = 64 * kib,
                  .buffer_patience = patience}) {}
};

class ingest_with_patience : public ingest_under_pressure {
protected:
    ingest_with_patience() : ingest_under_pressure(seconds(30)) {}
};

TEST_F(ingest_with_patience, tells_who_comes_when_all_memory_is_held_to_try_again) {
    std::array<Outcome, 16> stalled;
    TaskGroup group(loop);
    for (auto& outcome : stalled) {
        group.spawn(
            receive_into(subject(), {.bytes = 2, .stalls_at = 1}, {.bytes_max = 10}, outcome));
    }
    auto const late = receive({.bytes = 5});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::overloaded);
    EXPECT_EQ(late.error().retry_after_s, 30);
    group.cancel();
    loop.run_task(store::joined(group));
    EXPECT_TRUE(receive({.bytes = 5}));
}

TEST_F(ingest_under_pressure, finishes_64_uploads_with_memory_for_16_beginnings) {
    std::array<Outcome, 64> outcomes;
    std::uint64_t most_memory = 0;
    TaskGroup group(loop);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        Script script{.bytes = 1 + i * 20'011, .step_bytes = 5'000 + i};
        script.on_read = [&](std::uint64_t) {
            most_memory = std::max(most_memory, subject().buffer_memory_bytes());
        };
        group.spawn(receive_into(subject(), script, {.bytes_max = 1 << 30}, outcomes[i]));
    }
    loop.run_task(store::joined(group));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        ASSERT_TRUE(outcomes[i] && *outcomes[i]) << i;
        EXPECT_EQ((*outcomes[i])->sha256, sha256(pattern(1 + i * 20'011))) << i;
    }
    EXPECT_LE(most_memory, memory_bytes_max);
}

TEST_F(ingest_under_pressure, lets_new_uploads_through_beside_stalled_large_ones) {
    std::array<Outcome, 5> stalled;
    TaskGroup group(loop);
    for (auto& outcome : stalled) {
        group.spawn(receive_into(subject(), {.bytes = 100 * mib, .stalls_at = mib + 1},
                                 {.bytes_max = 1 << 30}, outcome));
    }
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(receive({.bytes = 10 * kib + 60 * kib * i}));
    group.cancel();
    loop.run_task(store::joined(group));
}

TEST_F(ingest_under_pressure, cancels_uploads_that_wait_for_memory) {
    std::array<Outcome, 40> outcomes;
    TaskGroup group(loop);
    for (auto& outcome : outcomes)
        group.spawn(
            receive_into(subject(), {.bytes = mib, .stalls_at = 0}, {.bytes_max = mib}, outcome));
    EXPECT_EQ(loop.run_task(store::turns(loop, 1000)), 1000);
    group.cancel();
    loop.run_task(store::joined(group));
    EXPECT_TRUE(std::ranges::none_of(outcomes, &Outcome::has_value));
    EXPECT_TRUE(receive({.bytes = mib}));
}

}  // namespace
}  // namespace filegate::ingest
