#pragma once
// For the client's tests: a server on loopback that follows a script, byte for byte, and bodies
// that misbehave. The client runs on a loop of its own, the tests await it from another executor.

#include <list>
#include <thread>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"

namespace filegate::net {

// The server's end of a connection, blocking. Every wait gives up after ten seconds.
class ScriptedConnection {
public:
    explicit ScriptedConnection(int fd) : fd_(fd) {}
    ~ScriptedConnection() { close(); }
    ScriptedConnection(ScriptedConnection const&) = delete;
    ScriptedConnection& operator=(ScriptedConnection const&) = delete;

    std::string read_head();                   // to the blank line, which is included
    std::string read_body(std::size_t bytes);  // shorter when the client goes first
    std::string read_whole_request();          // head, and as much body as it announces
    bool send(std::string_view text);          // false: the client is gone
    bool sends_nothing_for(milliseconds wait);
    bool is_closed_by_client();  // waits for it
    void reset();                // RST
    void close();
    void finish_sending();
    int descriptor() const { return fd_; }
    void give_up();  // any thread: every wait ends as if the client had gone

private:
    bool fill();

    std::mutex mutex_;  // between close() and give_up()
    int fd_;
    std::atomic<bool> is_given_up_ = false;
    std::string received_;
};

using Script = std::function<void(ScriptedConnection&)>;

// The n-th connection follows the n-th script, all later ones the last; each has its own thread.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<Script> scripts);
    explicit ScriptedServer(Script script) : ScriptedServer(std::vector{std::move(script)}) {}
    ~ScriptedServer();

    std::string url(std::string_view scheme = "http") const;
    std::size_t connection_count() const { return connections_; }

private:
    void accept_all();

    std::vector<Script> scripts_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> connections_ = 0;
    std::list<ScriptedConnection> accepted_;  // the acceptor's alone until it has ended
    std::vector<std::jthread> threads_;
    std::jthread acceptor_;
};

// Takes no connection: its queue is full.
class FullServer {
public:
    FullServer();
    ~FullServer();
    FullServer(FullServer const&) = delete;
    FullServer& operator=(FullServer const&) = delete;
    std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }

private:
    std::vector<int> sockets_;
    std::uint16_t port_ = 0;
};

std::string answer_with(std::string_view status, std::string_view body,
                        std::string_view headers = "");
Script answering(std::string answer);  // one request, one answer, and the end

constexpr std::string_view secret = "sk-very-secret";

// A body whose sources count themselves, and fail where they are told to.
class ScriptedBody final : public ReopenableBody {
public:
    struct Behaviour {
        std::size_t piece_bytes = 100'000;
        std::uint64_t fail_at = ~0ULL;  // a read that would begin here or later fails
        std::uint64_t end_at = ~0ULL;   // the source ends here
        std::uint64_t hang_at = ~0ULL;  // a read that would begin here or later never ends
        bool is_openable = true;
    };
    explicit ScriptedBody(std::string bytes) : ScriptedBody(std::move(bytes), Behaviour()) {}
    ScriptedBody(std::string bytes, Behaviour behaviour)
        : bytes_(std::move(bytes)), behaviour_(behaviour) {}

    std::uint64_t size_bytes() const override { return bytes_.size(); }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override;
    std::string const& bytes() const { return bytes_; }
    int open_sources() const { return open_sources_; }
    int times_opened() const { return times_opened_; }

private:
    class Source;

    std::string bytes_;
    Behaviour behaviour_;
    mutable std::atomic<int> open_sources_ = 0;
    mutable std::atomic<int> times_opened_ = 0;
};

std::string some_bytes(std::size_t count);

class CurlClientTest : public testing::Test {
protected:
    ClientRequest get(std::string url);
    ClientRequest post(std::string url, ReopenableBody const& body);

    ClientResponse answer_to(ClientRequest request);
    TransportFailure failure_of(ClientRequest request);
    ClientResult result_of(ClientRequest request);
    Deadline in(milliseconds wait) const { return clock_.monotonic_now() + wait; }

    SystemClock clock_;
    LoopThread thread_{clock_, "curl"};
    SimLoop here_;
    std::unique_ptr<CurlClient> client_ = std::make_unique<CurlClient>(
        thread_.loop(), CurlClientOptions{.user_agent = "filegate/test"});
};

using curl_client = CurlClientTest;  // as the tests are called
using Stage = TransportFailure::Stage;

}  // namespace filegate::net
