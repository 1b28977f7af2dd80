#include "ingest/clamd_scanner.hpp"

#include <future>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "net/tcp_socket.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;
using State = Verdict::State;

// What the clamd of a test does after it has accepted a connection, on a thread of its own.
using Behaviour = std::function<void(int connection)>;

std::string read_bytes(int connection, std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t filled = 0;
    while (filled < count) {
        auto const got = ::recv(connection, bytes.data() + filled, count - filled, 0);
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

void say(int connection, std::string const& text) {
    ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

// The whole of INSTREAM: the bytes of the file.
std::string read_stream(int connection) {
    EXPECT_EQ(read_bytes(connection, 10), "zINSTREAM\0"s);
    std::string file;
    while (true) {
        auto const head = read_bytes(connection, 4);
        if (head.size() < 4) return file;
        std::uint32_t length = 0;
        for (auto const c : head)
            length = length << 8 | static_cast<unsigned char>(c);
        if (length == 0) return file;
        file += read_bytes(connection, length);
    }
}

class FakeClamd {
public:
    FakeClamd(std::string path, Behaviour behaviour)
        : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)), behaviour_(std::move(behaviour)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(listener_.get(), 8), 0);
        thread_ = std::jthread([this] { serve(); });
    }
    ~FakeClamd() { ::shutdown(listener_.get(), SHUT_RDWR); }

private:
    void serve() {
        while (true) {
            net::UniqueFd const connection(::accept(listener_.get(), nullptr, nullptr));
            if (!connection.is_open()) return;
            behaviour_(connection.get());
        }
    }

    net::UniqueFd listener_;
    Behaviour behaviour_;
    std::jthread thread_;
};

struct Fed {
    Verdict verdict;
    int taken = 0;
};

class clamd_scanner : public testing::Test {
protected:
    void start(Behaviour behaviour, seconds timeout = seconds(20)) {
        clamd_.emplace(path_, std::move(behaviour));
        connect(timeout);
    }
    void connect(seconds timeout = seconds(20), milliseconds pause_max = seconds(60)) {
        scanner_.emplace(
            thread_.loop(), ClamdAddress{.path = path_, .host = {}, .port = {}},
            ScanOptions{.timeout = timeout, .stream_bytes_max = 4 << 20, .pause_max = pause_max});
    }

    // Runs `task` on the scanner's loop and waits for it here.
    template <class T>
    T run(Task<T> task) {
        std::promise<T> promise;
        TaskGroup group(thread_.loop());
        thread_.loop().post([&] { group.spawn(deliver(std::move(task), promise)); });
        auto result = promise.get_future().get();
        std::promise<void> empty;
        thread_.loop().post([&] { empty.set_value(); });
        empty.get_future().wait();
        return result;
    }
    template <class T>
    static Task<void> deliver(Task<T> task, std::promise<T>& promise) {
        promise.set_value(co_await std::move(task));
    }

    static MemorySource whole_of(std::vector<std::string> const& pieces) {
        std::string whole;
        for (auto const& piece : pieces)
            whole += piece;
        return MemorySource(std::move(whole));
    }
    static Task<Fed> feed(Scanner& scanner, std::vector<std::string> const& pieces) {
        // The counter is the loop's: `taken` is called there.
        auto const taken = std::make_shared<int>(0);
        auto const scan = scanner.begin();
        for (auto const& piece : pieces)
            scan->feed(std::as_bytes(std::span(piece)), [taken] { ++*taken; });
        auto whole = whole_of(pieces);
        auto verdict = co_await scan->finish(whole);
        co_return Fed{std::move(verdict), *taken};
    }
    Fed scan(std::vector<std::string> const& pieces) { return run(feed(*scanner_, pieces)); }
    void expect_not_checked(std::vector<std::string> const& pieces, ErrorCode code) {
        auto const fed = scan(pieces);
        EXPECT_EQ(fed.verdict.state, State::not_checked);
        EXPECT_EQ(fed.verdict.error.code, code) << fed.verdict.error.message;
        EXPECT_EQ(fed.taken, static_cast<int>(pieces.size()));
    }
    static Task<Done> stop(ClamdScanner& scanner) {
        co_await scanner.stop();
        co_return Done();
    }
    void TearDown() override {
        if (scanner_) run(stop(*scanner_));
        scanner_.reset();
        clamd_.reset();
    }

    ScratchFolder folder_;
    std::string path_ = (folder_.path() / "clamd").string();
    SystemClock clock_;
    net::LoopThread thread_{clock_, "scan"};
    std::optional<FakeClamd> clamd_;
    std::optional<ClamdScanner> scanner_;
};

std::vector<std::string> const large(3, std::string(1 << 20, 'x'));

TEST_F(clamd_scanner, sends_every_byte_in_order) {
    std::string seen;
    start([&](int connection) {
        seen = read_stream(connection);
        say(connection, "stream: OK\0"s);
    });
    auto const fed = scan({"one ", "two ", std::string(700'000, 'x'), "end"});
    EXPECT_EQ(fed.verdict.state, State::clean);
    EXPECT_EQ(fed.taken, 4);
    EXPECT_EQ(seen, "one two " + std::string(700'000, 'x') + "end");
}

// What clamd got on each connection that told it of a whole file.
class WholeFiles {
public:
    Behaviour behaviour() {
        return [this](int connection) {
            auto file = read_stream(connection);
            {
                std::scoped_lock const lock(mutex_);
                files_.push_back(std::move(file));
            }
            say(connection, "stream: OK\0"s);
        };
    }
    std::vector<std::string> files() const {
        std::scoped_lock const lock(mutex_);
        return files_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> files_;
};

Task<Fed> feed_in_parts(Scanner& scanner, net::Loop& loop, std::string first, std::string second) {
    auto const taken = std::make_shared<int>(0);
    auto const scan = scanner.begin();
    scan->feed(std::as_bytes(std::span(first)), [taken] { ++*taken; });
    // The file pauses until the scanner has let it go: its connection is closed, and what comes
    // then is not waited for.
    Completion<> pause;
    auto const timer = loop.start_timer(loop.clock().monotonic_now() + milliseconds(300),
                                        [&] { pause.complete(); });
    co_await pause;
    loop.cancel_timer(timer);
    scan->feed(std::as_bytes(std::span(second)), [taken] { ++*taken; });
    MemorySource whole(first + second);
    auto verdict = co_await scan->finish(whole);
    co_return Fed{std::move(verdict), *taken};
}

TEST_F(clamd_scanner, a_file_that_pauses_is_let_go_and_scanned_when_it_is_there) {
    WholeFiles seen;
    clamd_.emplace(path_, seen.behaviour());
    connect(seconds(20), milliseconds(50));
    auto const fed = run(feed_in_parts(*scanner_, thread_.loop(), "one ", "two"));
    EXPECT_EQ(fed.verdict.state, State::clean);
    EXPECT_EQ(fed.taken, 2);
    EXPECT_EQ(seen.files().back(), "one two");
}

Task<Done> hold_live_ones(Scanner& scanner, std::vector<std::unique_ptr<Scan>>& held) {
    while (held.size() < 100)
        held.push_back(scanner.begin());
    co_return Done();
}

TEST_F(clamd_scanner, files_that_do_not_come_keep_no_file_that_is_there_from_its_scan) {
    WholeFiles seen;
    clamd_.emplace(path_, seen.behaviour());
    connect();
    std::vector<std::unique_ptr<Scan>> held;
    run(hold_live_ones(*scanner_, held));
    for (auto const* const file : {"a", "b", "c"})
        EXPECT_EQ(scan({file}).verdict.state, State::clean);
    EXPECT_EQ(seen.files(), (std::vector<std::string>{"a", "b", "c"}));
    held.clear();
}

TEST_F(clamd_scanner, tells_what_was_found) {
    start([](int connection) {
        read_stream(connection);
        say(connection, "stream: Evil.Thing FOUND\0"s);
    });
    auto const fed = scan({"bytes"});
    EXPECT_EQ(fed.verdict.state, State::refused);
    EXPECT_NE(fed.verdict.error.message.find("Evil.Thing"), std::string::npos);
}

TEST_F(clamd_scanner, nobody_listens) {
    connect();
    expect_not_checked({"bytes", "more"}, ErrorCode::scanner_unavailable);
}

TEST_F(clamd_scanner, the_connection_is_closed_at_once) {
    start([](int) {});
    expect_not_checked({"bytes"}, ErrorCode::scanner_unavailable);
    expect_not_checked(large, ErrorCode::scanner_unavailable);
}

TEST_F(clamd_scanner, the_connection_breaks_midway) {
    start([](int connection) { read_bytes(connection, 500'000); });
    expect_not_checked(large, ErrorCode::scanner_unavailable);
}

TEST_F(clamd_scanner, a_clean_answer_before_the_end_is_not_believed) {
    start([](int connection) {
        say(connection, "stream: OK\0"s);
        read_bytes(connection, 100);
    });
    expect_not_checked(large, ErrorCode::scanner_unavailable);
}

TEST_F(clamd_scanner, the_answer_is_garbage_or_half_an_answer_or_endless) {
    for (auto const& answer : {"\xff\xfe\x01"s, "stream: O"s, "stream: Evil FOU"s, ""s,
                               std::string(100'000, 'a'), "UNKNOWN COMMAND\0"s}) {
        clamd_.reset();
        ::unlink(path_.c_str());
        start([answer](int connection) {  // which outlives the loop
            read_stream(connection);
            say(connection, answer);
        });
        expect_not_checked({"bytes"}, ErrorCode::scanner_unavailable);
        run(stop(*scanner_));
    }
}

TEST_F(clamd_scanner, clamd_has_had_enough_midway_and_says_so) {
    start([](int connection) {
        read_bytes(connection, 100'000);
        say(connection, "INSTREAM size limit exceeded. ERROR\0"s);
        ::shutdown(connection, SHUT_WR);
        read_bytes(connection, 10 << 20);
    });
    expect_not_checked(large, ErrorCode::unchecked_file);
}

TEST_F(clamd_scanner, a_file_beyond_the_limit_is_not_sent_further) {
    start([](int connection) {
        read_stream(connection);
        say(connection, "stream: OK\0"s);
    });
    expect_not_checked({5, std::string(1 << 20, 'x')}, ErrorCode::unchecked_file);
    EXPECT_EQ(scan({4, std::string(1 << 20, 'x')}).verdict.state, State::clean);
}

TEST_F(clamd_scanner, a_clamd_that_takes_nothing_or_never_answers_is_left_after_the_timeout) {
    std::promise<void> is_over;
    auto const over = is_over.get_future().share();
    start([over](int) { over.wait(); }, seconds(1));
    expect_not_checked(large, ErrorCode::scanner_unavailable);
    is_over.set_value();
}

TEST_F(clamd_scanner, bytes_are_given_back_soon_when_the_feeder_gives_up) {
    std::promise<void> is_over;
    auto const over = is_over.get_future().share();
    start([over](int) { over.wait(); });
    std::promise<void> taken;
    auto const bytes = std::string(3 << 20, 'x');
    auto scan = scanner_->begin();
    scan->feed(std::as_bytes(std::span(bytes)), [&] { taken.set_value(); });
    scan.reset();
    taken.get_future().wait();
    is_over.set_value();
}

TEST_F(clamd_scanner, stopping_gives_back_what_is_held) {
    std::promise<void> is_over;
    auto const over = is_over.get_future().share();
    start([over](int) { over.wait(); });
    std::promise<void> taken;
    auto const bytes = std::string(3 << 20, 'x');
    auto const scan = scanner_->begin();
    scan->feed(std::as_bytes(std::span(bytes)), [&] { taken.set_value(); });
    run(stop(*scanner_));
    taken.get_future().wait();
    is_over.set_value();
}

TEST_F(clamd_scanner, pings) {
    start([](int connection) {
        EXPECT_EQ(read_bytes(connection, 6), "zPING\0"s);
        say(connection, "PONG\0"s);
    });
    EXPECT_TRUE(run(scanner_->ping()));
    clamd_.reset();
    auto const failed = run(scanner_->ping());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::scanner_unavailable);
}

}  // namespace
}  // namespace filegate::ingest
