#include "net/http_server_fixture.hpp"
#include "net/tls_fixture.hpp"

namespace filegate::net {
namespace {

class HttpServerTlsTest : public testing::Test {
protected:
    std::uint16_t port() { return server_.server.port(); }
    TlsClient connect(TlsClient::Options const& options) {
        return TlsClient(port(), identity_.ca_file(), options);
    }

    Identity const identity_{"IP:127.0.0.1"};
    std::unique_ptr<TlsIdentity> shown_ = *TlsIdentity::load(identity_.files());
    TestServer server_{{.header_timeout = seconds(1)}, 1, shown_.get()};
};
using http_server_tls = HttpServerTlsTest;

std::string ask_hello(TlsClient& client) {
    client.send(get("/hello"));
    return client.receive_until("hello");
}

TEST_F(http_server_tls, answers_many_requests_on_one_connection) {
    EXPECT_TRUE(server_.server.url().starts_with("https://127.0.0.1:"));
    TlsClient client(port(), identity_.ca_file());
    ASSERT_TRUE(client.is_connected());
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(ask_hello(client).starts_with("HTTP/1.1 200 OK\r\n"));
    client.send(get("/hello") + get("/hello") + get("/hello"));
    std::string all;
    while (all.size() < 3 || !all.ends_with("hello") || server_.stage().handled < 6)
        all += client.receive_some();
    EXPECT_EQ(server_.stage().handled, 6U);
}

TEST_F(http_server_tls, moves_large_bodies_both_ways) {
    std::string body(5'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('a' + i * 7919 % 26);
    for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = connect({.version_min = version, .version_max = version});
        ASSERT_TRUE(client.is_connected());
        ASSERT_TRUE(client.send(post("/echo", body)));
        auto answer = client.receive_until("\r\n\r\n");
        auto const head = answer.find("\r\n\r\n") + 4;
        while (answer.size() < head + body.size()) {
            auto const more = client.receive_some();
            ASSERT_FALSE(more.empty());
            answer += more;
        }
        EXPECT_TRUE(answer.substr(head) == body);
    }
}

TEST_F(http_server_tls, refuses_what_is_older_than_tls_1_2) {
    for (auto const version : {TLS1_VERSION, TLS1_1_VERSION}) {
        auto client = connect({.version_min = version, .version_max = version});
        EXPECT_FALSE(client.is_connected()) << version;
    }
    EXPECT_TRUE(connect({.version_max = TLS1_2_VERSION}).is_connected());
}

TEST_F(http_server_tls, agrees_on_http_1_1_or_on_nothing) {
    auto client = connect({.alpn = "\x02h2\x08http/1.1"});
    ASSERT_TRUE(client.is_connected());
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.tls(), &chosen, &size);
    EXPECT_EQ(std::string_view(reinterpret_cast<char const*>(chosen), size), "http/1.1");
    EXPECT_FALSE(connect({.alpn = "\x02h2"}).is_connected());
}

TEST_F(http_server_tls, tells_who_speaks_no_tls_that_it_does) {
    auto client = server_.connect();
    auto const answer = client.ask(get("/hello"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.body.contains("https://")) << answer.body;
    EXPECT_TRUE(client.is_closed());
    auto junk = server_.connect();
    junk.send(std::string("\x16\x03\x01\x00\x05hello", 10));
    EXPECT_FALSE(junk.receive_to_end().contains("HTTP"));
    EXPECT_EQ(server_.stage().handled, 0U);
}

TEST_F(http_server_tls, gives_up_on_a_handshake_that_takes_too_long) {
    auto silent = server_.connect();
    auto half = server_.connect();
    half.send("\x16\x03\x01");
    EXPECT_EQ(silent.receive_to_end(), "");
    EXPECT_EQ(half.receive_to_end(), "");
}

TEST_F(http_server_tls, shows_a_new_certificate_and_keeps_old_connections) {
    TlsClient before(port(), identity_.ca_file());
    ASSERT_TRUE(before.is_connected());
    Identity const other("IP:127.0.0.1");
    other.write(identity_.files());
    EXPECT_FALSE(TlsClient(port(), other.ca_file()).is_connected()) << "not loaded yet";
    ASSERT_TRUE(shown_->reload());
    TlsClient after(port(), other.ca_file());
    ASSERT_TRUE(after.is_connected());
    EXPECT_TRUE(ask_hello(after).contains("200 OK"));
    EXPECT_TRUE(ask_hello(before).contains("200 OK"));
}

TEST_F(http_server_tls, answers_who_has_said_all) {
    TlsClient client(port(), identity_.ca_file());
    client.send(get("/hello"));
    SSL_shutdown(client.tls());
    EXPECT_TRUE(client.receive_until("hello").contains("200 OK"));
    EXPECT_EQ(client.receive_some(), "");
    EXPECT_TRUE(client.has_ended());
}

TEST_F(http_server_tls, says_when_an_answer_has_ended) {
    TlsClient client(port(), identity_.ca_file());
    client.send(get("/hello", "Connection: close\r\n"));
    EXPECT_TRUE(client.receive_until("hello").contains("200 OK"));
    EXPECT_EQ(client.receive_some(), "");
    EXPECT_TRUE(client.has_ended());
}

// RFC 5246 section 7.2.1: without the goodbye anybody on the way may have cut the body.
TEST_F(http_server_tls, takes_a_body_that_breaks_off_for_no_body) {
    server_.script("/note", [](Stage& stage, ServerRequest& request) -> Task<ServerResponse> {
        auto const body = co_await read_all(*request.body, 1000);
        stage.note(body ? "whole" : std::string(error_row(body.error().code).name));
        stage.entered.release();
        co_return ServerResponse{};
    });
    for (bool const says_end : {false, true}) {
        TlsClient client(port(), identity_.ca_file());
        client.send("POST /note HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
        if (says_end) SSL_shutdown(client.tls());
        ::shutdown(client.socket(), SHUT_WR);
        server_.stage().entered.acquire();
    }
    EXPECT_EQ(server_.stage().notes(), "CANCELLED_BY_CLIENTBODY_TRUNCATED");
}

TEST_F(http_server_tls, ends_a_connection_whose_bytes_were_changed) {
    TlsClient client(port(), identity_.ca_file());
    EXPECT_TRUE(ask_hello(client).contains("200 OK"));
    ::send(client.socket(),
           "\x17\x03\x03\x00\x20"
           "01234567890123456789012345678901",
           37, MSG_NOSIGNAL);
    EXPECT_EQ(client.receive_some(), "");
    EXPECT_EQ(server_.stage().handled, 1U);
}

TEST_F(http_server_tls, does_not_renegotiate) {
    auto client = connect({.version_max = TLS1_2_VERSION});
    ASSERT_TRUE(client.is_connected());
    SSL_renegotiate(client.tls());
    EXPECT_NE(SSL_do_handshake(client.tls()), 1);
}

TEST_F(http_server_tls, stops_while_handshakes_wait) {
    auto silent = server_.connect();
    auto half = server_.connect();
    half.send("\x16\x03\x01");
    TlsClient idle(port(), identity_.ca_file());
    ASSERT_TRUE(idle.is_connected());
    EXPECT_TRUE(ask_hello(idle).contains("200 OK"));
    server_.stop(seconds(20));
    EXPECT_EQ(silent.receive_to_end(), "");
    EXPECT_EQ(idle.receive_some(), "");
    EXPECT_TRUE(idle.has_ended());
}

TEST(http_server_tls_limits, turn_away_in_tls_too) {
    Identity const identity("IP:127.0.0.1");
    auto const shown = *TlsIdentity::load(identity.files());
    TestServer server({.connections_max = 1}, 1, shown.get());
    TlsClient first(server.server.port(), identity.ca_file());
    ASSERT_TRUE(first.is_connected());
    TlsClient second(server.server.port(), identity.ca_file());
    ASSERT_TRUE(second.is_connected());
    EXPECT_TRUE(second.receive_until("\r\n\r\n").starts_with("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace filegate::net
