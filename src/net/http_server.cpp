#include "net/http_server.hpp"

#include "base/check.hpp"
#include "base/place_counts.hpp"
#include "base/task_group.hpp"
#include "net/authority.hpp"
#include "net/client_group.hpp"
#include "net/http_connection.hpp"
#include "net/tcp_listener.hpp"

namespace filegate::net {
namespace {

// Timeouts are whole seconds, so that one coarse sweep over the connections serves them all: a
// timer for each read and write would cost a third of the requests per second.
constexpr milliseconds sweep_interval{250};
constexpr milliseconds accept_pause{100};

constexpr int retry_after_s = 1;
constexpr std::size_t one_address_part = 10;  // of all places, when no number is configured

// Who comes beyond a limit is told so; beyond this many at once they are just closed.
constexpr std::size_t turned_away_max = 256;

// A place among the counted, given back when it goes.
class Seat {
public:
    explicit Seat(std::atomic<std::size_t>& count) : count_(&count) { ++count; }
    Seat(Seat&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    ~Seat() {
        if (count_ != nullptr) --*count_;
    }

private:
    std::atomic<std::size_t>* count_;
};

struct Visitor {
    UniqueFd fd;
    std::string peer_address;
    Seat seat;
    std::optional<PlaceCounts::Place> place;  // none: turned away
    std::optional<Error> refusal;
};

Error full(ServerOptions const& options) {
    return {
        .code = ErrorCode::overloaded,
        .message = fmt::format("The server holds its limit of {} connections; try again in {} s.",
                               options.connections_max, retry_after_s),
        .retry_after_s = retry_after_s};
}

Error address_full(std::size_t places_max) {
    return {
        .code = ErrorCode::rate_limited,
        .message = fmt::format("Your address holds its limit of {} connections; use the ones it "
                               "has, or try again in {} s.",
                               places_max, retry_after_s),
        .retry_after_s = retry_after_s};
}

// The connections of one loop. All but the constructor runs on that loop.
class LoopSide {
public:
    explicit LoopSide(ConnectionSurroundings surroundings)
        : loop_(surroundings.loop), surroundings_(surroundings) {}

    Loop& loop() { return loop_; }
    void take_in(Visitor visitor);
    void cancel() { connections_.cancel(); }
    // Calls `ended` when the connections have ended and nothing of this object is in use any more.
    void start_draining(Deadline drain_until, Job ended);

private:
    static Task<void> host(LoopSide& side, Visitor visitor);
    static Task<void> drain(LoopSide& side, Deadline drain_until, Job ended);
    void sweep();
    void start_sweeping();

    Loop& loop_;
    ConnectionSurroundings surroundings_;
    std::list<HttpConnection*> open_;
    std::optional<Executor::TimerId> sweep_timer_;
    TaskGroup connections_{loop_};
    TaskGroup draining_{loop_};
};

void LoopSide::take_in(Visitor visitor) {
    connections_.spawn(host(*this, std::move(visitor)));
    if (!sweep_timer_) start_sweeping();
}

Task<void> LoopSide::host(LoopSide& side, Visitor visitor) {
    HttpConnection connection(side.surroundings_, std::move(visitor.fd),
                              std::move(visitor.peer_address));
    struct Listed {
        std::list<HttpConnection*>& list;
        std::list<HttpConnection*>::iterator place;
        ~Listed() { list.erase(place); }
    };
    Listed const listed{side.open_, side.open_.insert(side.open_.end(), &connection)};
    if (visitor.refusal) {
        co_await connection.turn_away(*std::move(visitor.refusal));
    } else {
        co_await connection.serve_all();
    }
}

void LoopSide::start_draining(Deadline drain_until, Job ended) {
    draining_.spawn(drain(*this, drain_until, std::move(ended)));
}

Task<void> LoopSide::drain(LoopSide& side, Deadline drain_until, Job ended) {
    side.surroundings_.is_draining = true;
    for (auto* const connection : side.open_)
        connection->close_if_idle();
    co_await side.connections_.stop(drain_until);
    if (side.sweep_timer_) side.loop_.cancel_timer(*side.sweep_timer_);
    // Posted: by then this very coroutine has left its group.
    side.loop_.post(std::move(ended));
}

void LoopSide::sweep() {
    auto const now = loop_.clock().monotonic_now();
    for (auto* const connection : open_)
        connection->expire(now);
    sweep_timer_.reset();
    if (connections_.size() > 0) start_sweeping();
}

void LoopSide::start_sweeping() {
    sweep_timer_ =
        loop_.start_timer(loop_.clock().monotonic_now() + sweep_interval, [this] { sweep(); });
}

// Lets one coroutine wait until several loops have each called it once.
class Countdown {
public:
    Countdown(std::size_t count, Job on_interrupt) : left_(count), done_(std::move(on_interrupt)) {}

    void count() {
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_.complete();
    }
    Completion<>& done() { return done_; }

private:
    std::atomic<std::size_t> left_;
    Completion<> done_;
};

}  // namespace

struct HttpServer::Impl {
    Impl(std::vector<Loop*> loops_, HttpHandler& handler, IdSource& ids, ServerOptions options_,
         TlsIdentity const* tls_)
        : options(std::move(options_)),
          is_tls(tls_ != nullptr),
          acceptor(*loops_.at(0)),
          stopping(*loops_.at(0)) {
        for (auto* const loop : loops_) {
            sides.push_back(std::make_shared<LoopSide>(ConnectionSurroundings{
                .loop = *loop, .handler = handler, .ids = ids, .options = options, .tls = tls_}));
        }
    }

    Loop& accepting_loop() { return sides.front()->loop(); }
    ListenAddress address() const { return {.host = options.host, .port = port}; }
    std::size_t places_max(std::string const& peer_address) const;
    void admit(Accepted accepted);
    static Task<void> accept_all(Impl& server, UniqueFd listener);
    static Task<void> stop_accepting(Impl& server, Countdown& stopped);

    ServerOptions options;
    bool is_tls;
    std::uint16_t port = 0;
    bool is_started = false;
    std::atomic<std::size_t> connections = 0;
    std::atomic<std::size_t> turned_away = 0;
    PlaceCounts addresses;
    // Shared with jobs that a cancelled stop() posts to the loops: they may run after the side's
    // last connection, and after the server, has gone.
    std::vector<std::shared_ptr<LoopSide>> sides;
    std::size_t next_side = 0;
    TaskGroup acceptor;
    TaskGroup stopping;
};

HttpServer::HttpServer(std::vector<Loop*> loops, HttpHandler& handler, IdSource& ids,
                       ServerOptions options, TlsIdentity const* tls)
    : impl_(std::make_unique<Impl>(std::move(loops), handler, ids, std::move(options), tls)) {}

HttpServer::~HttpServer() = default;

Result<void> HttpServer::start() {
    FG_CHECK(!impl_->is_started, "a server starts once");
    TRY(auto listening, listen_on({.host = impl_->options.host, .port = impl_->options.port}));
    impl_->is_started = true;
    impl_->port = listening.port;
    impl_->accepting_loop().post([impl = impl_.get(), fd = std::move(listening.fd)]() mutable {
        impl->acceptor.spawn(Impl::accept_all(*impl, std::move(fd)));
    });
    return {};
}

std::uint16_t HttpServer::port() const {
    return impl_->port;
}

std::string HttpServer::url() const {
    return (impl_->is_tls ? "https://" : "http://") + authority_of(impl_->address());
}

std::size_t HttpServer::connection_count() const {
    return impl_->connections;
}

Task<void> HttpServer::stop(Deadline drain_until) {
    auto& server = *impl_;
    Countdown stopped_accepting(1, nullptr);
    server.accepting_loop().post([&server, &stopped_accepting] {
        server.stopping.spawn(Impl::stop_accepting(server, stopped_accepting));
    });
    try {
        co_await stopped_accepting.done();
    } catch (Cancelled const&) {
        // Whoever cancels stop() wants it over sooner, not left half done: the next wait notices.
    }
    Countdown drained(server.sides.size(), [&server] {
        for (auto const& side : server.sides)
            side->loop().post([side] { side->cancel(); });
    });
    for (auto const& side : server.sides) {
        side->loop().post([&side = *side, drain_until, &drained] {
            side.start_draining(drain_until, [&drained] { drained.count(); });
        });
    }
    co_await drained.done();
}

Task<void> HttpServer::Impl::accept_all(Impl& server, UniqueFd listener) {
    TcpSocket socket(server.accepting_loop(), std::move(listener));
    while (true) {
        auto accepted = accept_from(socket.native());
        switch (accepted.outcome) {
            case Accepted::Outcome::connection:
                server.admit(std::move(accepted));
                break;
            case Accepted::Outcome::gone:
                break;
            case Accepted::Outcome::would_block:
                co_await socket.wait(Direction::readable, no_deadline);
                break;
            case Accepted::Outcome::exhausted:
                co_await sleep_for(accept_pause);
                break;
        }
    }
}

std::size_t HttpServer::Impl::places_max(std::string const& peer_address) const {
    if (options.connections_per_address_max > 0) return options.connections_per_address_max;
    if (is_loopback(peer_address)) return options.connections_max;
    return std::max<std::size_t>(1, options.connections_max / one_address_part);
}

void HttpServer::Impl::admit(Accepted accepted) {
    std::optional<Error> refusal;
    std::optional<PlaceCounts::Place> place;
    if (connections >= options.connections_max) {
        refusal = full(options);
    } else {
        auto const most = places_max(accepted.peer_address);
        place = addresses.take(client_group(accepted.peer_address), most);
        if (!place) refusal = address_full(most);
    }
    if (refusal && turned_away >= turned_away_max) return;
    Seat seat(refusal ? turned_away : connections);
    Visitor visitor{.fd = std::move(accepted.fd),
                    .peer_address = std::move(accepted.peer_address),
                    .seat = std::move(seat),
                    .place = std::move(place),
                    .refusal = std::move(refusal)};
    auto& side = *sides[next_side];
    next_side = (next_side + 1) % sides.size();
    side.loop().post(
        [&side, visitor = std::move(visitor)]() mutable { side.take_in(std::move(visitor)); });
}

Task<void> HttpServer::Impl::stop_accepting(Impl& server, Countdown& stopped) {
    server.acceptor.cancel();
    co_await server.acceptor.join();
    // Posted: by then this very coroutine has left its group.
    server.accepting_loop().post([&stopped] { stopped.count(); });
}

}  // namespace filegate::net
