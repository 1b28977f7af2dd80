#pragma once
// For the server's tests: a server on loops of its own with a scripted handler, and a blocking
// client that sends exactly the bytes it is given.

#include <latch>
#include <semaphore>

#include "base/clock.hpp"
#include "base/sim_loop.hpp"
#include "net/http_server.hpp"
#include "net/tcp_socket.hpp"

namespace filegate::net {

struct TestAnswer {
    int status = 0;  // 0: the connection ended before a whole answer came
    Headers headers;
    std::string body;

    std::string header(std::string_view name) const {
        return std::string(headers.find(name).value_or("(none)"));
    }
};

// Blocks the test's own thread, never a loop. Every receive gives up after ten seconds.
class TestClient {
public:
    explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0);

    bool send(std::string_view bytes);  // false when the server is gone
    void finish_sending();
    void reset();  // closes with RST
    void close();

    TestAnswer answer(bool is_head = false);
    TestAnswer ask(std::string_view bytes) {
        send(bytes);
        return answer();
    }
    std::string receive_some();    // empty: the server closed or reset
    std::string receive_to_end();  // all that comes until the server closes
    bool is_closed() { return receive_some().empty(); }
    bool was_reset() const { return was_reset_; }

private:
    bool fill();

    UniqueFd fd_;
    std::string received_;
    bool was_reset_ = false;
};

// What a scripted handler and its test tell each other.
struct Stage {
    std::counting_semaphore<> entered{0};  // a handler came to wait_for_release()
    std::counting_semaphore<> cancelled{0};
    std::atomic<std::size_t> handled = 0;
    std::mutex mutex;
    std::vector<Completion<>*> waiting;
    std::vector<std::thread::id> threads;
    std::string noted;

    Task<void> wait_for_release();
    void release_all();
    void note(std::string text);
    std::string notes();
};

using Script = Task<ServerResponse> (*)(Stage&, ServerRequest&);

// Answers by path. Refusals say the error's name and its message.
class ScriptedHandler final : public HttpHandler {
public:
    Task<ServerResponse> handle(ServerRequest& request) override;
    void note_broken_answer(Error const&, RequestId const&) override { ++broken_answers; }
    ServerResponse refuse(Error const& error, RequestId const& id) override;

    std::map<std::string, Script> scripts;
    Stage stage;
    bool refuses_with_exception = false;
    std::atomic<int> broken_answers = 0;
};

class TestServer {
public:
    explicit TestServer(ServerOptions options = {}, std::size_t loops = 1,
                        TlsIdentity const* tls = nullptr);
    ~TestServer() { stop(seconds(20)); }

    void script(std::string path, Script script) { handler.scripts[std::move(path)] = script; }
    void start();
    void stop(milliseconds drain);  // once; later calls do nothing
    TestClient connect(int receive_buffer_bytes = 0) {
        return TestClient(server.port(), receive_buffer_bytes);
    }
    Stage& stage() { return handler.stage; }

    SystemClock clock;
    SeededRandom random{1};
    IdSource ids{clock, random};
    ScriptedHandler handler;
    std::vector<std::unique_ptr<LoopThread>> threads;
    HttpServer server;

private:
    std::vector<Loop*> make_loops(std::size_t count);
    bool is_stopped_ = true;
};

// Scripts that many tests want.
Task<ServerResponse> say_hello(Stage& stage, ServerRequest& request);
Task<ServerResponse> echo_body(Stage& stage, ServerRequest& request);  // or the error's name
Task<ServerResponse> ignore_body(Stage& stage, ServerRequest& request);
Task<ServerResponse> wait_then_hello(Stage& stage, ServerRequest& request);  // until released

std::string get(std::string_view path, std::string_view more_headers = "");
std::string post(std::string_view path, std::string_view body);
std::string chunked(std::span<std::string const> chunks);

}  // namespace filegate::net
