#include "sandbox/in_process_client.hpp"

#include <fmt/format.h>

#include "net/header_parameters.hpp"
#include "net/response_head.hpp"

namespace filegate::sandbox {

namespace {

using Stage = net::TransportFailure::Stage;

constexpr std::size_t buffer_bytes = 64 * 1024;

// Cancels what runs in its context: at the deadline, when nothing has moved for too long, or when
// told that there is no use in going on.
class Watchdog final : public Interruptible {
public:
    Watchdog(TaskContext& parent, Deadline deadline, seconds stall_timeout)
        : parent_(parent),
          child_(parent.executor()),
          deadline_(deadline),
          stall_timeout_(stall_timeout),
          last_progress_(now()) {
        parent.enter(this);
        watch();
    }
    ~Watchdog() {
        parent_.leave();
        if (timer_) parent_.executor().cancel_timer(*timer_);
    }
    Watchdog(Watchdog const&) = delete;
    Watchdog& operator=(Watchdog const&) = delete;

    TaskContext& context() { return child_; }
    void note_progress() { last_progress_ = now(); }
    void give_up() { child_.cancel(); }
    bool has_barked() const { return has_barked_; }
    bool is_past_deadline() const { return now() >= deadline_; }

private:
    MonotonicTime now() const { return parent_.executor().clock().monotonic_now(); }
    void interrupt() override { child_.cancel(); }

    void watch() {
        auto const stalled_at = last_progress_ + stall_timeout_;
        timer_ = parent_.executor().start_timer(std::min(deadline_, stalled_at), [this] {
            timer_.reset();
            if (!is_past_deadline() && now() < last_progress_ + stall_timeout_) return watch();
            has_barked_ = true;
            child_.cancel();
        });
    }

    TaskContext& parent_;
    TaskContext child_;
    Deadline deadline_;
    seconds stall_timeout_;
    MonotonicTime last_progress_;
    std::optional<Executor::TimerId> timer_;
    bool has_barked_ = false;
};

std::string_view text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// The request's body as the sandbox reads it, and how far that got.
class SentBody final : public ByteSource {
public:
    SentBody(net::ClientRequest const& request, Watchdog& watchdog)
        : request_(request), watchdog_(watchdog) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        if (failure_) co_return fail(*failure_);
        auto const left = size_bytes() - sent_bytes_;
        if (left == 0) co_return 0;
        auto const bytes_max = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
        is_waiting_ = true;
        auto const count = co_await read_source(into.first(bytes_max));
        is_waiting_ = false;
        if (!count) {
            failure_ = count.error();
            watchdog_.give_up();
            co_return fail(*failure_);
        }
        sent_bytes_ += *count;
        watchdog_.note_progress();
        if (request_.on_sent_bytes) request_.on_sent_bytes(sent_bytes_);
        co_return *count;
    }

    std::uint64_t size_bytes() const {
        return request_.body == nullptr ? 0 : request_.body->size_bytes();
    }
    bool is_all_sent() const { return sent_bytes_ == size_bytes(); }
    bool is_waiting() const { return is_waiting_; }  // for its source
    std::optional<Error> const& failure() const { return failure_; }

private:
    Task<Result<std::size_t>> read_source(std::span<std::byte> into) {
        if (!source_) {
            CO_TRY(source_, co_await request_.body->open(0));
        }
        CO_TRY(auto const count, co_await source_->read(into));
        if (count == 0) {
            co_return fail(ErrorCode::body_truncated,
                           fmt::format("the body to send ended {} bytes before the {} it announced",
                                       size_bytes() - sent_bytes_, size_bytes()));
        }
        co_return count;
    }

    net::ClientRequest const& request_;
    Watchdog& watchdog_;
    std::unique_ptr<ByteSource> source_;
    std::uint64_t sent_bytes_ = 0;
    bool is_waiting_ = false;
    std::optional<Error> failure_;
};

struct Target {
    std::string authority;
    std::string target;  // with its query
};

std::optional<Target> target_of(std::string_view url, std::string_view base) {
    if (!url.starts_with(base)) return std::nullopt;
    auto const scheme_end = base.find("://");
    auto const authority = base.substr(scheme_end == base.npos ? 0 : scheme_end + 3);
    auto const rest = url.substr(base.size(), url.find('#') - base.size());
    if (rest.empty()) return Target{.authority = std::string(authority), .target = "/"};
    if (rest.front() != '/' && rest.front() != '?') return std::nullopt;
    return Target{.authority = std::string(authority),
                  .target = fmt::format("{}{}", rest.front() == '?' ? "/" : "", rest)};
}

// None when one would break the request apart. Framing is the transport's.
std::optional<net::Headers> headers_of(net::ClientRequest const& request,
                                       std::string_view authority) {
    net::Headers headers{{"Host", std::string(authority)}};
    for (auto const& [name, value] : request.headers.list()) {
        constexpr std::string_view line_breakers("\r\n\0", 3);
        if (!net::is_token(name) || value.find_first_of(line_breakers) != value.npos) {
            return std::nullopt;
        }
        auto const lower = net::ascii_lower(name);
        if (lower == "content-length" || lower == "transfer-encoding" || lower == "expect") {
            continue;
        }
        if (lower == "host") {
            headers.set("Host", value);
        } else {
            headers.add(name, value);
        }
    }
    return headers;
}

// One exchange, in the watchdog's context.
class Exchange {
public:
    Exchange(TaskContext& context, net::ClientRequest request)
        : request_(std::move(request)),
          watchdog_(context, request_.deadline, request_.stall_timeout),
          body_(request_, watchdog_) {}

    Task<net::ClientResult> run(Sandbox& sandbox, Target target, net::Headers headers, RequestId id,
                                Clock const& clock);
    TaskContext& context() { return watchdog_.context(); }
    net::TransportFailure failure(std::string message) const;

private:
    net::ServerRequest server_request(Target const& target, net::Headers headers, RequestId id);
    net::TransportFailure cut(net::Headers const& headers) const;
    Task<net::ClientResult> receive(net::ServerResponse response);
    Task<std::optional<std::string>> receive_stream(net::StreamedBody body);
    std::optional<std::string> take(std::string_view piece);

    net::ClientRequest request_;
    Watchdog watchdog_;
    SentBody body_;
    bool is_answered_ = false;
    net::ClientResponse answer_;
};

Task<net::ClientResult> Exchange::run(Sandbox& sandbox, Target target, net::Headers headers,
                                      RequestId id, Clock const& clock) {
    auto asked = server_request(target, std::move(headers), std::move(id));
    auto response = co_await sandbox.handle(asked);
    // Nobody is left to read the answer to a body that broke off.
    if (body_.failure()) co_return std::unexpected(failure({}));
    if (response.is_cut) co_return std::unexpected(cut(response.headers));
    is_answered_ = true;
    watchdog_.note_progress();
    if (!response.headers.find("Date")) {
        net::DateText date;
        response.headers.add("Date", std::string(date.at(clock.wall_now())));
    }
    response.headers.set("X-Request-Id", asked.id.text());
    co_return co_await receive(std::move(response));
}

net::ServerRequest Exchange::server_request(Target const& target, net::Headers headers,
                                            RequestId id) {
    auto const& method = request_.method;
    auto const has_length = request_.body != nullptr || method == "POST" || method == "PUT";
    auto const size = body_.size_bytes();
    if (has_length) headers.add("Content-Length", fmt::to_string(size));
    if (auto const sent = headers.find("X-Request-Id")) id = RequestId(std::string(*sent));
    auto const mark = std::min(target.target.find('?'), target.target.size());
    net::ServerRequest asked{.method = method,
                             .target = target.target,
                             .path = target.target.substr(0, mark),
                             .headers = std::move(headers),
                             .peer_address = "127.0.0.1",
                             .id = std::move(id),
                             .has_body = size > 0,
                             .body = &body_};
    if (mark < target.target.size()) asked.query = target.target.substr(mark + 1);
    if (has_length) asked.content_length = size;
    return asked;
}

net::TransportFailure Exchange::cut(net::Headers const& headers) const {
    if (headers.find(refused_connection_header)) {
        return {.stage = Stage::connecting, .message = "connection refused"};
    }
    return failure("the connection was closed before an answer came");
}

net::TransportFailure Exchange::failure(std::string message) const {
    net::TransportFailure failure{.stage = is_answered_          ? Stage::receiving
                                           : body_.is_all_sent() ? Stage::awaiting_answer
                                                                 : Stage::sending,
                                  .is_timeout = watchdog_.has_barked(),
                                  .message = std::move(message)};
    if (body_.failure()) {
        failure.stage = Stage::reading_body;
        failure.message = body_.failure()->message;
    } else if (failure.is_timeout) {
        if (body_.is_waiting()) failure.stage = Stage::reading_body;
        failure.message =
            watchdog_.is_past_deadline()
                ? std::string("the exchange did not end before its deadline")
                : fmt::format("no byte moved for {} s", request_.stall_timeout.count());
    }
    return failure;
}

Task<net::ClientResult> Exchange::receive(net::ServerResponse response) {
    answer_.status = response.status;
    auto const* const streamed = std::get_if<net::StreamedBody>(&response.body);
    auto const size =
        streamed == nullptr ? std::get<std::string>(response.body).size() : streamed->size_bytes;
    if (size) response.headers.set("Content-Length", fmt::to_string(*size));
    answer_.headers = std::move(response.headers);
    if (request_.method == "HEAD") co_return std::move(answer_);
    std::optional<std::string> trouble;
    if (streamed != nullptr) {
        trouble = co_await receive_stream(std::get<net::StreamedBody>(std::move(response.body)));
    } else {
        trouble = take(std::get<std::string>(response.body));
    }
    if (trouble) co_return std::unexpected(failure(*std::move(trouble)));
    co_return std::move(answer_);
}

// Why the answer is not whole; none when it is.
Task<std::optional<std::string>> Exchange::receive_stream(net::StreamedBody body) {
    std::vector<std::byte> buffer(buffer_bytes);
    std::uint64_t received = 0;
    while (!body.size_bytes || received < *body.size_bytes) {
        auto const bytes_max =
            std::min<std::uint64_t>(buffer.size(), body.size_bytes.value_or(UINT64_MAX) - received);
        auto const count = co_await body.source->read(std::span(buffer).first(bytes_max));
        if (!count) co_return "the answer broke off: " + count.error().message;
        if (*count == 0) break;
        received += *count;
        watchdog_.note_progress();
        if (auto trouble = take(text_of(std::span(buffer).first(*count)))) co_return trouble;
    }
    if (body.size_bytes && received < *body.size_bytes) {
        co_return fmt::format("the answer ended with {} bytes left to read",
                              *body.size_bytes - received);
    }
    co_return std::nullopt;
}

std::optional<std::string> Exchange::take(std::string_view piece) {
    auto const is_success = answer_.status >= 200 && answer_.status < 300;
    if (request_.sink && is_success) {
        if (piece.empty() || request_.sink(std::as_bytes(std::span(piece)))) return std::nullopt;
        return "the receiver of the answer's body wanted no more of it";
    }
    if (piece.size() > request_.response_bytes_max - answer_.body.size()) {
        return fmt::format("the answer's body is longer than the {} bytes allowed",
                           request_.response_bytes_max);
    }
    answer_.body += piece;
    return std::nullopt;
}

}  // namespace

InProcessClient::InProcessClient(Sandbox& sandbox, std::string base, Clock const& clock)
    : sandbox_(sandbox), base_(std::move(base)), clock_(clock) {
    while (base_.ends_with('/'))
        base_.pop_back();
}

Task<net::ClientResult> InProcessClient::send(net::ClientRequest request) {
    auto& context = co_await this_context();
    context.throw_if_cancelled();
    auto target = target_of(request.url, base_);
    if (!target) {
        co_return std::unexpected(
            net::TransportFailure{.message = fmt::format("nothing answers but {}", base_)});
    }
    auto headers = headers_of(request, target->authority);
    if (!headers) {
        co_return std::unexpected(net::TransportFailure{
            .message = "a request header holds a character that headers may not"});
    }
    if (context.executor().clock().monotonic_now() >= request.deadline) {
        co_return std::unexpected(net::TransportFailure{
            .is_timeout = true, .message = "the deadline had passed before the exchange began"});
    }
    RequestId id(fmt::format("req-{}", ++last_id_));
    Exchange exchange(context, std::move(request));
    try {
        auto run =
            exchange.run(sandbox_, *std::move(target), *std::move(headers), std::move(id), clock_);
        co_return co_await std::move(run).in(exchange.context());
    } catch (Cancelled const&) {
        if (context.is_cancelled()) throw;
    }
    co_return std::unexpected(exchange.failure({}));
}

}  // namespace filegate::sandbox
