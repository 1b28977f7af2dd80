#include <gtest/gtest.h>

#include "net/http_server_fixture.hpp"

namespace filegate::net {
namespace {

// Stops the server on a thread of its own, as its owner would.
class Stopping {
public:
    Stopping(TestServer& server, milliseconds drain)
        : thread_([&server, drain] { server.stop(drain); }) {}
    void join() { thread_.join(); }

private:
    std::jthread thread_;
};

TEST(http_server_stop, closes_the_listener_and_idle_connections_at_once) {
    TestServer server({}, 2);
    std::vector<TestClient> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(server.connect());
        if (i % 2 == 0) ASSERT_EQ(clients.back().ask(get("/hello")).status, 200);
    }
    SystemClock const clock;
    auto const begun = clock.monotonic_now();
    server.stop(seconds(20));
    EXPECT_LT(clock.monotonic_now() - begun, seconds(5));
    for (auto& client : clients)
        EXPECT_EQ(client.receive_to_end(), "");
    auto late = server.connect();
    EXPECT_FALSE(late.send("x"));
    EXPECT_EQ(server.server.connection_count(), 0U);
}

TEST(http_server_stop, lets_a_running_request_finish_and_says_close) {
    TestServer server;
    auto client = server.connect();
    client.send(get("/wait") + get("/hello"));
    server.stage().entered.acquire();
    auto idle = server.connect();
    ASSERT_EQ(idle.ask(get("/hello")).status, 200);
    Stopping stopping(server, seconds(20));
    EXPECT_TRUE(idle.is_closed());  // so the draining has begun
    server.stage().release_all();
    auto const answer = client.answer();
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
    client.close();
    stopping.join();
    EXPECT_EQ(server.server.connection_count(), 0U);
}

TEST(http_server_stop, lets_an_upload_that_has_begun_finish) {
    TestServer server;
    auto client = server.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    ASSERT_EQ(client.answer().status, 100);
    auto idle = server.connect();
    ASSERT_EQ(idle.ask(get("/hello")).status, 200);
    Stopping stopping(server, seconds(20));
    EXPECT_TRUE(idle.is_closed());
    EXPECT_EQ(client.ask("body").body, "body");
    stopping.join();
}

TEST(http_server_stop, cancels_what_is_stuck_when_the_time_is_up) {
    TestServer server({}, 2);
    std::vector<TestClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(server.connect());
        clients.back().send(get("/wait"));
        server.stage().entered.acquire();
    }
    auto uploading = server.connect();
    uploading.send(
        "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    ASSERT_EQ(uploading.answer().status, 100);
    clients.push_back(std::move(uploading));
    auto half = server.connect();
    half.send("GET / HT");
    clients.push_back(std::move(half));
    server.stop(milliseconds(100));
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(server.stage().cancelled.try_acquire());
    for (auto& client : clients)
        EXPECT_EQ(client.receive_to_end(), "");
    EXPECT_EQ(server.server.connection_count(), 0U);
}

TEST(http_server_stop, answers_a_request_that_came_before_it) {
    // The bytes are in the kernel when the loop learns of the stop: they are not thrown away.
    TestServer server;
    auto client = server.connect();
    ASSERT_EQ(client.ask(get("/hello")).status, 200);
    std::latch blocked(1);
    std::latch go_on(1);
    server.threads[0]->loop().post([&] {
        blocked.count_down();
        go_on.wait();
    });
    blocked.wait();
    client.send(get("/hello"));
    Stopping stopping(server, seconds(20));
    go_on.count_down();
    EXPECT_EQ(client.answer().body, "hello");
    stopping.join();
}

TEST(http_server_stop, works_from_a_loop_that_it_serves) {
    TestServer server({}, 2);
    auto client = server.connect();
    ASSERT_EQ(client.ask(get("/hello")).status, 200);
    struct Stop {
        static Task<void> run(HttpServer& server, std::latch& stopped) {
            co_await server.stop(no_deadline);
            stopped.count_down();
        }
    };
    std::latch stopped(1);
    auto& loop = server.threads[1]->loop();
    auto group = std::make_unique<TaskGroup>(loop);
    loop.post([&] { group->spawn(Stop::run(server.server, stopped)); });
    stopped.wait();
    EXPECT_TRUE(client.is_closed());
    std::latch gone(1);
    loop.post([&] {
        group.reset();
        gone.count_down();
    });
    gone.wait();
}

TEST(http_server_stop, may_be_cancelled_and_then_cancels_the_requests) {
    TestServer server;
    auto client = server.connect();
    client.send(get("/wait"));
    server.stage().entered.acquire();
    struct Stop {
        static Task<Result<void>> run(HttpServer& server) {
            co_await server.stop(no_deadline);
            co_return {};
        }
    };
    SimLoop sim;
    auto const late = Error{.code = ErrorCode::request_timeout};
    auto const result = sim.run_task(
        with_deadline(sim.monotonic_now() + seconds(1), late, Stop::run(server.server)));
    ASSERT_FALSE(result);
    EXPECT_TRUE(server.stage().cancelled.try_acquire());
    EXPECT_EQ(client.receive_to_end(), "");
    EXPECT_EQ(server.server.connection_count(), 0U);
}

TEST(http_server_stop, may_be_asked_for_twice_or_without_a_start) {
    TestServer server;
    server.stop(seconds(1));
    struct Stop {
        static Task<Done> run(HttpServer& server) {
            co_await server.stop(no_deadline);
            co_return Done();
        }
    };
    SimLoop sim;
    sim.run_task(Stop::run(server.server));
    HttpServer never_started({&server.threads[0]->loop()}, server.handler, server.ids, {});
    sim.run_task(Stop::run(never_started));
}

TEST(http_server_stop, may_come_while_clients_keep_connecting) {
    TestServer server({}, 2);
    std::vector<std::jthread> knockers;
    for (int i = 0; i < 3; ++i) {
        knockers.emplace_back([&server] {
            while (server.connect().ask(get("/hello")).status == 200) {
            }
        });
    }
    while (server.stage().handled < 100)
        std::this_thread::yield();
    server.stop(seconds(20));
    EXPECT_EQ(server.server.connection_count(), 0U);
}

TEST(http_server_stop, leaves_its_port_free_for_the_next) {
    std::uint16_t port = 0;
    for (int i = 0; i < 5; ++i) {
        TestServer server({.port = port});
        port = server.server.port();
        auto client = server.connect();
        ASSERT_EQ(client.ask(get("/hello")).status, 200);
    }
}

}  // namespace
}  // namespace filegate::net
