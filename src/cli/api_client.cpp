#include "cli/api_client.hpp"

#include <fmt/format.h>

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
    MemoryBody const body(deliver_body(wish));
    net::ClientRequest request{.method = "POST",
                               .url = file_url(id) + "/deliver",
                               .headers = {{"Content-Type", "application/json"}},
                               .body = &body};
    auto const response = co_await send(std::move(request));
    if (!response) co_return std::unexpected(response.error());
    co_return parse_file(response->body);
}

}  // namespace filegate::cli
