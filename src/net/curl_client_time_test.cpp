// Deadlines, stalls and cancellation: each ends an exchange at any of its stages.

#include <latch>
#include <semaphore>

#include "net/curl_client_fixture.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t large_bytes = 8 << 20;  // more than both sockets' buffers hold

TEST_F(curl_client, a_deadline_ends_an_exchange_whatever_it_waits_for) {
    ScriptedBody const large(some_bytes(large_bytes));
    ScriptedBody const small("hello");
    ScriptedBody const hanging(some_bytes(large_bytes), {.hang_at = 100'000});
    auto const silent = [](ScriptedConnection& connection) {
        connection.read_whole_request();
        connection.is_closed_by_client();
    };
    auto const reads_nothing = [](ScriptedConnection& connection) {
        connection.read_head();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        connection.read_body(2'000'000);
        connection.is_closed_by_client();
    };
    auto const answers_half = [](ScriptedConnection& connection) {
        connection.read_whole_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
        connection.is_closed_by_client();
    };
    struct Case {
        ScriptedBody const& body;
        Script script;
        Stage stage;
    };
    std::vector<Case> const cases{
        {small, silent, Stage::awaiting_answer},
        {hanging, reads_nothing, Stage::reading_body},
        {small, answers_half, Stage::receiving},
    };
    for (auto const& [body, script, stage] : cases) {
        ScriptedServer const server(script);
        auto request = post(server.url(), body);
        request.deadline = in(milliseconds(150));
        auto const failure = failure_of(request);
        EXPECT_EQ(failure.stage, stage) << failure.message;
        EXPECT_TRUE(failure.is_timeout);
        EXPECT_EQ(body.open_sources(), 0);
    }
}

TEST_F(curl_client, a_deadline_that_has_passed_lets_nothing_out) {
    ScriptedServer const server(answering(answer_with("200 OK", "x")));
    auto request = get(server.url());
    request.deadline = in(seconds(-1));
    auto const failure = failure_of(request);
    EXPECT_EQ(failure.stage, Stage::connecting);
    EXPECT_TRUE(failure.is_timeout);
}

TEST_F(curl_client, a_server_that_stops_reading_stalls_the_exchange) {
    ScriptedBody const body(some_bytes(large_bytes));
    std::latch is_done(1);
    ScriptedServer const server([&](ScriptedConnection& connection) {
        connection.read_head();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        is_done.wait();
    });
    auto request = post(server.url(), body);
    request.stall_timeout = seconds(1);
    auto const failure = failure_of(request);
    is_done.count_down();
    EXPECT_EQ(failure.stage, Stage::sending);
    EXPECT_TRUE(failure.is_timeout);
    EXPECT_TRUE(failure.message.contains("1 s")) << failure.message;
}

TEST_F(curl_client, a_slow_exchange_that_moves_is_not_stalled) {
    ScriptedServer const server([](ScriptedConnection& connection) {
        connection.read_whole_request();
        for (auto const& piece : {"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\n", "o", "k"}) {
            EXPECT_TRUE(connection.sends_nothing_for(milliseconds(400)));
            connection.send(piece);
        }
    });
    auto request = get(server.url());
    request.stall_timeout = seconds(1);
    EXPECT_EQ(answer_to(request).body, "ok");
}

// Lets a server's thread cancel the exchange that is under way.
class Canceller {
public:
    explicit Canceller(SimLoop& here) : here_(here) {}

    void cancel() {
        here_.post([this] {
            if (context_ != nullptr) context_->cancel();
        });
    }

    // Sends, and answers whether it was cancelled.
    Task<bool> send(HttpClient& client, ClientRequest request) {
        TaskContext child(here_);
        context_ = &child;
        auto was_cancelled = false;
        try {
            co_await client.send(std::move(request)).in(child);
        } catch (Cancelled const&) {
            was_cancelled = true;
        }
        context_ = nullptr;
        co_return was_cancelled;
    }

private:
    SimLoop& here_;
    TaskContext* context_ = nullptr;
};

TEST_F(curl_client, cancelling_lets_go_of_the_body_at_every_stage) {
    ScriptedBody const large(some_bytes(large_bytes));
    ScriptedBody const small("hello");
    ScriptedBody const hanging(some_bytes(large_bytes), {.hang_at = 1'000'000});
    Canceller canceller(here_);
    struct Case {
        ScriptedBody const& body;
        std::size_t bytes_read;
        std::string_view answer;
    };
    std::vector<Case> const cases{
        {large, 1'000'000, ""},
        {hanging, 1'000'000, ""},
        {small, 5, ""},
        {small, 5, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"},
    };
    for (auto const& [body, bytes_read, answer] : cases) {
        std::binary_semaphore closed(0);
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_head();
            if (bytes_read > 5) connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            connection.read_body(bytes_read);
            connection.send(answer);
            canceller.cancel();
            if (connection.is_closed_by_client()) closed.release();
        });
        EXPECT_TRUE(here_.run_task(canceller.send(*client_, post(server.url(), body))));
        EXPECT_EQ(body.open_sources(), 0);
        EXPECT_TRUE(closed.try_acquire_for(seconds(10)));
    }
    ScriptedServer const server(answering(answer_with("200 OK", "still here")));
    EXPECT_EQ(answer_to(post(server.url(), small)).body, "still here");
}

Task<bool> cancel_at_once(Canceller& canceller, HttpClient& client, ClientRequest request) {
    canceller.cancel();  // runs once send() has suspended
    co_return co_await canceller.send(client, std::move(request));
}

TEST_F(curl_client, cancelling_ends_an_attempt_to_connect) {
    FullServer const server;
    ScriptedBody const body("hello");
    Canceller canceller(here_);
    auto request = post(server.url(), body);
    request.connect_timeout = seconds(30);
    EXPECT_TRUE(here_.run_task(cancel_at_once(canceller, *client_, request)));
    EXPECT_EQ(body.open_sources(), 0);
}

Task<bool> send_when_cancelled_already(SimLoop& here, HttpClient& client, ClientRequest request) {
    TaskContext child(here);
    child.cancel();
    try {
        co_await client.send(std::move(request)).in(child);
    } catch (Cancelled const&) {
        co_return true;
    }
    co_return false;
}

TEST_F(curl_client, a_caller_cancelled_before_it_sends_sends_nothing) {
    ScriptedServer const server(answering(answer_with("200 OK", "x")));
    ScriptedBody const body("hello");
    EXPECT_TRUE(
        here_.run_task(send_when_cancelled_already(here_, *client_, post(server.url(), body))));
    EXPECT_EQ(body.times_opened(), 0);
    EXPECT_EQ(server.connection_count(), 0U);
}

}  // namespace
}  // namespace filegate::net
