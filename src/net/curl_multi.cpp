#include "net/curl_multi.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/check.hpp"

namespace filegate::net {

namespace asio = boost::asio;

namespace {

constexpr long idle_connections_max = 256;

void init_curl_once() {
    static auto const code = curl_global_init(CURL_GLOBAL_DEFAULT);
    FG_CHECK(code == CURLE_OK, "curl starts");
}

}  // namespace

// A socket that curl waits for. It stays curl's: it is released here, never closed.
struct CurlMulti::Watch {
    explicit Watch(asio::io_context& context) : descriptor(context) {}

    asio::posix::stream_descriptor descriptor;
    curl_socket_t socket = CURL_SOCKET_BAD;
    CURL* easy = nullptr;          // the last to ask for it
    int wanted = CURL_POLL_NONE;   // bits CURL_POLL_IN and CURL_POLL_OUT; none once unwatched
    int awaited = CURL_POLL_NONE;  // those for which a wait is under way
};

CurlMulti::CurlMulti(Loop& loop, std::size_t connections_per_host_max, OnDone on_done)
    : loop_(loop), on_done_(std::move(on_done)) {
    init_curl_once();
    multi_ = curl_multi_init();
    FG_CHECK(multi_ != nullptr, "curl has memory for a multi handle");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(connections_per_host_max));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections_max);
}

CurlMulti::~CurlMulti() {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
    while (!watches_.empty())
        unwatch(watches_.begin()->first);
    curl_multi_cleanup(multi_);
}

void CurlMulti::add(CURL* easy) {
    auto const code = curl_multi_add_handle(multi_, easy);
    FG_CHECK(code == CURLM_OK, "a fresh handle is added once");
}

void CurlMulti::remove(CURL* easy) {
    curl_multi_remove_handle(multi_, easy);
}

std::optional<curl_socket_t> CurlMulti::socket_of(CURL* easy) const {
    for (auto const& [socket, watch] : watches_)
        if (watch->easy == easy) return socket;
    return std::nullopt;
}

void CurlMulti::shut_down() {
    if (timer_) loop_.cancel_timer(*timer_);
    timer_.reset();
}

int CurlMulti::on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void*) {
    auto& multi = *static_cast<CurlMulti*>(self);
    if (wanted == CURL_POLL_REMOVE) {
        multi.unwatch(socket);
    } else {
        multi.watch(easy, socket, wanted);
    }
    return 0;
}

int CurlMulti::on_timer(CURLM*, long wait_ms, void* self) {
    auto& multi = *static_cast<CurlMulti*>(self);
    multi.shut_down();
    if (wait_ms < 0) return 0;
    auto const when = multi.loop_.clock().monotonic_now() + milliseconds(wait_ms);
    multi.timer_ = multi.loop_.start_timer(when, [&multi] {
        multi.timer_.reset();
        multi.drive(CURL_SOCKET_TIMEOUT);
    });
    return 0;
}

void CurlMulti::watch(CURL* easy, curl_socket_t socket, int wanted) {
    auto& watch = watches_[socket];
    if (!watch) {
        watch = std::make_shared<Watch>(loop_.io_context());
        watch->socket = socket;
        boost::system::error_code error;
        watch->descriptor.assign(socket, error);
        FG_CHECK(!error, "epoll takes a socket it does not have yet");
    }
    watch->easy = easy;
    watch->wanted = wanted;
    arm(watch);
}

void CurlMulti::unwatch(curl_socket_t socket) {
    auto const found = watches_.find(socket);
    if (found == watches_.end()) return;
    found->second->wanted = CURL_POLL_NONE;
    found->second->descriptor.release();
    watches_.erase(found);
}

void CurlMulti::arm(std::shared_ptr<Watch> const& watch) {
    for (auto const direction : {CURL_POLL_IN, CURL_POLL_OUT}) {
        auto const is_needed = (watch->wanted & direction) != 0;
        if (is_needed && (watch->awaited & direction) == 0) wait_for(watch, direction);
    }
}

void CurlMulti::wait_for(std::shared_ptr<Watch> const& watch, int direction) {
    watch->awaited |= direction;
    auto const kind = direction == CURL_POLL_IN ? asio::posix::stream_descriptor::wait_read
                                                : asio::posix::stream_descriptor::wait_write;
    watch->descriptor.async_wait(kind,
                                 [this, watch, direction](boost::system::error_code cancelled) {
                                     watch->awaited &= ~direction;
                                     // Once unwatched, `this` may be gone.
                                     if (cancelled || watch->wanted == CURL_POLL_NONE) return;
                                     if ((watch->wanted & direction) != 0) drive(watch->socket);
                                     if (watch->wanted != CURL_POLL_NONE) arm(watch);
                                 });
}

// Curl is not told what the socket is ready for, so that it looks itself: when an answer and the
// end of the connection arrive while we send, it must read before it writes.
void CurlMulti::drive(curl_socket_t socket) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, 0, &running);
    int left = 0;
    while (auto const* const message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) on_done_(message->easy_handle, message->data.result);
}

}  // namespace filegate::net
