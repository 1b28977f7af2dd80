#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/deadline.hpp"
#include "net/response_head.hpp"
#include "net/router.hpp"
#include "sandbox/broken_answer.hpp"
#include "sandbox/control.hpp"
#include "sandbox/credentials.hpp"
#include "sandbox/fault_plan.hpp"
#include "sandbox/slow_source.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t content_bytes_max = 1 << 20;
constexpr std::size_t contents_bytes_max = 64 << 20;
constexpr std::size_t control_bytes_max = 64 * 1024;
constexpr std::string_view control_prefix = "/_sandbox";

enum class Route : std::uint8_t { upload, list, retrieve, content, remove };
constexpr std::size_t route_count = 5;
constexpr std::array<std::string_view, route_count> route_names{"upload", "list", "retrieve",
                                                                "content", "delete"};
// In the order of Route.
constexpr std::array<net::RoutePattern, route_count> provider_routes{{
    {"POST", "/files"},
    {"GET", "/files"},
    {"GET", "/files/{id}"},
    {"GET", "/files/{id}/content"},
    {"DELETE", "/files/{id}"},
}};

enum class ControlRoute : std::uint8_t { state, list_faults, replace_faults, clear_faults };
constexpr std::array<net::RoutePattern, 4> control_routes{{
    {"GET", "/_sandbox/state"},
    {"GET", "/_sandbox/faults"},
    {"POST", "/_sandbox/faults"},
    {"DELETE", "/_sandbox/faults"},
}};

bool is_offered(contracts::Contract const& contract, Route route) {
    switch (route) {
        case Route::upload:
            return true;
        case Route::list:
            return contract.has_list;
        case Route::retrieve:
            return contract.has_retrieve;
        case Route::content:
            return contract.has_content;
        case Route::remove:
            return contract.has_delete;
    }
    FG_CHECK(false, "every route is offered or not");
}

bool is_below(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

Error unknown_path(std::string_view path, std::span<std::string const> served) {
    return {.code = ErrorCode::route_not_found,
            .message = fmt::format("The sandbox serves nothing at {}. It imitates {}; GET "
                                   "/_sandbox/state tells what they hold.",
                                   path.substr(0, 200), fmt::join(served, ", "))};
}

Error wrong_method(std::string_view method, std::string_view path, std::string_view allow) {
    return {.code = ErrorCode::method_not_allowed,
            .message = fmt::format("{} takes {}, not {}.", path, allow, method.substr(0, 20))};
}

net::ServerResponse cut() {
    return {.is_cut = true};
}

net::ServerResponse refuse_connection() {
    auto response = cut();
    response.headers.set(std::string(refused_connection_header), "1");
    return response;
}

UploadTwist twist_of(Strike const& struck) {
    UploadTwist twist{.clock_skew = struck.clock_skew,
                      .refused_purposes = struck.refused_purposes,
                      .is_short = struck.is(FaultKind::wrong_bytes),
                      .has_failed = struck.is(FaultKind::failed_status)};
    if (struck.is(FaultKind::vanish)) twist.vanishes_after = struck.fault->ms;
    return twist;
}

// What is done to an answer once the work behind it is done.
void spoil(net::ServerResponse& response, Strike const& struck) {
    if (struck.is(FaultKind::lost_answer)) response = cut();
    if (struck.is(FaultKind::invalid_json)) halve_json(response);
    if (struck.is(FaultKind::empty_answer)) empty_json(response);
    if (struck.is(FaultKind::no_id)) leave_out_id(response);
    if (struck.drip > milliseconds(0)) drip(response, struck.drip);
    if (struck.is(FaultKind::wrong_length)) announce_more(response);
}

// Stands in for a request's body while it is read.
class SlowBody {
public:
    SlowBody(net::ServerRequest& request, milliseconds total)
        : request_(request),
          body_(request.body),
          slow_(*request.body, request.content_length, total) {
        request.body = &slow_;
    }
    ~SlowBody() { request_.body = body_; }
    SlowBody(SlowBody const&) = delete;
    SlowBody& operator=(SlowBody const&) = delete;

private:
    net::ServerRequest& request_;
    ByteSource* body_;
    SlowSource slow_;
};

}  // namespace

struct Sandbox::Impl {
    using Counts = std::array<std::uint64_t, route_count>;
    struct Provider {
        Provider(contracts::Contract contract, ImageOptions const& image_options)
            : image(std::move(contract), image_options) {}
        ProviderImage image;
        std::array<Counts, transport_names.size()> requests{};  // by transport
    };
    // What a request asks of which provider.
    struct Ask {
        Provider& provider;
        Route route;
        Transport transport;
        std::string file_id;
    };

    Impl(std::vector<contracts::Contract> contracts, Clock const& clock_, SandboxOptions options);

    Task<net::ServerResponse> answer(net::ServerRequest& request);
    Task<net::ServerResponse> answer_as(Provider& provider, net::ServerRequest& request);
    Accepted<Ask> find_route(Provider& provider, net::ServerRequest const& request) const;
    Task<net::ServerResponse> strike(Ask const& ask, net::ServerRequest& request);
    Task<net::ServerResponse> act(Ask const& ask, Strike const& struck,
                                  net::ServerRequest& request);
    Task<net::ServerResponse> perform(Ask const& ask, Strike const& struck,
                                      net::ServerRequest& request);
    Task<Accepted<net::ServerResponse>> upload(Ask const& ask, Strike const& struck,
                                               net::ServerRequest& request);
    Accepted<net::ServerResponse> read(Ask const& ask, net::ServerRequest const& request);
    Task<net::ServerResponse> control(net::ServerRequest& request);
    Task<Result<void>> replace_faults(net::ServerRequest& request);
    Provider* find_provider(std::string_view path);
    Strike count_and_draw(Ask const& ask);
    std::optional<Complaint> check_key(Ask const& ask, Strike const& struck,
                                       net::Headers const& headers);
    json::object state();
    static json::object counts_object(Counts const& counts);

    Clock const& clock;
    std::vector<std::string> names;
    std::vector<std::string> paths;
    std::mutex mutex;  // never held across a co_await
    std::vector<std::unique_ptr<Provider>> providers;
    Credentials credentials;
    FaultPlan plan;
};

Sandbox::Impl::Impl(std::vector<contracts::Contract> contracts, Clock const& clock_,
                    SandboxOptions options)
    : clock(clock_), plan(std::move(options.faults), options.seed, clock_.monotonic_now()) {
    // A gateway's records outlive the sandbox: one that starts anew must not hand out the same ids.
    auto id_seed = options.seed ^ static_cast<std::uint64_t>(
                                      clock.wall_now().time_since_epoch().count() * 1'000'003);
    auto const contents_max = contents_bytes_max / std::max<std::size_t>(contracts.size(), 1);
    for (auto& contract : contracts) {
        names.push_back(contract.name.text());
        if (std::ranges::find(options.list_at, names.back()) != options.list_at.end()) {
            contract.has_list = true;
        }
        paths.push_back(contract.sandbox_path);
        ImageOptions const image{.purposes = options.purposes,
                                 .seed = ++id_seed,
                                 .content_bytes_max = content_bytes_max,
                                 .contents_bytes_max = contents_max};
        providers.push_back(std::make_unique<Provider>(std::move(contract), image));
    }
}

Task<net::ServerResponse> Sandbox::Impl::answer(net::ServerRequest& request) {
    if (is_below(request.path, control_prefix)) co_return co_await control(request);
    if (auto* const provider = find_provider(request.path)) {
        auto response = co_await answer_as(*provider, request);
        provider->image.dialect().stamp(response, request.id);
        co_return response;
    }
    co_await drop_body_unless_waiting(request);
    co_return control_error(unknown_path(request.path, paths));
}

Task<net::ServerResponse> Sandbox::Impl::answer_as(Provider& provider,
                                                   net::ServerRequest& request) {
    auto const ask = find_route(provider, request);
    if (!ask) {
        co_await drop_body_unless_waiting(request);
        co_return provider.image.dialect().refuse(ask.error());
    }
    co_return co_await strike(*ask, request);
}

Accepted<Sandbox::Impl::Ask> Sandbox::Impl::find_route(Provider& provider,
                                                       net::ServerRequest const& request) const {
    auto const& contract = provider.image.contract();
    auto const path = std::string_view(request.path).substr(contract.sandbox_path.size());
    auto match = net::match_route(provider_routes, request.method, path);
    Complaint const unknown{
        .trouble = Trouble::no_such_route,
        .value = fmt::format("{} {}", request.method, request.path),
    };
    if (match.kind == net::RouteMatch::Kind::wrong_method) {
        return std::unexpected(
            Complaint{.trouble = Trouble::wrong_method, .value = request.method});
    }
    if (match.kind != net::RouteMatch::Kind::found) return std::unexpected(unknown);
    auto const route = static_cast<Route>(match.index);
    if (!is_offered(contract, route)) return std::unexpected(unknown);
    return Ask{.provider = provider,
               .route = route,
               .transport = transport_of(request.headers),
               .file_id = match.values.empty() ? std::string() : std::move(match.values.front())};
}

// Latency comes after everything else: the work is done first, so that a client that gives up
// waiting does not know about it.
Task<net::ServerResponse> Sandbox::Impl::strike(Ask const& ask, net::ServerRequest& request) {
    auto const struck = count_and_draw(ask);
    if (struck.slow_accept > milliseconds(0)) co_await sleep_for(struck.slow_accept);
    std::optional<SlowBody> slow;
    if (struck.slow_read > milliseconds(0) && request.has_body && request.body != nullptr) {
        slow.emplace(request, struck.slow_read);
    }
    auto response = co_await act(ask, struck, request);
    if (struck.latency > milliseconds(0)) co_await sleep_for(struck.latency);
    if (struck.clock_skew != milliseconds(0)) {
        net::DateText date;
        response.headers.set("Date", std::string(date.at(clock.wall_now() + struck.clock_skew)));
    }
    co_return response;
}

// Some faults take the place of the work, the others only of its answer.
Task<net::ServerResponse> Sandbox::Impl::act(Ask const& ask, Strike const& struck,
                                             net::ServerRequest& request) {
    net::ServerResponse response;
    if (struck.is(FaultKind::refuse_connection)) {
        response = refuse_connection();
    } else if (struck.is(FaultKind::reset_before_body)) {
        response = cut();
    } else if (struck.is(FaultKind::reset_during_body)) {
        co_await drop_half_of_body(request);
        response = cut();
    } else if (struck.is(FaultKind::reset_after_body)) {
        co_await drop_body(request);
        response = cut();
    } else if (struck.is(FaultKind::status)) {
        co_await drop_body(request);
        auto const& fault = *struck.fault;
        response = ask.provider.image.dialect().fault(
            {.status = fault.status, .type = fault.type, .code = fault.code});
    } else if (struck.is(FaultKind::html)) {
        co_await drop_body(request);
        response = html_error(struck.fault->status);
    } else {
        response = co_await perform(ask, struck, request);
    }
    spoil(response, struck);
    co_return response;
}

Task<net::ServerResponse> Sandbox::Impl::perform(Ask const& ask, Strike const& struck,
                                                 net::ServerRequest& request) {
    auto const& dialect = ask.provider.image.dialect();
    if (auto const refused = check_key(ask, struck, request.headers)) {
        co_await drop_body_unless_waiting(request);
        co_return dialect.refuse(*refused);
    }
    auto answered =
        ask.route == Route::upload ? co_await upload(ask, struck, request) : read(ask, request);
    if (answered) co_return *std::move(answered);
    co_await drop_body(request);
    co_return dialect.refuse(answered.error());
}

Task<Accepted<net::ServerResponse>> Sandbox::Impl::upload(Ask const& ask, Strike const& struck,
                                                          net::ServerRequest& request) {
    CO_TRY(auto form, co_await read_upload_form(request, content_bytes_max));
    std::scoped_lock const lock(mutex);
    co_return ask.provider.image.upload(std::move(form), clock.wall_now(), twist_of(struck));
}

Accepted<net::ServerResponse> Sandbox::Impl::read(Ask const& ask,
                                                  net::ServerRequest const& request) {
    std::scoped_lock const lock(mutex);
    auto& image = ask.provider.image;
    auto const now = clock.wall_now();
    switch (ask.route) {
        case Route::upload:
            break;
        case Route::list:
            return image.list(request.query, now);
        case Route::retrieve:
            return image.retrieve(ask.file_id, now);
        case Route::content:
            return image.content(ask.file_id, now);
        case Route::remove:
            return image.remove(ask.file_id, now);
    }
    FG_CHECK(false, "an upload has a body to read first");
}

Task<net::ServerResponse> Sandbox::Impl::control(net::ServerRequest& request) {
    auto const match = net::match_route(control_routes, request.method, request.path);
    if (match.kind == net::RouteMatch::Kind::wrong_method) {
        auto response = control_error(wrong_method(request.method, request.path, match.allow));
        response.headers.set("Allow", match.allow);
        co_return response;
    }
    if (match.kind != net::RouteMatch::Kind::found) {
        co_return control_error(unknown_path(request.path, paths));
    }
    auto const route = static_cast<ControlRoute>(match.index);
    if (route == ControlRoute::replace_faults) {
        if (auto const replaced = co_await replace_faults(request); !replaced) {
            co_return control_error(replaced.error());
        }
    }
    std::scoped_lock const lock(mutex);
    if (route == ControlRoute::state) co_return json_response(200, state());
    if (route == ControlRoute::clear_faults) plan.replace({}, clock.monotonic_now());
    co_return json_response(200, faults_object(plan.faults()));
}

Task<Result<void>> Sandbox::Impl::replace_faults(net::ServerRequest& request) {
    std::string text;
    if (request.has_body && request.body != nullptr) {
        CO_TRY(text, co_await read_all(*request.body, control_bytes_max));
    }
    CO_TRY(auto faults, parse_fault_list(text));
    CO_TRY(check_fault_providers(faults, names));
    std::scoped_lock const lock(mutex);
    plan.replace(std::move(faults), clock.monotonic_now());
    co_return Result<void>();
}

Sandbox::Impl::Provider* Sandbox::Impl::find_provider(std::string_view path) {
    auto const found = std::ranges::find_if(
        paths, [path](std::string const& prefix) { return is_below(path, prefix); });
    return found == paths.end() ? nullptr
                                : providers[static_cast<std::size_t>(found - paths.begin())].get();
}

Strike Sandbox::Impl::count_and_draw(Ask const& ask) {
    std::scoped_lock const lock(mutex);
    auto const route = static_cast<std::size_t>(ask.route);
    ++ask.provider.requests[static_cast<std::size_t>(ask.transport)][route];
    return plan.draw({.provider = ask.provider.image.contract().name.text(),
                      .transport = ask.transport,
                      .route = route_names[route]},
                     clock.monotonic_now());
}

std::optional<Complaint> Sandbox::Impl::check_key(Ask const& ask, Strike const& struck,
                                                  net::Headers const& headers) {
    std::scoped_lock const lock(mutex);
    return credentials.check(headers, ask.provider.image.contract().id_shape,
                             clock.wall_now() + struck.clock_skew);
}

json::object Sandbox::Impl::state() {
    json::object all;
    for (auto const& provider : providers) {
        Counts total{};
        json::object transports;
        for (std::size_t i = 0; i < transport_names.size(); ++i) {
            transports[transport_names[i]] = counts_object(provider->requests[i]);
            std::ranges::transform(total, provider->requests[i], total.begin(), std::plus());
        }
        all[provider->image.contract().name.text()] =
            json::object{{"files", provider->image.files(clock.wall_now())},
                         {"requests", counts_object(total)},
                         {"transports", std::move(transports)}};
    }
    return {{"providers", std::move(all)}};
}

json::object Sandbox::Impl::counts_object(Counts const& counts) {
    json::object object;
    for (std::size_t i = 0; i < route_count; ++i)
        object[route_names[i]] = counts[i];
    return object;
}

Sandbox::Sandbox(std::vector<contracts::Contract> contracts, Clock const& clock,
                 SandboxOptions options)
    : impl_(std::make_unique<Impl>(std::move(contracts), clock, std::move(options))) {}

Sandbox::~Sandbox() = default;

Task<net::ServerResponse> Sandbox::handle(net::ServerRequest& request) {
    auto response = co_await impl_->answer(request);
    response.headers.set("X-Filegate-Sandbox", "1");
    co_return response;
}

net::ServerResponse Sandbox::refuse(Error const& error, RequestId const& /*id*/) {
    auto response = control_error(error);
    response.headers.set("X-Filegate-Sandbox", "1");
    return response;
}

}  // namespace filegate::sandbox
