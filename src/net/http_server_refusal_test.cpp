#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "net/http_server_fixture.hpp"

namespace filegate::net {
namespace {

struct BadRequest {
    char const* why;
    std::string text;
    int status = 400;
};

std::vector<BadRequest> bad_requests() {
    std::string const host = "Host: t\r\n";
    auto const with = [&](std::string const& headers) {
        return "POST /echo HTTP/1.1\r\n" + host + headers + "\r\n";
    };
    return {
        {"both lengths", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
        {"both, other order", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
        {"differing lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n")},
        {"a list of lengths", with("Content-Length: 3, 3\r\n")},
        {"a signed length", with("Content-Length: +3\r\n")},
        {"a negative length", with("Content-Length: -3\r\n")},
        {"an empty length", with("Content-Length:\r\n")},
        {"a huge length", with("Content-Length: 18446744073709551616\r\n")},
        {"gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n")},
        {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        {"chunked and chunked", with("Transfer-Encoding: chunked, chunked\r\n")},
        {"identity", with("Transfer-Encoding: identity\r\n")},
        {"identity, then chunked",
         with("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")},
        {"a vertical tab", with("Transfer-Encoding: \vchunked\r\n")},
        {"a quoted coding", with("Transfer-Encoding: \"chunked\"\r\n")},
        {"chunked in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"a folded header", with("X-A: 1\r\n 2\r\n")},
        {"a folded first header", "GET / HTTP/1.1\r\n Host: t\r\n\r\n"},
        {"NUL in a value", with(std::string("X-A: a\0b\r\n", 10))},
        {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: t\r\n\r\n", 28)},
        {"a bare LF", "GET / HTTP/1.1\nHost: t\n\n"},
        {"a bare LF after a header", with("X-A: 1\n")},
        {"a bare CR in a value", with("X-A: 1\rX-B: 2\r\n")},
        {"CR CR LF", with("X-A: 1\r\r\n")},
        {"a blank before the colon", with("Content-Length : 3\r\n")},
        {"a header without a name", with(": 3\r\n")},
        {"a header without a colon", with("nonsense\r\n")},
        {"no Host", "GET / HTTP/1.1\r\n\r\n"},
        {"two Hosts", with("Host: u\r\n")},
        {"two equal Hosts", with("Host: t\r\n")},
        {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: t\r\nHost: t\r\n\r\n"},
        {"a Host with a path", "GET / HTTP/1.1\r\nHost: t/x\r\n\r\n"},
        {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@t\r\n\r\n"},
        {"a method with a bracket", "GE[T / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"no target", "GET HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"two blanks", "GET  / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"nine empty lines",
         "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"a relative target", "GET hello HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"another scheme", "GET ftp://t/ HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"a star without OPTIONS", "GET * HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"a fragment", "GET /a#b HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"no version", "GET /\r\nHost: t\r\n\r\n"},
        {"a lower-case version", "GET / http/1.1\r\nHost: t\r\n\r\n"},
        {"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6)},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: t\r\n\r\n", 505},
        {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: t\r\n\r\n", 505},
    };
}

TEST(http_server_refusal, closes_on_everything_that_could_be_read_in_two_ways) {
    TestServer server;
    for (auto const& bad : bad_requests()) {
        auto client = server.connect();
        auto const answer = client.ask(bad.text);
        EXPECT_EQ(answer.status, bad.status) << bad.why;
        EXPECT_TRUE(answer.body.starts_with("VALIDATION_FAILED: ")) << bad.why;
        EXPECT_EQ(answer.header("Connection"), "close") << bad.why;
        EXPECT_EQ(answer.header("X-Refused"), answer.header("X-Request-Id")) << bad.why;
        EXPECT_TRUE(client.is_closed()) << bad.why;
    }
    EXPECT_EQ(server.stage().handled, 0U);
}

TEST(http_server_refusal, smuggles_no_second_request_behind_a_refused_one) {
    TestServer server;
    auto client = server.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n" +
        get("/hello"));
    EXPECT_EQ(client.answer().status, 400);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(server.stage().handled, 0U);
}

TEST(http_server_refusal, takes_a_head_of_exactly_the_limit_and_no_more) {
    constexpr std::size_t limit = 1000;
    TestServer server({.header_bytes_max = limit});
    auto const head_of = [](std::size_t bytes) {
        auto const empty = get("/hello", "X: \r\n").size();
        return get("/hello", "X: " + std::string(bytes - empty, 'x') + "\r\n");
    };
    for (auto const size : {limit - 1, limit}) {
        auto client = server.connect();
        EXPECT_EQ(client.ask(head_of(size)).status, 200) << size;
    }
    for (auto const& text :
         {head_of(limit + 1), get("/" + std::string(2000, 'p')), std::string(limit, 'G')}) {
        auto client = server.connect();
        auto const answer = client.ask(text);
        EXPECT_EQ(answer.status, 431);
        EXPECT_TRUE(answer.body.contains("1000 bytes")) << answer.body;
        EXPECT_TRUE(client.is_closed());
    }
}

TEST(http_server_refusal, counts_the_limit_for_each_pipelined_head_alone) {
    TestServer server({.header_bytes_max = 100});
    auto client = server.connect();
    client.send(get("/hello") + get("/hello") + get("/hello") + get("/hello"));
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(client.answer().status, 200);
}

TEST(http_server_refusal, tells_a_half_sent_head_408_and_closes) {
    TestServer server({.header_timeout = seconds(1)});
    auto fresh = server.connect();
    fresh.send("GET / HT");
    auto kept = server.connect();
    kept.ask(get("/hello"));
    kept.send("G");
    for (auto* const client : {&fresh, &kept}) {
        auto const answer = client->answer();
        EXPECT_EQ(answer.status, 408);
        EXPECT_TRUE(answer.body.starts_with("REQUEST_TIMEOUT: ")) << answer.body;
        EXPECT_TRUE(client->is_closed());
    }
}

TEST(http_server_refusal, is_not_kept_waiting_by_a_head_that_trickles) {
    TestServer server({.header_timeout = seconds(1)});
    auto client = server.connect();
    client.send(get("/hello").substr(0, 20));
    // More bytes do not extend the time: each is sent before the server can have given up.
    for (int i = 0; i < 100; ++i)
        client.send("x");
    EXPECT_EQ(client.answer().status, 408);
}

TEST(http_server_refusal, closes_idle_connections_without_a_word) {
    TestServer server({.header_timeout = seconds(1), .keep_alive_timeout = seconds(1)});
    auto silent = server.connect();
    auto kept = server.connect();
    EXPECT_EQ(kept.ask(get("/hello")).status, 200);
    EXPECT_EQ(silent.receive_to_end(), "");
    EXPECT_EQ(kept.receive_to_end(), "");
}

TEST(http_server_refusal, turns_away_who_comes_beyond_the_limit) {
    TestServer server({.connections_max = 2});
    auto first = server.connect();
    auto second = server.connect();
    EXPECT_EQ(first.ask(get("/hello")).status, 200);
    EXPECT_EQ(second.ask(get("/hello")).status, 200);
    auto third = server.connect();
    third.send(post("/echo", std::string(100'000, 'x')));
    auto const answer = third.answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_TRUE(answer.body.contains("limit of 2 connections")) << answer.body;
    EXPECT_TRUE(third.is_closed());
    EXPECT_EQ(first.ask(get("/hello")).status, 200);
    EXPECT_EQ(server.server.connection_count(), 2U);
}

TEST(http_server_refusal, gives_one_address_its_share_and_no_more) {
    TestServer server({.connections_max = 10, .connections_per_address_max = 2});
    auto first = server.connect();
    auto second = server.connect();
    EXPECT_EQ(first.ask(get("/hello")).status, 200);
    EXPECT_EQ(second.ask(get("/hello")).status, 200);
    auto third = server.connect();
    auto const answer = third.ask(get("/hello"));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_TRUE(answer.body.contains("limit of 2 connections")) << answer.body;
    EXPECT_TRUE(third.is_closed());
    second.close();
    // The place is free soon after the close is seen.
    int status = 429;
    while (status == 429)
        status = server.connect().ask(get("/hello")).status;
    EXPECT_EQ(status, 200);
}

TEST(http_server_refusal, has_room_again_when_somebody_has_left) {
    TestServer server({.connections_max = 1});
    server.connect().ask(get("/hello", "Connection: close\r\n"));
    // The place is free soon after the close is seen; until then the answer is 503.
    int status = 503;
    while (status == 503)
        status = server.connect().ask(get("/hello")).status;
    EXPECT_EQ(status, 200);
}

std::int64_t cpu_ms() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1'000'000;
}

TEST(http_server_refusal, waits_for_descriptors_without_spinning) {
    TestServer server({.header_timeout = seconds(1)});
    auto idle = server.connect();
    ASSERT_EQ(idle.ask(get("/hello")).status, 200);
    // The server needs one descriptor more than the process may have, until `fillers` go.
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit low = before;
    low.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &low);
    std::vector<UniqueFd> fillers;
    while (true) {
        UniqueFd filler(::dup(STDERR_FILENO));
        if (!filler.is_open()) break;
        fillers.push_back(std::move(filler));
    }
    ASSERT_FALSE(fillers.empty());
    fillers.pop_back();
    auto waiting = server.connect();
    waiting.send(get("/hello"));
    auto const cpu_before = cpu_ms();
    // The only thing that ends within this second is the half-sent head of the first connection.
    idle.send("GET");
    EXPECT_EQ(idle.answer().status, 408);
    EXPECT_LT(cpu_ms() - cpu_before, 300);
    fillers.clear();
    EXPECT_EQ(waiting.answer().body, "hello");
    ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace filegate::net
