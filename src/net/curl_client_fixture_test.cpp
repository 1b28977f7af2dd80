#include "net/curl_client_fixture.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.hpp"

namespace filegate::net {

namespace {

// The machine's proxies have no business on loopback. Set before any thread exists.
bool const is_without_proxy = setenv("no_proxy", "*", 1) == 0;

void bound_waits(int fd) {
    timeval const wait{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

// A socket that listens on a free port of loopback, and the port.
std::pair<int, std::uint16_t> listen_on_loopback(int backlog) {
    auto const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    auto const is_listening = bind(fd, generic, size) == 0 && listen(fd, backlog) == 0 &&
                              getsockname(fd, generic, &size) == 0;
    FG_CHECK(is_listening && is_without_proxy, "loopback has a free port");
    return {fd, ntohs(address.sin_port)};
}

std::size_t announced_bytes(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    auto const at = head.find(name);
    return at == head.npos ? 0 : std::strtoull(head.substr(at + name.size()).data(), nullptr, 10);
}

}  // namespace

bool ScriptedConnection::fill() {
    std::array<char, 64 * 1024> buffer;
    auto const count = recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) received_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string ScriptedConnection::read_head() {
    while (!received_.contains("\r\n\r\n") && fill()) {
    }
    auto const end = received_.find("\r\n\r\n");
    if (end == received_.npos) return {};
    return read_body(end + 4);
}

std::string ScriptedConnection::read_body(std::size_t bytes) {
    while (received_.size() < bytes && fill()) {
    }
    auto body = received_.substr(0, bytes);
    received_.erase(0, body.size());
    return body;
}

std::string ScriptedConnection::read_whole_request() {
    auto head = read_head();
    return head + read_body(announced_bytes(head));
}

bool ScriptedConnection::send(std::string_view text) {
    while (!text.empty()) {
        auto const count = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool ScriptedConnection::is_closed_by_client() {
    std::array<char, 64 * 1024> buffer;
    while (true) {
        auto const count = recv(fd_, buffer.data(), buffer.size(), 0);
        if (count > 0) continue;
        return !is_given_up_ && (count == 0 || errno == ECONNRESET);
    }
}

bool ScriptedConnection::sends_nothing_for(milliseconds wait) {
    pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&readable, 1, static_cast<int>(wait.count())) == 0;
}

void ScriptedConnection::finish_sending() {
    shutdown(fd_, SHUT_WR);
}

void ScriptedConnection::reset() {
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void ScriptedConnection::close() {
    std::scoped_lock const lock(mutex_);
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void ScriptedConnection::give_up() {
    std::scoped_lock const lock(mutex_);
    is_given_up_ = true;
    if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    std::tie(listener_, port_) = listen_on_loopback(64);
    acceptor_ = std::jthread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (auto& connection : accepted_)
        connection.give_up();
    threads_.clear();
}

std::string ScriptedServer::url(std::string_view scheme) const {
    return fmt::format("{}://127.0.0.1:{}/", scheme, port_);
}

void ScriptedServer::accept_all() {
    while (true) {
        auto const fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        bound_waits(fd);
        auto const& script = scripts_[std::min(connections_++, scripts_.size() - 1)];
        auto& connection = accepted_.emplace_back(fd);
        threads_.emplace_back([&script, &connection] {
            // OpenSSL writes to closed sockets; the client's own threads keep the signal.
            sigset_t broken_pipe;
            sigemptyset(&broken_pipe);
            sigaddset(&broken_pipe, SIGPIPE);
            pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
            script(connection);
            connection.close();
        });
    }
}

FullServer::FullServer() {
    auto const [listener, port] = listen_on_loopback(0);
    port_ = port;
    sockets_.push_back(listener);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    for (int i = 0; i < 3; ++i) {
        sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)connect(sockets_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
}

FullServer::~FullServer() {
    for (auto const fd : sockets_)
        close(fd);
}

std::string answer_with(std::string_view status, std::string_view body, std::string_view headers) {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                       headers, body);
}

Script answering(std::string answer) {
    return [answer = std::move(answer)](ScriptedConnection& connection) {
        connection.read_whole_request();
        connection.send(answer);
        connection.finish_sending();
        connection.is_closed_by_client();
    };
}

class ScriptedBody::Source final : public ByteSource {
public:
    Source(ScriptedBody const& body, std::uint64_t offset) : body_(body), position_(offset) {
        ++body_.open_sources_;
    }
    ~Source() override { --body_.open_sources_; }

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        if (position_ >= body_.behaviour_.hang_at) {
            Completion<> never([&] { never.complete(); });
            co_await never;
        }
        if (position_ >= body_.behaviour_.fail_at) {
            co_return fail(ErrorCode::storage_error, "the disk is on fire");
        }
        auto const end = std::min<std::uint64_t>(body_.behaviour_.end_at, body_.bytes_.size());
        auto const count = std::min({into.size(), body_.behaviour_.piece_bytes, end - position_});
        std::copy_n(std::as_bytes(std::span(body_.bytes_)).begin() + position_, count,
                    into.begin());
        position_ += count;
        co_return count;
    }

private:
    ScriptedBody const& body_;
    std::uint64_t position_;
};

Task<Result<std::unique_ptr<ByteSource>>> ScriptedBody::open(std::uint64_t offset) const {
    ++times_opened_;
    if (!behaviour_.is_openable) co_return fail(ErrorCode::storage_error, "the blob is gone");
    co_return std::make_unique<Source>(*this, offset);
}

std::string some_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    SeededRandom(count).fill(std::as_writable_bytes(std::span(bytes)));
    return bytes;
}

ClientRequest CurlClientTest::get(std::string url) {
    return {.url = std::move(url),
            .headers = {{"Authorization", fmt::format("Bearer {}", secret)}}};
}

ClientRequest CurlClientTest::post(std::string url, ReopenableBody const& body) {
    auto request = get(std::move(url));
    request.method = "POST";
    request.headers.add("Content-Type", "text/plain");
    request.body = &body;
    return request;
}

ClientResult CurlClientTest::result_of(ClientRequest request) {
    auto result = here_.run_task(client_->send(std::move(request)));
    if (!result) {
        EXPECT_FALSE(result.error().message.empty());
        EXPECT_FALSE(result.error().message.contains(secret)) << result.error().message;
    }
    return result;
}

ClientResponse CurlClientTest::answer_to(ClientRequest request) {
    auto result = result_of(std::move(request));
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(ClientResponse());
}

TransportFailure CurlClientTest::failure_of(ClientRequest request) {
    auto const result = result_of(std::move(request));
    EXPECT_FALSE(result) << "an answer came: " << result->status;
    return result ? TransportFailure() : result.error();
}

}  // namespace filegate::net
