#include "net/http_server_fixture.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <sys/socket.h>
#include <unistd.h>

#include "net/chunked.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t echo_bytes_max = 64 << 20;

Task<Done> stop_server(HttpServer& server, Deadline drain_until) {
    co_await server.stop(drain_until);
    co_return Done();
}

std::optional<std::size_t> whole_chunked_body(std::string_view raw, std::string& body) {
    std::string copy(raw);
    ChunkedDecoder decoder;
    auto const step = decoder.decode(std::as_writable_bytes(std::span(copy)));
    if (!step || !decoder.is_done()) return std::nullopt;
    body = copy.substr(0, step->produced);
    return step->consumed;
}

TestAnswer parse_answer_head(std::string_view head) {
    TestAnswer answer;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        auto const line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        auto const colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        answer.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
    return answer;
}

}  // namespace

TestClient::TestClient(std::uint16_t port, int receive_buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0) {
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                     sizeof receive_buffer_bytes);
    }
    timeval const patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
}

bool TestClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void TestClient::finish_sending() {
    ::shutdown(fd_.get(), SHUT_WR);
}

void TestClient::reset() {
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void TestClient::close() {
    fd_ = UniqueFd();
}

bool TestClient::fill() {
    std::array<char, 64 * 1024> piece{};
    auto const got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    was_reset_ |= got < 0 && errno == ECONNRESET;
    if (got <= 0) return false;
    received_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
}

std::string TestClient::receive_some() {
    if (received_.empty()) fill();
    return std::exchange(received_, {});
}

std::string TestClient::receive_to_end() {
    while (fill()) {
    }
    return std::exchange(received_, {});
}

TestAnswer TestClient::answer(bool is_head) {
    while (!received_.contains("\r\n\r\n")) {
        if (!fill()) return {};
    }
    auto const head_size = received_.find("\r\n\r\n") + 4;
    auto answer = parse_answer_head(received_.substr(0, head_size - 2));
    received_.erase(0, head_size);
    if (is_head || answer.status == 204 || answer.status == 304 || answer.status < 200) {
        return answer;
    }
    if (answer.headers.find("Transfer-Encoding")) {
        auto size = whole_chunked_body(received_, answer.body);
        while (!size && fill())
            size = whole_chunked_body(received_, answer.body);
        received_.erase(0, size.value_or(0));
        return size ? answer : TestAnswer{};
    }
    auto const length = answer.headers.find("Content-Length");
    if (!length) {
        answer.body = receive_to_end();
        return answer;
    }
    auto const size = std::stoull(std::string(*length));
    while (received_.size() < size) {
        if (!fill()) return {};
    }
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
}

Task<void> Stage::wait_for_release() {
    Completion<> released([&] {
        std::unique_lock lock(mutex);
        if (std::erase(waiting, &released) == 0) return;
        lock.unlock();
        released.complete();
    });
    {
        std::scoped_lock const lock(mutex);
        waiting.push_back(&released);
    }
    entered.release();
    struct Watch {
        Stage& stage;
        bool is_cancelled = true;
        ~Watch() {
            if (is_cancelled) stage.cancelled.release();
        }
    } watch{*this};
    co_await released;
    watch.is_cancelled = false;
}

void Stage::release_all() {
    std::vector<Completion<>*> to_release;
    {
        std::scoped_lock const lock(mutex);
        to_release.swap(waiting);
    }
    for (auto* const one : to_release)
        one->complete();
}

void Stage::note(std::string text) {
    std::scoped_lock const lock(mutex);
    noted += std::move(text);
}

std::string Stage::notes() {
    std::scoped_lock const lock(mutex);
    return noted;
}

Task<ServerResponse> ScriptedHandler::handle(ServerRequest& request) {
    ++stage.handled;
    {
        std::scoped_lock const lock(stage.mutex);
        stage.threads.push_back(std::this_thread::get_id());
    }
    auto const found = scripts.find(request.path);
    if (found == scripts.end()) {
        co_return refuse({.code = ErrorCode::route_not_found, .message = request.path}, request.id);
    }
    co_return co_await found->second(stage, request);
}

ServerResponse ScriptedHandler::refuse(Error const& error, RequestId const& id) {
    if (refuses_with_exception) throw std::runtime_error("refuse() itself failed");
    auto const& row = error_row(error.code);
    return {.status = row.http_status,
            .headers = {{"X-Refused", id.text()}},
            .body = fmt::format("{}: {}", row.name, error.message)};
}

TestServer::TestServer(ServerOptions options, std::size_t loops, TlsIdentity const* tls)
    : server(make_loops(loops), handler, ids, std::move(options), tls) {
    script("/hello", say_hello);
    script("/echo", echo_body);
    script("/ignore", ignore_body);
    script("/wait", wait_then_hello);
    start();
}

std::vector<Loop*> TestServer::make_loops(std::size_t count) {
    std::vector<Loop*> loops;
    for (std::size_t i = 0; i < count; ++i) {
        threads.push_back(std::make_unique<LoopThread>(clock, fmt::format("loop-{}", i)));
        loops.push_back(&threads.back()->loop());
    }
    return loops;
}

void TestServer::start() {
    auto const started = server.start();
    if (!started) throw std::runtime_error(started.error().message);
    is_stopped_ = false;
}

void TestServer::stop(milliseconds drain) {
    if (std::exchange(is_stopped_, true)) return;
    SimLoop sim;
    sim.run_task(stop_server(server, clock.monotonic_now() + drain));
}

Task<ServerResponse> say_hello(Stage&, ServerRequest&) {
    co_return ServerResponse{.headers = {{"Content-Type", "text/plain"}}, .body = "hello"};
}

Task<ServerResponse> echo_body(Stage&, ServerRequest& request) {
    auto const body = co_await read_all(*request.body, echo_bytes_max);
    if (!body) {
        auto const& row = error_row(body.error().code);
        co_return ServerResponse{.status = row.http_status, .body = std::string(row.name)};
    }
    co_return ServerResponse{.body = *body};
}

Task<ServerResponse> ignore_body(Stage&, ServerRequest&) {
    co_return ServerResponse{.status = 403, .body = "not interested"};
}

Task<ServerResponse> wait_then_hello(Stage& stage, ServerRequest& request) {
    co_await stage.wait_for_release();
    co_return co_await say_hello(stage, request);
}

std::string get(std::string_view path, std::string_view more_headers) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", path, more_headers);
}

std::string post(std::string_view path, std::string_view body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{}", path,
                       body.size(), body);
}

std::string chunked(std::span<std::string const> chunks) {
    std::string text;
    for (auto const& chunk : chunks)
        text += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
    return text + "0\r\n\r\n";
}

}  // namespace filegate::net
