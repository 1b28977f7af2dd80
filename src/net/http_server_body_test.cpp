#include <gtest/gtest.h>

#include "net/http_server_fixture.hpp"

namespace filegate::net {
namespace {

constexpr std::string_view chunked_head =
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string patterned(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
        text[i] = static_cast<char>((i * 2654435761U) >> 13);
    return text;
}

// The query says into how large a buffer the body is read.
Task<ServerResponse> echo_in_pieces(Stage&, ServerRequest& request) {
    std::vector<std::byte> buffer(std::stoul(request.query));
    std::string all;
    while (true) {
        auto const got = co_await request.body->read(buffer);
        if (!got) co_return ServerResponse{.status = 400, .body = got.error().message};
        if (*got == 0) break;
        all.append(reinterpret_cast<char const*>(buffer.data()), *got);
    }
    auto const again = co_await request.body->read(buffer);
    if (!again || *again != 0)
        co_return ServerResponse{.status = 500, .body = "the end did not stay"};
    co_return ServerResponse{.body = all};
}

Task<ServerResponse> read_a_little(Stage& stage, ServerRequest& request) {
    std::array<std::byte, 10> buffer{};
    auto const got = co_await request.body->read(buffer);
    stage.note(got ? "read" : "failed");
    co_return ServerResponse{.status = 413, .body = "too much"};
}

Task<ServerResponse> note_the_error(Stage& stage, ServerRequest& request) {
    auto const body = co_await read_all(*request.body, 1 << 20);
    stage.note(body ? "whole" : std::string(error_row(body.error().code).name));
    std::array<std::byte, 10> buffer{};
    auto const again = co_await request.body->read(buffer);
    stage.note(body || !again ? "" : " and then none");
    stage.entered.release();
    co_return ServerResponse{.status = 400, .body = body ? "whole" : body.error().message};
}

TEST(http_server_body, arrives_whole_whatever_the_buffers_and_the_framing) {
    TestServer server;
    server.script("/pieces", echo_in_pieces);
    auto client = server.connect();
    auto const body = patterned(70'000);
    for (auto const* const size : {"1", "7", "4096", "100000", "1000000"}) {
        ASSERT_EQ(client.ask(post(std::string("/pieces?") + size, body)).body, body) << size;
        for (std::size_t const chunk : {1000UL, 16'384UL, 70'000UL}) {
            std::vector<std::string> chunks;
            for (std::size_t at = 0; at < body.size(); at += chunk)
                chunks.push_back(body.substr(at, chunk));
            // The next request follows at once, so that reading too far would show.
            client.send(
                fmt::format("POST /pieces?{} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n{}{}",
                            size, chunked(chunks), get("/hello")));
            ASSERT_EQ(client.answer().body, body) << size << " " << chunk;
            ASSERT_EQ(client.answer().body, "hello");
        }
    }
}

TEST(http_server_body, of_many_megabytes_passes) {
    TestServer server;
    auto client = server.connect();
    auto const body = patterned(20 << 20);
    auto const answer = client.ask(post("/echo", body));
    EXPECT_TRUE(answer.body == body);
}

TEST(http_server_body, understands_extensions_trailers_and_any_hexadecimal) {
    TestServer server;
    auto client = server.connect();
    client.send(
        std::string(chunked_head) +
        "3;name=\"v\";x\r\nabc\r\n00000A\r\n0123456789\r\n0;last\r\nX-Sum: 1\r\nB: 2\r\n\r\n");
    EXPECT_EQ(client.answer().body, "abc0123456789");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(http_server_body, with_bad_chunks_fails_and_closes) {
    TestServer server;
    for (std::string const bad :
         {"x\r\n", "\r\n", "-1\r\n", "0x3\r\nabc\r\n", "3\nabc\r\n", "3 \r\nabc\r\n",
          "3\r\nabcd\r\n", "3\r\nabc\n", "11111111111111111\r\n", "1\r\nab\r\n", "1;a\nb\r\n",
          "0\r\nX\n\r\n"}) {
        auto client = server.connect();
        auto const answer = client.ask(std::string(chunked_head) + bad + get("/hello"));
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.body, "VALIDATION_FAILED") << bad;
        EXPECT_EQ(answer.header("Connection"), "close") << bad;
        EXPECT_TRUE(client.is_closed()) << bad;
    }
}

TEST(http_server_body, is_asked_for_only_when_the_handler_reads) {
    TestServer server;
    auto client = server.connect();
    auto const expecting = [](char const* path) {
        return fmt::format(
            "POST {} HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
            path);
    };
    client.send(expecting("/echo"));
    EXPECT_EQ(client.answer().status, 100);
    EXPECT_EQ(client.ask("body").body, "body");
    // Sent along with the head: nobody waits for the interim answer.
    EXPECT_EQ(client.ask(expecting("/echo") + "body").status, 200);

    client.send(expecting("/ignore"));
    auto const refused = client.answer();
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST(http_server_body, gets_no_interim_answer_in_http_1_0_or_when_it_is_empty) {
    TestServer server;
    auto old = server.connect();
    old.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(old.ask("ab").status, 200);
    auto empty = server.connect();
    EXPECT_EQ(empty
                  .ask("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                       "Content-Length: 0\r\n\r\n")
                  .status,
              200);
}

TEST(http_server_body, left_unread_is_dropped_up_to_the_limit_and_the_connection_kept) {
    TestServer server({.unread_body_bytes_max = 100'000});
    auto client = server.connect();
    EXPECT_EQ(client.ask(post("/ignore", patterned(100'000))).header("Connection"), "(none)");
    std::array const small = {patterned(1000)};
    EXPECT_EQ(client
                  .ask("POST /ignore HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       chunked(small))
                  .header("Connection"),
              "(none)");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
    EXPECT_EQ(client.ask(post("/ignore", patterned(100'001))).header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST(http_server_body, that_is_refused_early_does_not_cost_the_client_its_answer) {
    TestServer server;
    server.script("/little", read_a_little);
    auto const body = patterned(30 << 20);
    for (auto const* const path : {"/ignore", "/little"}) {
        auto client = server.connect();
        // Larger than all socket buffers: had the server closed at once, this would meet a reset.
        EXPECT_TRUE(client.send(post(path, body))) << path;
        auto const answer = client.answer();
        EXPECT_GE(answer.status, 400) << path;
        EXPECT_EQ(answer.header("Connection"), "close") << path;
        EXPECT_TRUE(client.is_closed()) << path;
    }
}

TEST(http_server_body, that_ends_early_fails_with_body_truncated) {
    TestServer server;
    server.script("/note", note_the_error);
    for (std::string const framing :
         {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"}) {
        auto client = server.connect();
        client.send("POST /note HTTP/1.1\r\nHost: t\r\n" + framing);
        client.finish_sending();
        auto const answer = client.answer();
        EXPECT_EQ(answer.status, 400);
        EXPECT_TRUE(answer.body.contains("after 3 bytes")) << answer.body;
        EXPECT_EQ(answer.header("Connection"), "close");
    }
    EXPECT_EQ(server.stage().notes(), "BODY_TRUNCATEDBODY_TRUNCATED");
}

TEST(http_server_body, of_a_client_that_is_gone_fails_with_cancelled_by_client) {
    TestServer server;
    server.script("/note", note_the_error);
    auto client = server.connect();
    client.send(
        "POST /note HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.answer().status, 100);  // now the handler waits for bytes
    client.reset();
    server.stage().entered.acquire();
    EXPECT_EQ(server.stage().notes(), "CANCELLED_BY_CLIENT");
}

TEST(http_server_body, that_stalls_fails_with_request_timeout) {
    TestServer server({.body_idle_timeout = seconds(1)});
    auto client = server.connect();
    auto const answer =
        client.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.body, "REQUEST_TIMEOUT");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

// A connection whose half-sent head is refused after a second is the only clock here.
void wait_a_second(TestServer& server) {
    auto clock = server.connect();
    clock.send("G");
    EXPECT_EQ(clock.answer().status, 408);
}

TEST(http_server_body, that_trickles_fails_with_request_timeout) {
    TestServer server(
        {.header_timeout = seconds(1), .body_idle_timeout = seconds(2), .body_rate_min = 1000});
    server.script("/note", note_the_error);
    auto client = server.connect();
    client.send("POST /note HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
        wait_a_second(server);
        client.send("x");
    }
    auto const answer = client.answer();
    EXPECT_TRUE(answer.body.contains("slower than 1000 bytes a second")) << answer.body;
    EXPECT_EQ(server.stage().notes(), "REQUEST_TIMEOUT");
    EXPECT_TRUE(client.is_closed());
}

TEST(http_server_body, leaves_nothing_behind_wherever_the_client_breaks_off) {
    TestServer server;
    std::array const chunks = {std::string("hello "), std::string("world")};
    auto const plain = post("/echo", "hello world");
    auto const coded = std::string(chunked_head) + chunked(chunks);
    for (auto const& request : {plain, coded}) {
        for (std::size_t i = 0; i < request.size(); ++i) {
            auto closing = server.connect();
            closing.send(std::string_view(request).substr(0, i));
            closing.close();
            auto resetting = server.connect();
            resetting.send(std::string_view(request).substr(0, i));
            resetting.reset();
        }
    }
    auto survivor = server.connect();
    EXPECT_EQ(survivor.ask(plain).body, "hello world");
    survivor.close();
    // Draining waits for every connection to end by itself.
    server.stop(seconds(20));
    EXPECT_EQ(server.server.connection_count(), 0U);
}

}  // namespace
}  // namespace filegate::net
