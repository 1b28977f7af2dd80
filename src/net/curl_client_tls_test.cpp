#include "net/curl_client_fixture.hpp"
#include "net/tls_fixture.hpp"

namespace filegate::net {
namespace {

std::string read_until(SSL* tls, std::string received, auto const& is_enough) {
    std::array<char, 16 * 1024> buffer;
    while (!is_enough(received)) {
        auto const count = SSL_read(tls, buffer.data(), buffer.size());
        if (count <= 0) break;
        received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return received;
}

// Answers one request with its body of `body_bytes`. Counts the requests it has seen.
Script tls_echo(Identity const& identity, std::size_t body_bytes, std::atomic<int>& requests,
                int newest_version = TLS1_3_VERSION) {
    return [&identity, body_bytes, &requests, newest_version](ScriptedConnection& connection) {
        auto const context = identity.context();
        SSL_CTX_set_security_level(context.get(), 0);  // else OpenSSL knows nothing before 1.2
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), newest_version);
        Tls const tls(SSL_new(context.get()));
        SSL_set_fd(tls.get(), connection.descriptor());
        if (SSL_accept(tls.get()) != 1) return;
        auto const head = read_until(
            tls.get(), "", [](std::string const& text) { return text.contains("\r\n\r\n"); });
        if (head.empty()) return;
        ++requests;
        auto const body =
            read_until(tls.get(), head.substr(head.find("\r\n\r\n") + 4),
                       [&](std::string const& text) { return text.size() >= body_bytes; });
        auto const answer = answer_with("200 OK", body);
        SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(tls.get());
        connection.is_closed_by_client();
    };
}

class CurlClientTlsTest : public CurlClientTest {
protected:
    void trust(std::string ca_file) {
        client_ = std::make_unique<CurlClient>(thread_.loop(),
                                               CurlClientOptions{.ca_file = std::move(ca_file)});
    }
    void expect_refused(std::string url) {
        MemoryBody const body("hello");
        auto const failure = failure_of(post(std::move(url), body));
        EXPECT_EQ(failure.stage, Stage::connecting) << failure.message;
        EXPECT_TRUE(failure.is_tls) << failure.message;
        EXPECT_FALSE(failure.is_timeout);
        EXPECT_EQ(requests_, 0);
    }

    std::atomic<int> requests_ = 0;
    Identity const identity_{"IP:127.0.0.1"};
};
using curl_client_tls = CurlClientTlsTest;

TEST_F(curl_client_tls, talks_to_a_server_it_can_verify) {
    trust(identity_.ca_file());
    ScriptedBody const body(some_bytes(900'000));
    ScriptedServer const server(tls_echo(identity_, body.bytes().size(), requests_));
    auto request = post(server.url("https"), body);
    EXPECT_TRUE(answer_to(request).body == body.bytes());
    request.is_fresh_connection = true;
    EXPECT_TRUE(answer_to(request).body == body.bytes());
    EXPECT_EQ(requests_, 2);
}

TEST_F(curl_client_tls, refuses_a_certificate_nobody_vouches_for) {
    ScriptedServer const server(tls_echo(identity_, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, refuses_a_certificate_for_another_address) {
    Identity const other("IP:127.0.0.2");
    trust(other.ca_file());
    ScriptedServer const server(tls_echo(other, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, refuses_a_certificate_that_has_expired) {
    Identity const old("IP:127.0.0.1", seconds(-60));
    trust(old.ca_file());
    ScriptedServer const server(tls_echo(old, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, refuses_what_is_older_than_tls_1_2) {
    trust(identity_.ca_file());
    for (auto const version : {TLS1_VERSION, TLS1_1_VERSION}) {
        ScriptedServer const server(tls_echo(identity_, 5, requests_, version));
        expect_refused(server.url("https"));
    }
    ScriptedServer const server(tls_echo(identity_, 5, requests_, TLS1_2_VERSION));
    MemoryBody const body("hello");
    EXPECT_EQ(answer_to(post(server.url("https"), body)).body, "hello");
}

TEST_F(curl_client_tls, refuses_everybody_when_its_file_of_authorities_is_missing) {
    trust("/nonexistent/ca.pem");
    ScriptedServer const server(tls_echo(identity_, 5, requests_));
    expect_refused(server.url("https"));
}

TEST_F(curl_client_tls, a_server_that_speaks_no_tls_is_a_failed_handshake) {
    for (std::string_view const greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
        ScriptedServer const server([&](ScriptedConnection& connection) {
            connection.read_body(1);
            connection.send(greeting);
        });
        expect_refused(server.url("https"));
    }
}

}  // namespace
}  // namespace filegate::net
