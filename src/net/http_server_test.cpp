#include "net/http_server.hpp"

#include <gtest/gtest.h>

#include "net/http_server_fixture.hpp"

namespace filegate::net {
namespace {

Task<ServerResponse> describe(Stage&, ServerRequest& request) {
    std::string all;
    for (auto const& header : request.headers.list())
        all += fmt::format(" [{}={}]", header.name, header.value);
    co_return ServerResponse{
        .body = fmt::format(
            "{} {} {} {} peer={} body={}/{}{}", request.method, request.target, request.path,
            request.query, request.peer_address, request.has_body,
            request.content_length ? fmt::to_string(*request.content_length) : "none", all)};
}

Task<ServerResponse> throw_something(Stage&, ServerRequest& request) {
    if (request.query == "int") throw 42;
    throw std::runtime_error("the database password is hunter2");
}

Task<ServerResponse> split_response(Stage&, ServerRequest&) {
    co_return ServerResponse{.headers = {{"X-Name", "a\r\nX-Evil: 1\r\n\r\n"},
                                         {"bad name", "x"},
                                         {"content-length", "999"},
                                         {"Date", "never"},
                                         {"Transfer-Encoding", "gzip"}},
                             .body = "ok"};
}

Task<ServerResponse> no_content(Stage&, ServerRequest&) {
    co_return ServerResponse{.status = 204, .body = "must not be sent"};
}

Task<ServerResponse> say_goodbye(Stage&, ServerRequest&) {
    co_return ServerResponse{.headers = {{"Connection", "close"}}, .body = "bye"};
}

Task<ServerResponse> cut(Stage&, ServerRequest&) {
    co_return ServerResponse{.body = "must not be sent", .is_cut = true};
}

// How many requests the server has been asked so far.
Task<ServerResponse> tell_place(Stage& stage, ServerRequest&) {
    co_return ServerResponse{.body = std::to_string(stage.handled)};
}

TEST(http_server, answers_with_the_headers_it_owes) {
    TestServer server;
    auto client = server.connect();
    auto const answer = client.ask(get("/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain");
    EXPECT_EQ(answer.header("Content-Length"), "5");
    EXPECT_EQ(answer.header("Connection"), "(none)");
    EXPECT_EQ(answer.header("Date").size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
    EXPECT_TRUE(answer.header("X-Request-Id").starts_with("req-"));
}

TEST(http_server, hands_over_the_request_as_it_was_sent) {
    TestServer server;
    server.script("/a%20b", describe);
    auto client = server.connect();
    auto const answer = client.ask(
        "PUT /a%20b?x=%31&y HTTP/1.1\r\nhOsT: h\r\nX-A:  1 \r\nX-A: 2\r\n"
        "Content-Length: 3\r\n\r\nabc");
    EXPECT_EQ(answer.body,
              "PUT /a%20b?x=%31&y /a%20b x=%31&y peer=127.0.0.1 body=true/3 "
              "[hOsT=h] [X-A=1] [X-A=2] [Content-Length=3]");
}

TEST(http_server, understands_an_absolute_target) {
    TestServer server;
    server.script("/where", describe);
    auto client = server.connect();
    auto const answer = client.ask(get("http://other:80/where?q=1"));
    EXPECT_TRUE(answer.body.starts_with("GET http://other:80/where?q=1 /where q=1 "))
        << answer.body;
}

TEST(http_server, keeps_a_sane_request_id_and_replaces_any_other) {
    TestServer server;
    auto client = server.connect();
    auto const id_for = [&](std::string const& sent) {
        return client.ask(get("/hello", "X-Request-Id: " + sent + "\r\n")).header("X-Request-Id");
    };
    EXPECT_EQ(id_for("abc-123_{}"), "abc-123_{}");
    EXPECT_EQ(id_for(std::string(128, 'x')), std::string(128, 'x'));
    EXPECT_TRUE(id_for(std::string(129, 'x')).starts_with("req-"));
    EXPECT_TRUE(id_for("has blank").starts_with("req-"));
    EXPECT_TRUE(id_for("caf\xc3\xa9").starts_with("req-"));
    EXPECT_TRUE(id_for("").starts_with("req-"));
}

TEST(http_server, answers_many_requests_on_one_connection) {
    TestServer server;
    auto client = server.connect();
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(client.ask(get("/hello")).body, "hello");
    EXPECT_EQ(server.server.connection_count(), 1U);
}

TEST(http_server, answers_pipelined_requests_in_order) {
    TestServer server;
    auto client = server.connect();
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += post("/echo", std::to_string(i)) + get("/hello") + post("/ignore", "unread");
    client.send(all);
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(client.answer().body, std::to_string(i));
        ASSERT_EQ(client.answer().body, "hello");
        ASSERT_EQ(client.answer().body, "not interested");
    }
}

TEST(http_server, understands_a_request_that_comes_byte_by_byte) {
    TestServer server;
    auto client = server.connect();
    std::array const chunks = {std::string("ab"), std::string("c")};
    auto const text = "\r\n" + post("/echo", "hello") +
                      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      chunked(chunks);
    for (auto const c : text)
        client.send({&c, 1});
    EXPECT_EQ(client.answer().body, "hello");
    EXPECT_EQ(client.answer().body, "abc");
}

TEST(http_server, sends_no_body_in_answer_to_head_but_its_length) {
    TestServer server;
    auto client = server.connect();
    client.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n" + get("/hello"));
    auto const head = client.answer(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), "5");
    EXPECT_EQ(client.answer().body, "hello");
}

TEST(http_server, sends_neither_body_nor_length_with_204) {
    TestServer server;
    server.script("/none", no_content);
    auto client = server.connect();
    client.send(get("/none") + get("/hello"));
    auto const none = client.answer();
    EXPECT_EQ(none.status, 204);
    EXPECT_EQ(none.header("Content-Length"), "(none)");
    EXPECT_EQ(client.answer().body, "hello");
}

TEST(http_server, closes_when_the_client_or_the_handler_asks_for_it) {
    TestServer server;
    server.script("/bye", say_goodbye);
    for (auto const& request : {get("/hello", "Connection: close\r\n"), get("/bye")}) {
        auto client = server.connect();
        EXPECT_EQ(client.ask(request).header("Connection"), "close");
        EXPECT_TRUE(client.is_closed());
    }
}

TEST(http_server, closes_without_a_word_when_the_handler_cuts) {
    TestServer server;
    server.script("/cut", cut);
    auto client = server.connect();
    client.send(get("/cut") + get("/hello"));
    EXPECT_EQ(client.receive_to_end(), "");
}

TEST(http_server, keeps_an_http_1_0_connection_only_when_asked_to) {
    TestServer server;
    auto closing = server.connect();
    EXPECT_EQ(closing.ask("GET /hello HTTP/1.0\r\n\r\n").header("Connection"), "close");
    EXPECT_TRUE(closing.is_closed());
    auto kept = server.connect();
    auto const request = "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(kept.ask(request).header("Connection"), "keep-alive");
    EXPECT_EQ(kept.ask(request).body, "hello");
}

TEST(http_server, answers_a_client_that_half_closes_after_its_request) {
    TestServer server;
    auto client = server.connect();
    client.send(get("/hello"));
    client.finish_sending();
    EXPECT_EQ(client.answer().body, "hello");
    EXPECT_TRUE(client.is_closed());
}

TEST(http_server, turns_an_exception_into_a_plain_500_and_goes_on) {
    TestServer server;
    server.script("/throw", throw_something);
    auto client = server.connect();
    for (auto const* const path : {"/throw", "/throw?int"}) {
        auto const answer = client.ask(get(path));
        EXPECT_EQ(answer.status, 500);
        EXPECT_TRUE(answer.body.starts_with("UNEXPECTED_ERROR")) << answer.body;
        EXPECT_FALSE(answer.body.contains("hunter2"));
        EXPECT_EQ(answer.header("X-Refused"), answer.header("X-Request-Id"));
    }
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(http_server, still_answers_when_refusing_fails_too) {
    TestServer server;
    server.script("/throw", throw_something);
    server.handler.refuses_with_exception = true;
    auto client = server.connect();
    auto const answer = client.ask(get("/throw"));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(http_server, lets_no_header_value_split_the_answer) {
    TestServer server;
    server.script("/split", split_response);
    auto client = server.connect();
    auto const answer = client.ask(get("/split"));
    EXPECT_EQ(answer.body, "ok");
    EXPECT_EQ(answer.header("X-Evil"), "(none)");
    EXPECT_EQ(answer.header("bad name"), "(none)");
    EXPECT_EQ(answer.header("Transfer-Encoding"), "(none)");
    EXPECT_EQ(answer.headers.count("Content-Length"), 1U);
    EXPECT_EQ(answer.headers.count("Date"), 1U);
    EXPECT_TRUE(answer.header("X-Name").starts_with("a  X-Evil: 1")) << answer.header("X-Name");
}

TEST(http_server, spreads_connections_over_its_loops) {
    TestServer server({}, 3);
    std::vector<TestClient> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(server.connect());
        ASSERT_EQ(clients.back().ask(get("/hello")).body, "hello");
    }
    std::scoped_lock const lock(server.stage().mutex);
    auto threads = server.stage().threads;
    ASSERT_EQ(threads.size(), 6U);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(threads[i], threads[i + 3]);
    std::ranges::sort(threads);
    auto const repeated = std::ranges::unique(threads);
    EXPECT_EQ(repeated.begin() - threads.begin(), 3);
}

TEST(http_server, serves_two_hundred_connections_at_once) {
    TestServer server({}, 2);
    std::vector<TestClient> clients;
    for (int i = 0; i < 200; ++i)
        clients.push_back(server.connect());
    for (auto& client : clients)
        client.send(get("/wait"));
    for (std::size_t i = 0; i < clients.size(); ++i)
        server.stage().entered.acquire();
    EXPECT_EQ(server.server.connection_count(), 200U);
    server.stage().release_all();
    for (auto& client : clients)
        ASSERT_EQ(client.answer().body, "hello");
}

TEST(http_server, gives_every_connection_its_turn_beside_a_greedy_one) {
    TestServer server;
    server.script("/place", tell_place);
    auto greedy = server.connect();
    auto modest = server.connect();
    ASSERT_EQ(greedy.ask(get("/hello")).status, 200);
    ASSERT_EQ(modest.ask(get("/hello")).status, 200);
    std::latch blocked(1);
    std::latch go_on(1);
    server.threads[0]->loop().post([&] {
        blocked.count_down();
        go_on.wait();
    });
    blocked.wait();
    std::string flood;
    for (int i = 0; i < 400; ++i)
        flood += get("/hello");
    greedy.send(flood);
    modest.send(get("/place"));
    go_on.count_down();
    EXPECT_LT(std::stoi(modest.answer().body), 100);
    for (int i = 0; i < 400; ++i)
        ASSERT_EQ(greedy.answer().body, "hello");
}

TEST(http_server, listens_on_ipv6_and_brackets_it) {
    TestServer ground;
    HttpServer server({&ground.threads[0]->loop()}, ground.handler, ground.ids, {.host = "::1"});
    auto const started = server.start();
    if (!started) {
        // A machine without IPv6 has no such address, and the error says just that.
        EXPECT_TRUE(started.error().message.contains("Cannot assign")) << started.error().message;
        return;
    }
    EXPECT_EQ(server.url(), fmt::format("http://[::1]:{}", server.port()));
    SimLoop sim;
    struct Stop {
        static Task<Done> run(HttpServer& server) {
            co_await server.stop(no_deadline);
            co_return Done();
        }
    };
    sim.run_task(Stop::run(server));
}

TEST(http_server, names_the_address_it_cannot_have) {
    TestServer first;
    std::vector<Loop*> const loops{&first.threads[0]->loop()};
    EXPECT_EQ(first.server.url(), fmt::format("http://127.0.0.1:{}", first.server.port()));
    HttpServer second(loops, first.handler, first.ids, {.port = first.server.port()});
    auto const taken = second.start();
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::address_in_use);
    EXPECT_TRUE(taken.error().message.contains(fmt::format("127.0.0.1:{}", first.server.port())));
    for (auto const* const host : {"", "not an address", "256.0.0.1", "example.com", "[::1"}) {
        HttpServer wrong(loops, first.handler, first.ids, {.host = host});
        auto const refused = wrong.start();
        ASSERT_FALSE(refused) << host;
        EXPECT_EQ(refused.error().code, ErrorCode::configuration_error) << host;
        EXPECT_TRUE(refused.error().message.contains(host)) << host;
    }
    HttpServer elsewhere(loops, first.handler, first.ids, {.host = "203.0.113.1"});
    auto const foreign = elsewhere.start();
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::configuration_error);
}

}  // namespace
}  // namespace filegate::net
