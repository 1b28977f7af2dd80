#pragma once
// One outbound exchange: a curl handle with its callbacks, the request's body, the answer, and the
// clock that bounds it. On the client's loop from begin to end.

#include <curl/curl.h>

#include "net/body_feed.hpp"
#include "net/curl_multi.hpp"
#include "net/http_client.hpp"
#include "net/spare_socket.hpp"

namespace filegate::net {

// What is known of an exchange that has failed.
struct ExchangeProgress {
    bool is_request_begun = false;  // at least a byte of it was given to a connection
    std::uint64_t body_bytes = 0;
    std::uint64_t body_sent_bytes = 0;  // given to the socket
    bool is_answer_begun = false;       // a final status was seen
};

TransportFailure::Stage stage_of(ExchangeProgress const& progress);

class CurlTransfer {
public:
    CurlTransfer(Loop& loop, CurlMulti& multi, CurlClientOptions const& options,
                 ClientRequest request);
    ~CurlTransfer();

    Task<ClientResult> run();
    void curl_is_done(CURLcode code);  // from CurlMulti
    void abort();                      // makes run() return soon

    static CurlTransfer& of(CURL* easy);

private:
    static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    static int on_attempt(void* self, char*, char*, int, int);

    std::optional<TransportFailure> prepare();
    void set_general_options();
    void set_method();
    void set_callbacks();
    bool add_headers();
    void add_header(std::string const& line);

    void on_feed_news();
    void note_sent();
    bool may_send_again() const;
    bool take_header_line(std::string_view line);
    bool take_body(std::string_view bytes);

    void start_watchdog();
    void on_watchdog();
    void note_progress() { last_progress_ = loop_.clock().monotonic_now(); }

    void end(std::optional<TransportFailure> failure);  // none: with the answer
    TransportFailure failure_of(CURLcode code) const;
    TransportFailure::Stage stage() const;
    bool is_answer_whole() const;
    void hold_spare();
    bool rescue_answer();

    struct FreeHandle {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    Loop& loop_;
    CurlMulti& multi_;
    CurlClientOptions const& options_;
    ClientRequest request_;
    std::unique_ptr<curl_slist, FreeList> header_lines_;
    std::array<char, CURL_ERROR_SIZE> curl_words_{};
    std::unique_ptr<CURL, FreeHandle> easy_;
    std::optional<BodyFeed> feed_;
    SpareSocket spare_;

    int attempts_ = 0;  // times the request was begun on a connection
    std::uint64_t body_sent_bytes_ = 0;
    std::uint64_t body_received_bytes_ = 0;
    std::size_t header_bytes_ = 0;
    bool is_in_head_ = false;
    std::string own_words_;  // why a callback of ours made curl stop
    ClientResponse response_;

    MonotonicTime last_progress_{};
    std::optional<Executor::TimerId> watchdog_;
    bool is_over_ = false;
    std::optional<TransportFailure> failure_;
    Completion<> over_;
};

}  // namespace filegate::net
