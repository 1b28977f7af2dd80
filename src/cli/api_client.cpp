#include "cli/api_client.hpp"

#include <fmt/format.h>

#include "cli/answer_json.hpp"
#include "net/url.hpp"

namespace filegate::cli {
namespace {

// A server that delivers before it answers is silent for as long as its delivery_timeout allows.
constexpr seconds stall_timeout{1200};
constexpr std::size_t answer_bytes_max = 16 << 20;

class QueryText {
public:
    void add(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', net::percent_encode(name),
                             net::percent_encode(value));
    }
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace

Task<Answer<net::ClientResponse>> ApiClient::send(net::ClientRequest request) {
    if (!server_.token.is_empty()) {
        request.headers.set("Authorization", "Bearer " + server_.token.reveal());
    }
    request.stall_timeout = stall_timeout;
    request.response_bytes_max = answer_bytes_max;
    auto response = co_await http_.send(std::move(request));
    if (!response) co_return std::unexpected(transport_failure(response.error(), server_.url));
    if (response->status < 200 || response->status > 299) {
        co_return std::unexpected(parse_failure(*response));
    }
    co_return *std::move(response);
}

std::string ApiClient::file_url(std::string const& id) const {
    return fmt::format("{}/v1/files/{}", server_.url, net::percent_encode(id));
}

Task<Answer<FileObject>> ApiClient::upload(UploadWish wish, ReopenableBody const& body,
                                           OnSent on_sent) {
    QueryText query;
    query.add("filename", wish.filename);
    query.add("purpose", wish.purpose);
    query.add("provider", wish.provider);
    query.add("deliver", wish.deliver);
    if (wish.expires_after) {
        query.add("expires_after[seconds]", std::to_string(wish.expires_after->count()));
    }
    net::ClientRequest request{.method = "PUT",
                               .url = server_.url + "/v1/files" + query.text(),
                               .headers = {{"Content-Type", "application/octet-stream"}},
                               .body = &body,
                               .on_sent_bytes = std::move(on_sent)};
    auto const response = co_await send(std::move(request));
    if (!response) co_return std::unexpected(response.error());
    co_return parse_file(response->body);
}

Task<Answer<FileList>> ApiClient::list(ListWish wish) {
    QueryText query;
    query.add("purpose", wish.purpose);
    query.add("after", wish.after);
    query.add("limit", std::to_string(wish.limit));
    auto const response = co_await send({.url = server_.url + "/v1/files" + query.text()});
    if (!response) co_return std::unexpected(response.error());
    co_return parse_list(response->body);
}

Task<Answer<FileObject>> ApiClient::find(std::string id) {
    auto const response = co_await send({.url = file_url(id)});
    if (!response) co_return std::unexpected(response.error());
    co_return parse_file(response->body);
}

Task<Answer<>> ApiClient::content(std::string id, Sink sink) {
    net::ClientRequest request{.url = file_url(id) + "/content", .sink = std::move(sink)};
    auto const response = co_await send(std::move(request));
    if (!response) co_return std::unexpected(response.error());
    co_return Answer<>();
}

Task<Answer<>> ApiClient::remove(std::string id) {
    auto const response = co_await send({.method = "DELETE", .url = file_url(id)});
    if (!response) co_return std::unexpected(response.error());
    co_return Answer<>();
}

Task<Answer<FileObject>> ApiClient::deliver(std::string id, DeliverWish wish) {
    auto const path = fmt::format("/v1/files/{}/deliver", net::percent_encode(id));
    auto const body = co_await ask("POST", path, deliver_body(wish));
    if (!body) co_return std::unexpected(body.error());
    co_return parse_file(*body);
}

Task<Answer<std::vector<BreakerObject>>> ApiClient::breakers() {
    auto const body = co_await ask("GET", "/v1/admin/breakers");
    if (!body) co_return std::unexpected(body.error());
    co_return parse_breakers(*body);
}

Task<Answer<BreakerObject>> ApiClient::force_breaker(BreakerName name, std::string state) {
    auto const path = fmt::format("/v1/admin/breakers/{}/{}", net::percent_encode(name.provider),
                                  net::percent_encode(name.transport));
    auto const body = co_await ask("POST", path, fmt::format(R"({{"state":"{}"}})", state));
    if (!body) co_return std::unexpected(body.error());
    co_return parse_breaker(*body);
}

Task<Answer<LockObjects>> ApiClient::locks() {
    auto const body = co_await ask("GET", "/v1/admin/locks");
    if (!body) co_return std::unexpected(body.error());
    co_return parse_locks(*body);
}

Task<Answer<bool>> ApiClient::force_unlock(std::string key) {
    auto const body = co_await ask("DELETE", "/v1/admin/locks/" + net::percent_encode(key));
    if (!body) co_return std::unexpected(body.error());
    co_return parse_unlocked(*body);
}

Task<Answer<RecoveryObjects>> ApiClient::reconcile(ReconcileMode mode) {
    std::string const is_dry = mode == ReconcileMode::dry ? "true" : "false";
    auto const body = co_await ask("POST", "/v1/admin/reconcile?dry_run=" + is_dry);
    if (!body) co_return std::unexpected(body.error());
    co_return parse_recovery(*body);
}

Task<Answer<AuditPageObject>> ApiClient::audit_page(AuditWish wish) {
    QueryText query;
    query.add("limit", "1000");
    query.add("after", std::to_string(wish.after));
    query.add("principal", wish.principal);
    query.add("action", wish.action);
    query.add("file", wish.file);
    if (wish.since) query.add("since", std::to_string(*wish.since));
    if (wish.until) query.add("until", std::to_string(*wish.until));
    auto const body = co_await ask("GET", "/v1/admin/audit" + query.text());
    if (!body) co_return std::unexpected(body.error());
    co_return parse_audit_page(*body);
}

Task<Answer<AuditVerdictObject>> ApiClient::verify_audit(std::string noted) {
    QueryText query;
    query.add("noted", noted);
    auto const body = co_await ask("GET", "/v1/admin/audit/verify" + query.text());
    if (!body) co_return std::unexpected(body.error());
    co_return parse_audit_verdict(*body);
}

Task<Answer<QuotaObjects>> ApiClient::quotas(std::string after) {
    QueryText query;
    query.add("after", after);
    auto const body = co_await ask("GET", "/v1/admin/quotas" + query.text());
    if (!body) co_return std::unexpected(body.error());
    co_return parse_quotas(*body);
}

Task<Answer<QuotaObject>> ApiClient::quota(std::string principal) {
    auto const body = co_await ask("GET", "/v1/admin/quotas/" + net::percent_encode(principal));
    if (!body) co_return std::unexpected(body.error());
    co_return parse_quota(*body);
}

Task<Answer<QuotaObject>> ApiClient::set_quota(std::string principal,
                                               std::optional<std::uint64_t> limit_bytes) {
    auto const limit = limit_bytes ? std::to_string(*limit_bytes) : "null";
    auto const body = co_await ask("PUT", "/v1/admin/quotas/" + net::percent_encode(principal),
                                   fmt::format(R"({{"limit_bytes":{}}})", limit));
    if (!body) co_return std::unexpected(body.error());
    co_return parse_quota(*body);
}

Task<Answer<std::vector<PartObject>>> ApiClient::health() {
    auto const body = co_await ask("GET", "/v1/admin/health");
    if (!body) co_return std::unexpected(body.error());
    co_return parse_health(*body);
}

Task<Answer<std::string>> ApiClient::revoke_token(std::string body) {
    auto answer = co_await ask("POST", "/v1/admin/tokens/revoke", std::move(body));
    if (answer && !parse_object(*answer)) co_return std::unexpected(strange_answer(*answer));
    co_return answer;
}

Task<Answer<std::string>> ApiClient::ask(std::string method, std::string path, std::string json) {
    MemoryBody const body(std::move(json));
    net::ClientRequest request{.method = std::move(method), .url = server_.url + path};
    if (body.size_bytes() > 0) {
        request.headers.add("Content-Type", "application/json");
        request.body = &body;
    }
    auto response = co_await send(std::move(request));
    if (!response) co_return std::unexpected(response.error());
    co_return std::move(response->body);
}

}  // namespace filegate::cli
