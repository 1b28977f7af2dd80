#include <gtest/gtest.h>

#include "net/http_server_fixture.hpp"

namespace filegate::net {
namespace {

// Gives `pieces` one by one, then ends, fails or throws.
class ScriptedSource final : public ByteSource {
public:
    enum class End : std::uint8_t { end, failure, exception };

    ScriptedSource(std::deque<std::string> pieces, End end)
        : pieces_(std::move(pieces)), end_(end) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        if (pieces_.empty()) {
            if (end_ == End::exception) throw 42;
            if (end_ == End::failure) co_return fail(ErrorCode::storage_error, "the disk is gone");
            co_return 0;
        }
        auto& piece = pieces_.front();
        auto const taken = std::min(into.size(), piece.size());
        std::ranges::copy(std::as_bytes(std::span(piece).first(taken)), into.begin());
        piece.erase(0, taken);
        if (piece.empty()) pieces_.pop_front();
        co_return taken;
    }

private:
    std::deque<std::string> pieces_;
    End end_;
};

using End = ScriptedSource::End;

ServerResponse streamed(std::deque<std::string> pieces, End end,
                        std::optional<std::uint64_t> size) {
    ServerResponse response;
    response.body = StreamedBody{.source = std::make_unique<ScriptedSource>(std::move(pieces), end),
                                 .size_bytes = size};
    return response;
}

// Bytes without end, until the connection has had enough; notes when it is let go.
class EndlessSource final : public ByteSource {
public:
    explicit EndlessSource(Stage& stage) : stage_(stage) {}
    ~EndlessSource() override { stage_.cancelled.release(); }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        std::ranges::fill(into, std::byte{'x'});
        co_return into.size();
    }

private:
    Stage& stage_;
};

class EchoSource final : public ByteSource {
public:
    explicit EchoSource(ByteSource& body) : body_(body) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { return body_.read(into); }

private:
    ByteSource& body_;
};

// /stream?sized=3&end=failure: three pieces "abc" "def" "" of which `sized` bytes are announced.
Task<ServerResponse> stream(Stage&, ServerRequest& request) {
    auto const& query = request.query;
    auto const end = query.contains("failure")     ? End::failure
                     : query.contains("exception") ? End::exception
                                                   : End::end;
    std::optional<std::uint64_t> size;
    if (auto const at = query.find("sized="); at != std::string::npos)
        size = std::stoul(query.substr(at + 6));
    std::deque<std::string> pieces = {"abc", "def"};
    if (query.contains("empty")) pieces.clear();
    co_return streamed(pieces, end, size);
}

Task<ServerResponse> stream_much(Stage&, ServerRequest& request) {
    auto const size = std::stoul(request.query);
    co_return streamed({std::string(size, 'm')}, End::end, size);
}

Task<ServerResponse> stream_for_ever(Stage& stage, ServerRequest&) {
    ServerResponse response;
    response.body =
        StreamedBody{.source = std::make_unique<EndlessSource>(stage), .size_bytes = {}};
    co_return response;
}

Task<ServerResponse> stream_echo(Stage&, ServerRequest& request) {
    ServerResponse response;
    response.body = StreamedBody{.source = std::make_unique<EchoSource>(*request.body),
                                 .size_bytes = request.content_length};
    co_return response;
}

class http_server_stream : public testing::Test {
protected:
    http_server_stream() { server.script("/stream", stream); }
    TestServer server;
};

TEST_F(http_server_stream, of_known_size_has_a_content_length) {
    auto client = server.connect();
    auto const answer = client.ask(get("/stream?sized=6"));
    EXPECT_EQ(answer.body, "abcdef");
    EXPECT_EQ(answer.header("Content-Length"), "6");
    EXPECT_EQ(client.ask(get("/stream?sized=0&empty")).body, "");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(http_server_stream, never_sends_more_than_it_announced) {
    auto client = server.connect();
    EXPECT_EQ(client.ask(get("/stream?sized=4")).body, "abcd");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(http_server_stream, of_unknown_size_is_chunked) {
    auto client = server.connect();
    auto const answer = client.ask(get("/stream"));
    EXPECT_EQ(answer.body, "abcdef");
    EXPECT_EQ(answer.header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(answer.header("Content-Length"), "(none)");
    EXPECT_EQ(client.ask(get("/stream?empty")).body, "");
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(http_server_stream, of_unknown_size_ends_with_the_connection_in_http_1_0) {
    auto client = server.connect();
    client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto const all = client.receive_to_end();
    EXPECT_TRUE(all.ends_with("\r\n\r\nabcdef")) << all;
    EXPECT_TRUE(all.contains("\r\nConnection: close\r\n")) << all;
    EXPECT_FALSE(all.contains("Transfer-Encoding")) << all;
}

TEST_F(http_server_stream, that_fails_in_http_1_0_ends_with_a_reset) {
    auto whole = server.connect();
    whole.send("GET /stream HTTP/1.0\r\n\r\n");
    whole.receive_to_end();
    EXPECT_FALSE(whole.was_reset());
    auto failing = server.connect();
    failing.send("GET /stream?failure HTTP/1.0\r\n\r\n");
    failing.receive_to_end();
    EXPECT_TRUE(failing.was_reset());
}

TEST_F(http_server_stream, sends_only_the_head_in_answer_to_head) {
    auto client = server.connect();
    client.send(
        "HEAD /stream?sized=6 HTTP/1.1\r\nHost: t\r\n\r\n"
        "HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n" +
        get("/hello"));
    EXPECT_EQ(client.answer(true).header("Content-Length"), "6");
    EXPECT_EQ(client.answer(true).header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(http_server_stream, that_fails_or_ends_short_cuts_the_connection) {
    for (auto const* const query :
         {"sized=7", "sized=7&failure", "sized=7&exception", "failure", "exception"}) {
        auto client = server.connect();
        client.send(get(std::string("/stream?") + query));
        auto const all = client.receive_to_end();
        EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << query;
        EXPECT_TRUE(all.contains("abc")) << query;
        EXPECT_FALSE(all.ends_with("0\r\n\r\n")) << query;
    }
}

TEST_F(http_server_stream, that_fails_before_its_first_byte_becomes_an_error_answer) {
    auto client = server.connect();
    for (auto const* const query :
         {"sized=7&empty", "sized=7&empty&failure", "sized=7&empty&exception"}) {
        auto const answer = client.ask(get(std::string("/stream?") + query));
        EXPECT_GE(answer.status, 500) << query;
    }
    EXPECT_TRUE(client.ask(get("/stream?sized=1&empty&failure")).body.contains("the disk is gone"));
    EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(http_server_stream, arrives_whole_at_sizes_around_its_buffers) {
    server.script("/much", stream_much);
    auto client = server.connect();
    for (std::size_t const size :
         {1UL, 65'535UL, 65'536UL, 65'537UL, 262'144UL, 262'145UL, 5'000'000UL}) {
        auto const answer = client.ask(get("/much?" + std::to_string(size)));
        ASSERT_TRUE(answer.body == std::string(size, 'm')) << size;
    }
}

TEST_F(http_server_stream, may_read_the_request_while_it_is_sent) {
    server.script("/mirror", stream_echo);
    auto client = server.connect();
    std::string const body(300'000, 'e');
    EXPECT_TRUE(client.ask(post("/mirror", body)).body == body);
    std::array const chunks = {std::string("one"), std::string("two")};
    EXPECT_EQ(client
                  .ask("POST /mirror HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       chunked(chunks))
                  .body,
              "onetwo");
}

TEST_F(http_server_stream, that_reads_the_request_gets_no_interim_answer_in_its_midst) {
    server.script("/mirror", stream_echo);
    auto client = server.connect();
    client.send(
        "POST /mirror HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(client.receive_some().starts_with("HTTP/1.1 200 OK\r\n"));
    std::array const chunks = {std::string("one")};
    client.send(chunked(chunks));
    EXPECT_EQ(client.receive_to_end(), "3\r\none\r\n0\r\n\r\n");
}

TEST_F(http_server_stream, lets_go_of_its_source_when_the_client_leaves) {
    server.script("/ever", stream_for_ever);
    auto client = server.connect();
    client.send(get("/ever"));
    EXPECT_FALSE(client.receive_some().empty());
    client.reset();
    server.stage().cancelled.acquire();
}

TEST(http_server_slow_reader, is_cut_off_after_the_write_timeout) {
    TestServer server({.write_idle_timeout = seconds(1)});
    server.script("/ever", stream_for_ever);
    auto client = server.connect(4096);
    client.send(get("/ever"));
    server.stage().cancelled.acquire();
}

}  // namespace
}  // namespace filegate::net
