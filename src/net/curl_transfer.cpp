// How far an exchange got decides what its caller may do next, so it is told exactly:
//
//   no byte of the request went out (names, TCP, TLS, proxy)      connecting
//   ... and not the whole body                                    sending
//   ... and no final status came                                  awaiting_answer
//   ... and the answer did not come to its end                    receiving
//   our own body could not be read                                reading_body
//
// Curl sends a request again by itself when a connection that was kept open turns out to be dead.
// That is wanted while the server cannot have acted: the body was not sent in full, or the method
// may be repeated. Otherwise it is stopped, and the exchange ends as awaiting_answer.

#include "net/curl_transfer.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/check.hpp"
#include "net/header_parameters.hpp"

namespace filegate::net {

namespace {

constexpr std::size_t response_header_bytes_max = 64 * 1024;
constexpr std::uint64_t expect_from_bytes = 1 << 20;
constexpr long expect_wait_ms = 1000;
constexpr long receive_buffer_bytes = 64 * 1024;

using Stage = TransportFailure::Stage;

// Curl's setters are C variadics: an argument of another width than the option's is undefined.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
    auto const code = curl_easy_setopt(easy, option, value);
    FG_CHECK(code == CURLE_OK, "curl knows the options it is given");
}

bool is_tls_failure(CURLcode code) {
    static constexpr std::array codes{
        CURLE_SSL_CONNECT_ERROR,   CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
        CURLE_SSL_CIPHER,          CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_ISSUER_ERROR,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,     CURLE_SSL_ENGINE_INITFAILED,
        CURLE_USE_SSL_FAILED,      CURLE_SSL_CRL_BADFILE,          CURLE_SSL_INVALIDCERTSTATUS};
    return std::ranges::find(codes, code) != codes.end();
}

// A request with such a method may reach the server twice without harm (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method) {
    static constexpr std::array<std::string_view, 6> methods{"GET",    "HEAD",    "PUT",
                                                             "DELETE", "OPTIONS", "TRACE"};
    return std::ranges::find(methods, method) != methods.end();
}

bool is_ours_to_send(std::string_view name) {
    return name == "content-length" || name == "transfer-encoding" || name == "expect";
}

bool is_success(int status) {
    return status >= 200 && status < 300;
}

// "HTTP/1.1 200 OK" -> 200. Curl has checked the line.
int status_of(std::string_view line) {
    auto const blank = line.find(' ');
    int status = 0;
    for (auto const c : line.substr(std::min(line.size(), blank + 1), 3))
        if (c >= '0' && c <= '9') status = status * 10 + (c - '0');
    return status;
}

}  // namespace

Stage stage_of(ExchangeProgress const& progress) {
    if (progress.is_answer_begun) return Stage::receiving;
    if (!progress.is_request_begun) return Stage::connecting;
    if (progress.body_sent_bytes < progress.body_bytes) return Stage::sending;
    return Stage::awaiting_answer;
}

CurlTransfer::CurlTransfer(Loop& loop, CurlMulti& multi, CurlClientOptions const& options,
                           ClientRequest request)
    : loop_(loop),
      multi_(multi),
      options_(options),
      request_(std::move(request)),
      easy_(curl_easy_init()) {
    FG_CHECK(easy_ != nullptr, "curl has memory for a handle");
    if (request_.body != nullptr) feed_.emplace(loop_, *request_.body, [this] { on_feed_news(); });
}

CurlTransfer::~CurlTransfer() {
    if (watchdog_) loop_.cancel_timer(*watchdog_);
}

CurlTransfer& CurlTransfer::of(CURL* easy) {
    void* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    return *static_cast<CurlTransfer*>(self);
}

Task<ClientResult> CurlTransfer::run() {
    if (auto const failure = prepare()) co_return std::unexpected(*failure);
    if (!is_over_) {
        note_progress();
        start_watchdog();
        if (feed_) feed_->rewind();
        multi_.add(easy_.get());
    }
    co_await over_;
    multi_.remove(easy_.get());
    if (feed_) co_await feed_->stop();
    if (failure_) co_return std::unexpected(*failure_);
    co_return std::move(response_);
}

void CurlTransfer::abort() {
    end(TransportFailure{.stage = stage(), .message = "cancelled"});
}

void CurlTransfer::curl_is_done(CURLcode code) {
    note_sent();
    auto const is_rescued = code == CURLE_SEND_ERROR && rescue_answer();
    // A connection that ends within the headers is success to curl, and so is one without any.
    auto const is_headed = response_.status != 0 && !is_in_head_;
    if (is_headed && (code == CURLE_OK || is_rescued || is_answer_whole())) {
        end(std::nullopt);
    } else {
        end(failure_of(code == CURLE_OK ? CURLE_PARTIAL_FILE : code));
    }
}

void CurlTransfer::end(std::optional<TransportFailure> failure) {
    if (std::exchange(is_over_, true)) return;
    failure_ = std::move(failure);
    over_.complete();
}

std::optional<TransportFailure> CurlTransfer::prepare() {
    set_general_options();
    set_method();
    set_callbacks();
    if (add_headers()) return std::nullopt;
    return TransportFailure{.message = "a request header holds a character that headers may not"};
}

void CurlTransfer::set_general_options() {
    auto* const easy = easy_.get();
    set(easy, CURLOPT_URL, request_.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_PATH_AS_IS, 1L);  // signed paths must arrive as they were signed
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);  // never wait on the loop for a resolver's thread
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // or newer
    set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(easy, CURLOPT_BUFFERSIZE, receive_buffer_bytes);
    set(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, expect_wait_ms);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(
            1, std::chrono::duration_cast<milliseconds>(request_.connect_timeout).count())));
    if (!options_.ca_file.empty()) set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!options_.user_agent.empty()) set(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(easy, CURLOPT_HTTP_VERSION,
        static_cast<long>(request_.is_fresh_connection ? CURL_HTTP_VERSION_1_1
                                                       : CURL_HTTP_VERSION_2TLS));
    if (request_.is_fresh_connection) {
        set(easy, CURLOPT_FRESH_CONNECT, 1L);
        set(easy, CURLOPT_FORBID_REUSE, 1L);
    }
}

void CurlTransfer::set_method() {
    auto* const easy = easy_.get();
    auto const& method = request_.method;
    auto const body_bytes =
        static_cast<curl_off_t>(request_.body == nullptr ? 0 : request_.body->size_bytes());
    auto const has_length = request_.body != nullptr || method == "POST" || method == "PUT";
    if (!has_length) {
        set(easy, CURLOPT_HTTPGET, 1L);
        if (method == "HEAD") set(easy, CURLOPT_NOBODY, 1L);
        if (method != "HEAD" && method != "GET") set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    } else if (method == "PUT") {
        set(easy, CURLOPT_UPLOAD, 1L);
        set(easy, CURLOPT_INFILESIZE_LARGE, body_bytes);
    } else {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, body_bytes);
        if (method != "POST") set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    }
}

void CurlTransfer::set_callbacks() {
    auto* const easy = easy_.get();
    set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
    set(easy, CURLOPT_ERRORBUFFER, curl_words_.data());
    set(easy, CURLOPT_READFUNCTION, &CurlTransfer::on_read);
    set(easy, CURLOPT_READDATA, static_cast<void*>(this));
    set(easy, CURLOPT_SEEKFUNCTION, &CurlTransfer::on_seek);
    set(easy, CURLOPT_SEEKDATA, static_cast<void*>(this));
    set(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &CurlTransfer::on_progress);
    set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(this));
    set(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_attempt);
    set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

// False when a header would break the request apart.
bool CurlTransfer::add_headers() {
    for (auto const& [name, value] : request_.headers.list()) {
        constexpr std::string_view line_breakers("\r\n\0", 3);
        if (!is_token(name) || value.find_first_of(line_breakers) != value.npos) return false;
        if (is_ours_to_send(ascii_lower(name))) continue;
        add_header(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    // Curl would call every body a web form, and ask leave for each one above its own threshold.
    if (request_.headers.count("Content-Type") == 0) add_header("Content-Type:");
    auto const body_bytes = request_.body == nullptr ? 0 : request_.body->size_bytes();
    if (body_bytes <= expect_from_bytes) add_header("Expect:");
    set(easy_.get(), CURLOPT_HTTPHEADER, header_lines_.get());
    return true;
}

void CurlTransfer::add_header(std::string const& line) {
    auto* const longer = curl_slist_append(header_lines_.get(), line.c_str());
    FG_CHECK(longer != nullptr, "curl has memory for a header");
    (void)header_lines_.release();
    header_lines_.reset(longer);
}

std::size_t CurlTransfer::on_read(char* into, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    auto const room = std::as_writable_bytes(std::span(into, size * count));
    if (!transfer.feed_) return 0;
    auto const taken = transfer.feed_->take(room);
    if (taken > 0) return taken;
    if (transfer.feed_->failure()) return CURL_READFUNC_ABORT;
    auto const is_all = transfer.feed_->taken_bytes() == transfer.request_.body->size_bytes();
    return is_all ? 0 : CURL_READFUNC_PAUSE;
}

int CurlTransfer::on_seek(void* self, curl_off_t offset, int origin) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    transfer.note_sent();
    if (offset != 0 || origin != SEEK_SET || !transfer.may_send_again()) return CURL_SEEKFUNC_FAIL;
    if (transfer.feed_ && transfer.feed_->taken_bytes() > 0) transfer.feed_->rewind();
    return CURL_SEEKFUNC_OK;
}

// The request is about to be written to a connection: for the first time, or again.
int CurlTransfer::on_attempt(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (transfer.attempts_++ == 0) return CURL_PREREQFUNC_OK;
    if (!transfer.may_send_again()) return CURL_PREREQFUNC_ABORT;
    transfer.body_sent_bytes_ = 0;
    transfer.spare_ = SpareSocket();
    if (transfer.feed_ && transfer.feed_->taken_bytes() > 0) transfer.feed_->rewind();
    return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::may_send_again() const {
    return is_idempotent(request_.method) || stage() != Stage::awaiting_answer;
}

void CurlTransfer::on_feed_news() {
    if (is_over_) return;
    if (!feed_->failure()) {
        curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
    } else if (response_.status == 0) {
        end(TransportFailure{.stage = Stage::reading_body, .message = feed_->failure()->message});
    }
}

int CurlTransfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    static_cast<CurlTransfer*>(self)->note_sent();
    return 0;
}

void CurlTransfer::note_sent() {
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    auto const bytes = static_cast<std::uint64_t>(sent);
    // Curl starts counting anew before it asks to send again; we then still need to know.
    if (bytes <= body_sent_bytes_) return;
    body_sent_bytes_ = bytes;
    note_progress();
    if (!spare_.is_held()) hold_spare();
    if (request_.on_sent_bytes) request_.on_sent_bytes(bytes);
}

std::size_t CurlTransfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    transfer.note_progress();
    return transfer.take_header_line({line, size * count}) ? size * count : 0;
}

// Each status line begins a head; that of a 1xx answer is passed over. Trailers are, too.
bool CurlTransfer::take_header_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > response_header_bytes_max) {
        own_words_ = fmt::format("the answer's headers are longer than the {} bytes allowed",
                                 response_header_bytes_max);
        return false;
    }
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
        auto const status = status_of(line);
        is_in_head_ = status >= 200;
        if (is_in_head_) response_.status = status;
    } else if (line.empty()) {
        is_in_head_ = false;
    } else if (auto const colon = line.find(':'); is_in_head_ && colon != line.npos) {
        response_.headers.add(std::string(line.substr(0, colon)),
                              std::string(trim_blanks(line.substr(colon + 1))));
    }
    return true;
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    transfer.note_progress();
    return transfer.take_body({bytes, size * count}) ? size * count : 0;
}

bool CurlTransfer::take_body(std::string_view bytes) {
    body_received_bytes_ += bytes.size();
    if (request_.sink && is_success(response_.status)) {
        if (request_.sink(std::as_bytes(std::span(bytes)))) return true;
        own_words_ = "the receiver of the answer's body wanted no more of it";
        return false;
    }
    if (bytes.size() > request_.response_bytes_max - response_.body.size()) {
        own_words_ = fmt::format("the answer's body is longer than the {} bytes allowed",
                                 request_.response_bytes_max);
        return false;
    }
    response_.body += bytes;
    return true;
}

void CurlTransfer::start_watchdog() {
    auto const stalled_at = last_progress_ + request_.stall_timeout;
    watchdog_ = loop_.start_timer(std::min(request_.deadline, stalled_at), [this] {
        watchdog_.reset();
        on_watchdog();
    });
}

// The time of the last progress moves all the time; the timer only when it rings.
void CurlTransfer::on_watchdog() {
    if (is_over_) return;
    note_sent();
    auto const now = loop_.clock().monotonic_now();
    auto const is_stalled = now >= last_progress_ + request_.stall_timeout;
    if (now < request_.deadline && !is_stalled) return start_watchdog();
    auto const is_source_late = response_.status == 0 && feed_ && feed_->is_starved();
    auto message = now >= request_.deadline
                       ? std::string("the exchange did not end before its deadline")
                       : fmt::format("no byte moved for {} s", request_.stall_timeout.count());
    end(TransportFailure{.stage = is_source_late ? Stage::reading_body : stage(),
                         .is_timeout = true,
                         .message = std::move(message)});
}

TransportFailure CurlTransfer::failure_of(CURLcode code) const {
    if (feed_ && feed_->failure() && response_.status == 0) {
        return {.stage = Stage::reading_body, .message = feed_->failure()->message};
    }
    auto const is_resend_stopped =
        code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_SEND_FAIL_REWIND;
    std::string message = curl_words_[0] != '\0' ? curl_words_.data() : curl_easy_strerror(code);
    if (!own_words_.empty()) message = own_words_;
    if (is_resend_stopped) message = "the connection was closed before an answer came";
    return {.stage = stage(),
            .is_timeout = code == CURLE_OPERATION_TIMEDOUT,
            .is_tls = is_tls_failure(code),
            .message = std::move(message)};
}

Stage CurlTransfer::stage() const {
    long request_bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &request_bytes);
    // A proxy's CONNECT counts as bytes too, but comes before the first attempt.
    return stage_of({.is_request_begun = attempts_ > 0 && request_bytes > 0,
                     .body_bytes = request_.body == nullptr ? 0 : request_.body->size_bytes(),
                     .body_sent_bytes = body_sent_bytes_,
                     .is_answer_begun = response_.status != 0});
}

// Only a body is ever refused midway, and only without TLS can we read what curl did not.
void CurlTransfer::hold_spare() {
    if (!request_.url.starts_with("http:")) return;
    if (auto const socket = multi_.socket_of(easy_.get())) spare_.hold(*socket);
}

// Writing failed: a whole answer may lie unread in the socket. Of a chunked one, status and headers
// are kept.
bool CurlTransfer::rescue_answer() {
    auto const drained = spare_.drain();
    std::string_view rest = drained;
    while (response_.status == 0 && rest.starts_with("HTTP/1.")) {
        auto const head_end = rest.find("\r\n\r\n");
        if (head_end == rest.npos) return false;
        for (auto head = rest.substr(0, head_end + 4); !head.empty();) {
            auto const line = head.substr(0, head.find("\r\n") + 2);
            if (!take_header_line(line)) return false;
            head.remove_prefix(line.size());
        }
        rest.remove_prefix(head_end + 4);
    }
    if (response_.status == 0) return false;
    if (response_.headers.count("Transfer-Encoding") > 0) return true;
    std::size_t length = rest.size();
    if (auto const announced = response_.headers.find("Content-Length")) {
        std::from_chars(announced->data(), announced->data() + announced->size(), length);
    }
    return length <= rest.size() && take_body(rest.substr(0, length));
}

// A server may answer in full and close while we still send: that answer counts.
bool CurlTransfer::is_answer_whole() const {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    return own_words_.empty() && announced >= 0 &&
           static_cast<std::uint64_t>(announced) == body_received_bytes_;
}

}  // namespace filegate::net
