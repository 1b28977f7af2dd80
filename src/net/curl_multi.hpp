#pragma once
// libcurl's multi handle, driven by a Loop: curl says which sockets and which time it waits for,
// the loop tells it when. Everything happens on the loop's thread.

#include <functional>

#include <curl/curl.h>

#include "net/loop.hpp"

namespace filegate::net {

class CurlMulti {
public:
    // Called once for each transfer that has ended by itself, never inside one of curl's callbacks.
    using OnDone = std::function<void(CURL* easy, CURLcode code)>;

    CurlMulti(Loop& loop, std::size_t connections_per_host_max, OnDone on_done);
    ~CurlMulti();  // after shut_down(), or when the loop will never run again
    CurlMulti(CurlMulti const&) = delete;
    CurlMulti& operator=(CurlMulti const&) = delete;

    void add(CURL* easy);
    void remove(CURL* easy);  // breaks the transfer off if it still runs
    std::optional<curl_socket_t> socket_of(CURL* easy) const;  // the one it waits for, if any
    void shut_down();

private:
    struct Watch;

    static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* unused);
    static int on_timer(CURLM* multi, long wait_ms, void* self);

    void watch(CURL* easy, curl_socket_t socket, int wanted);
    void unwatch(curl_socket_t socket);
    void wait_for(std::shared_ptr<Watch> const& watch, int direction);
    void arm(std::shared_ptr<Watch> const& watch);
    void drive(curl_socket_t socket);

    Loop& loop_;
    OnDone on_done_;
    CURLM* multi_;
    std::optional<Executor::TimerId> timer_;
    // Shared with the waits that Asio keeps: one that was cancelled still comes back later.
    std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
};

}  // namespace filegate::net
