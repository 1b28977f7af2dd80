#include <semaphore>

#include "net/curl_client_fixture.hpp"

namespace filegate::net {
namespace {

TEST_F(curl_client, gives_status_headers_and_body) {
    ScriptedServer const server(
        answering(answer_with("404 Not Found", "<html>no</html>",
                              "Content-Type: text/html\r\nX-Twice: a\r\nx-twice:  b \r\n")));
    auto const answer = answer_to(get(server.url()));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, "<html>no</html>");
    EXPECT_EQ(answer.headers.find("content-type"), "text/html");
    EXPECT_EQ(answer.headers.count("X-Twice"), 2U);
    EXPECT_EQ(answer.headers.list().back().value, "b");
}

// Answers with the request itself.
void echo(ScriptedConnection& connection) {
    while (true) {
        auto const request = connection.read_whole_request();
        if (request.empty() || !connection.send(answer_with("200 OK", request))) return;
    }
}

TEST_F(curl_client, writes_each_method_as_servers_expect_it) {
    struct Case {
        std::string method;
        bool has_body;
        std::string_view length;  // none: no Content-Length is sent
    };
    std::vector<Case> const cases{
        {"GET", false, ""},   {"DELETE", false, ""}, {"POST", false, "0"},
        {"PUT", false, "0"},  {"POST", true, "5"},   {"PUT", true, "5"},
        {"PATCH", true, "5"}, {"DELETE", true, "5"}, {"OPTIONS", false, ""}};
    ScriptedServer const server(echo);
    MemoryBody const body("hello");
    for (auto const& [method, has_body, length] : cases) {
        auto request = get(server.url() + "v1/../files?x=%20y");
        request.method = method;
        request.headers.add("X-Empty", "");
        if (has_body) request.body = &body;
        auto const sent = answer_to(request).body;
        EXPECT_TRUE(sent.starts_with(method + " /v1/../files?x=%20y HTTP/1.1\r\n")) << sent;
        EXPECT_EQ(sent.contains("Content-Length: " + std::string(length) + "\r\n"), !length.empty())
            << sent;
        EXPECT_EQ(sent.contains("Content-Length"), !length.empty()) << sent;
        EXPECT_EQ(sent.ends_with("\r\n\r\nhello"), has_body) << sent;
        EXPECT_TRUE(sent.contains("\r\nX-Empty:\r\n")) << sent;
        EXPECT_TRUE(sent.contains("\r\nUser-Agent: filegate/test\r\n")) << sent;
        for (auto const* unwanted :
             {"Expect", "Content-Type", "Transfer-Encoding", "Accept-Encoding"})
            EXPECT_FALSE(sent.contains(unwanted)) << sent;
    }
    EXPECT_EQ(server.connection_count(), 1U);
}

TEST_F(curl_client, asks_for_a_head_without_waiting_for_a_body) {
    ScriptedServer const server(answering("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"));
    auto request = get(server.url());
    request.method = "HEAD";
    auto const answer = answer_to(request);
    EXPECT_EQ(answer.headers.find("Content-Length"), "999");
    EXPECT_EQ(answer.body, "");
}

TEST_F(curl_client, sends_bodies_of_every_size_from_sources_of_every_gait) {
    ScriptedServer const server(echo);
    constexpr std::size_t buffer_bytes = 256 * 1024;
    for (std::size_t const size : {0UL, 1UL, 70'000UL, buffer_bytes / 2, buffer_bytes - 1,
                                   buffer_bytes, buffer_bytes + 1, 1UL << 20}) {
        for (std::size_t const piece_bytes : {999UL, 128 * 1024UL, 10'000'000UL}) {
            ScriptedBody const body(some_bytes(size), {.piece_bytes = piece_bytes});
            std::vector<std::uint64_t> steps{0};
            auto request = post(server.url(), body);
            request.method = piece_bytes == 999 ? "PUT" : "POST";
            request.on_sent_bytes = [&](std::uint64_t sent) { steps.push_back(sent); };
            auto const echoed = answer_to(request).body;
            ASSERT_TRUE(echoed.ends_with("\r\n\r\n" + body.bytes())) << size;
            EXPECT_TRUE(std::ranges::is_sorted(steps));
            EXPECT_EQ(steps.back(), size);
            EXPECT_EQ(body.times_opened(), 1);
            EXPECT_EQ(body.open_sources(), 0);
        }
    }
}

TEST_F(curl_client, headers_that_frame_the_body_are_its_own_business) {
    ScriptedServer const server(echo);
    MemoryBody const body("hello");
    auto request = post(server.url(), body);
    request.headers.add("content-length", "7");
    request.headers.add("Transfer-Encoding", "chunked");
    request.headers.add("EXPECT", "100-continue");
    auto const sent = answer_to(request).body;
    EXPECT_TRUE(sent.contains("Content-Length: 5\r\n")) << sent;
    EXPECT_FALSE(sent.contains("content-length: 7")) << sent;
    EXPECT_FALSE(sent.contains("chunked")) << sent;
    EXPECT_FALSE(sent.contains("100-continue")) << sent;
}

TEST_F(curl_client, refuses_headers_that_would_break_the_request_apart) {
    ScriptedServer const server(echo);
    std::vector<Header> const headers{{"X-A", "a\r\nX-B: b"}, {"X-A", std::string("a\0b", 3)},
                                      {"X A", "a"},           {"", "a"},
                                      {"X-A:", "a"},          {"X\r\nA", "a"}};
    for (auto const& [name, value] : headers) {
        auto request = get(server.url());
        request.headers.add(name, value + std::string(secret));
        EXPECT_EQ(failure_of(request).stage, Stage::connecting);
    }
    EXPECT_EQ(server.connection_count(), 0U);
}

TEST_F(curl_client, follows_no_redirect_and_undoes_no_compression) {
    ScriptedServer const server(answering(answer_with(
        "302 Found", "\x1f\x8b not gzip", "Location: /elsewhere\r\nContent-Encoding: gzip\r\n")));
    auto const answer = answer_to(get(server.url()));
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.body, "\x1f\x8b not gzip");
    EXPECT_EQ(server.connection_count(), 1U);
}

TEST_F(curl_client, undoes_chunked_answers_and_passes_trailers_over) {
    ScriptedServer const server(
        answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Late: 1\r\n\r\n"));
    auto const answer = answer_to(get(server.url()));
    EXPECT_EQ(answer.body, "hello world");
    EXPECT_EQ(answer.headers.find("X-Late"), std::nullopt);
}

TEST_F(curl_client, an_answer_may_come_byte_by_byte) {
    ScriptedServer const server([](ScriptedConnection& connection) {
        connection.read_head();
        for (auto const byte : answer_with("200 OK", "slow but sure"))
            connection.send({&byte, 1});
    });
    EXPECT_EQ(answer_to(get(server.url())).body, "slow but sure");
}

TEST_F(curl_client, an_answer_without_a_length_ends_with_the_connection) {
    ScriptedServer const server([](ScriptedConnection& connection) {
        connection.read_head();
        connection.send("HTTP/1.0 200 OK\r\n\r\nold style");
    });
    EXPECT_EQ(answer_to(get(server.url())).body, "old style");
}

TEST_F(curl_client, interim_answers_are_passed_over) {
    ScriptedServer const server(
        answering("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
                  answer_with("201 Created", "made")));
    auto const answer = answer_to(get(server.url()));
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.headers.find("Link"), std::nullopt);
}

TEST_F(curl_client, a_body_of_the_answer_is_held_to_its_limit_to_the_byte) {
    ScriptedServer const server(answering(answer_with("200 OK", "0123456789")));
    for (std::size_t const bytes_max : {9UL, 10UL, 11UL}) {
        auto request = get(server.url());
        request.response_bytes_max = bytes_max;
        auto const result = result_of(request);
        EXPECT_EQ(result.has_value(), bytes_max >= 10);
        if (result) continue;
        EXPECT_EQ(result.error().stage, Stage::receiving);
        EXPECT_TRUE(result.error().message.contains("9 bytes")) << result.error().message;
    }
}

TEST_F(curl_client, headers_of_the_answer_are_held_to_64_KiB) {
    for (std::size_t const bytes : {60'000UL, 66'000UL, 5'000'000UL}) {
        std::string headers;
        while (headers.size() < bytes)
            headers += "X-Filler: " + std::string(988, 'x') + "\r\n";
        ScriptedServer const server(answering(answer_with("200 OK", "", headers)));
        auto const result = result_of(get(server.url()));
        EXPECT_EQ(result.has_value(), bytes < 65'536);
        if (!result) EXPECT_EQ(result.error().stage, Stage::receiving);
    }
}

TEST_F(curl_client, an_endless_row_of_interim_answers_ends_at_the_same_limit) {
    ScriptedServer const server([](ScriptedConnection& connection) {
        connection.read_head();
        while (connection.send("HTTP/1.1 102 Processing\r\n\r\n")) {
        }
    });
    EXPECT_EQ(failure_of(get(server.url())).stage, Stage::awaiting_answer);
}

TEST_F(curl_client, a_sink_takes_a_good_answers_body_whatever_its_size) {
    auto const body = some_bytes(3 << 20);
    ScriptedServer const server(answering(answer_with("200 OK", body)));
    std::string taken;
    auto request = get(server.url());
    request.response_bytes_max = 10;
    request.sink = [&](std::span<std::byte const> bytes) {
        taken.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return true;
    };
    EXPECT_EQ(answer_to(request).body, "");
    EXPECT_TRUE(taken == body);
}

TEST_F(curl_client, a_sink_does_not_see_an_error_page) {
    ScriptedServer const server(answering(answer_with("500 Oh No", "sorry")));
    auto request = get(server.url());
    request.sink = [](std::span<std::byte const>) {
        ADD_FAILURE();
        return true;
    };
    EXPECT_EQ(answer_to(request).body, "sorry");
}

TEST_F(curl_client, a_sink_that_wants_no_more_ends_the_exchange) {
    ScriptedServer const server(answering(answer_with("200 OK", some_bytes(1 << 20))));
    auto request = get(server.url());
    request.sink = [](std::span<std::byte const>) { return false; };
    auto const failure = failure_of(request);
    EXPECT_EQ(failure.stage, Stage::receiving);
    EXPECT_FALSE(failure.is_timeout);
}

TEST_F(curl_client, connections_are_used_again_unless_a_fresh_one_is_wanted) {
    ScriptedServer const server(echo);
    MemoryBody const body("hello");
    for (int i = 0; i < 3; ++i)
        answer_to(post(server.url(), body));
    EXPECT_EQ(server.connection_count(), 1U);
    for (int i = 0; i < 2; ++i) {
        auto request = post(server.url(), body);
        request.is_fresh_connection = true;
        EXPECT_TRUE(answer_to(request).body.starts_with("POST / HTTP/1.1\r\n"));
    }
    EXPECT_EQ(server.connection_count(), 3U);
    answer_to(post(server.url(), body));
    EXPECT_EQ(server.connection_count(), 3U);
}

TEST_F(curl_client, its_end_closes_the_connections_it_kept) {
    std::binary_semaphore closed(0);
    ScriptedServer const server([&](ScriptedConnection& connection) {
        connection.read_head();
        connection.send(answer_with("200 OK", "x"));
        if (connection.is_closed_by_client()) closed.release();
    });
    answer_to(get(server.url()));
    client_.reset();
    EXPECT_TRUE(closed.try_acquire_for(seconds(10)));
}

TEST_F(curl_client, names_are_looked_up) {
    ScriptedServer const server(answering(answer_with("200 OK", "found")));
    auto url = server.url();
    url.replace(url.find("127.0.0.1"), 9, "localhost");
    EXPECT_EQ(answer_to(get(url)).body, "found");
}

Task<void> send_one(HttpClient& client, ClientRequest request, std::string expected_end,
                    int& good) {
    auto const result = co_await client.send(std::move(request));
    if (result && result->body.ends_with(expected_end)) ++good;
}

Task<Done> send_many(Executor& executor, HttpClient& client, std::vector<ClientRequest> requests,
                     std::string expected_end, int& good) {
    TaskGroup group(executor);
    for (auto& request : requests)
        group.spawn(send_one(client, request, expected_end, good));
    co_await group.join();
    co_return Done();
}

TEST_F(curl_client, sends_many_at_once) {
    ScriptedServer const server(echo);
    ScriptedBody const body(some_bytes(200'000));
    std::vector<ClientRequest> const requests(40, post(server.url(), body));
    int good = 0;
    here_.run_task(send_many(here_, *client_, requests, body.bytes(), good));
    EXPECT_EQ(good, 40);
    EXPECT_EQ(body.open_sources(), 0);
}

TEST_F(curl_client, keeps_to_its_number_of_connections_to_a_host) {
    client_ = std::make_unique<CurlClient>(thread_.loop(),
                                           CurlClientOptions{.connections_per_host_max = 3});
    ScriptedServer const server(echo);
    MemoryBody const body("hello");
    int good = 0;
    here_.run_task(
        send_many(here_, *client_, std::vector(20, post(server.url(), body)), "hello", good));
    EXPECT_EQ(good, 20);
    EXPECT_LE(server.connection_count(), 3U);
}

}  // namespace
}  // namespace filegate::net
