#include "delivery/provider_client.hpp"

#include "delivery/multipart_body.hpp"
#include "delivery/provider_json.hpp"
#include "net/url.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;

constexpr std::size_t trace_bytes_max = 128;

// Some providers quote the key they were given. It must reach no message and no log.
void hide(std::string& text, std::string const& secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), "[key]");
}

bool is_header_text(std::string_view text) {
    auto const is_printable = [](char c) { return c >= ' ' && c < 0x7f; };
    return !text.empty() && text.size() <= trace_bytes_max &&
           std::ranges::all_of(text, is_printable);
}

std::string file_url(Account const& account, ProviderFileId const& id) {
    return fmt::format("{}/files/{}", account.base_url, net::percent_encode(id.text()));
}

std::string list_url(Account const& account, WirePurpose const& purpose) {
    auto const& contract = *account.contract;
    auto query = contract.list_query;
    if (contract.list_needs_purpose) {
        if (!query.empty()) query += '&';
        query += "purpose=" + net::percent_encode(purpose.text());
    }
    return fmt::format("{}/files{}{}", account.base_url, query.empty() ? "" : "?", query);
}

// A success that is none: the answer is not understood, or the provider says that it failed.
std::optional<ProviderFailure> find_fault(net::ClientResponse const& answer,
                                          std::optional<ProviderFile> const& file,
                                          std::uint64_t bytes) {
    ProviderFailure fault{.status = answer.status};
    if (!file) {
        fault.kind = FailureKind::ambiguous;
        fault.message = "the answer names no file id";
        fault.body_start = cleaned_text(answer.body, 200);
        return fault;
    }
    fault.left_behind = file->id;
    if (file->status == "error" || file->status == "failed") {
        fault.kind = FailureKind::refused_file;
        fault.message = fmt::format("the file's status is \"{}\"", file->status);
        return fault;
    }
    if (file->bytes != 0 && file->bytes != bytes) {
        fault.kind = FailureKind::server;
        fault.message = fmt::format("the provider stored {} of {} bytes", file->bytes, bytes);
        return fault;
    }
    return std::nullopt;
}

ProviderFailure no_such_call(std::string message) {
    return {.kind = FailureKind::not_found, .message = std::move(message)};
}

}  // namespace

Task<ProviderResult<net::ClientResponse>> ProviderClient::exchange(Account const& account,
                                                                   net::ClientRequest request) {
    request.headers.set("Authorization", "Bearer " + account.api_key.reveal());
    request.headers.set("Accept", "application/json");
    auto answer = co_await http_.send(std::move(request));
    if (!answer) co_return std::unexpected(understand_transport(answer.error()));
    hide(answer->body, account.api_key.reveal());
    if (answer->status >= 200 && answer->status < 300) co_return *std::move(answer);
    co_return std::unexpected(understand_answer(*account.contract, *answer, clock_.wall_now()));
}

Task<ProviderResult<ProviderFile>> ProviderClient::upload(Account const& account,
                                                          ProviderUpload const& upload) {
    MultipartFile const part{upload.filename, upload.mime_type, upload.purpose, upload.body};
    MultipartBody const body(part, make_boundary(random_));
    net::ClientRequest request{.method = "POST",
                               .url = account.base_url + "/files",
                               .body = &body,
                               .deadline = upload.deadline};
    request.headers.set("Content-Type", body.content_type());
    if (is_header_text(upload.trace_id)) request.headers.set("X-Request-Id", upload.trace_id);
    CO_TRY(auto const answer, co_await exchange(account, std::move(request)));
    auto file = read_file_object(answer.body);
    auto const bytes = upload.body->size_bytes();
    if (auto fault = find_fault(answer, file, bytes)) {
        co_return std::unexpected(*std::move(fault));
    }
    file->bytes = bytes;
    co_return *std::move(file);
}

Task<ProviderResult<std::vector<ProviderFile>>> ProviderClient::list(Account const& account,
                                                                     WirePurpose const& purpose,
                                                                     Deadline deadline) {
    if (!account.contract->has_list) {
        co_return std::unexpected(no_such_call("the provider has no list of files"));
    }
    net::ClientRequest request{.url = list_url(account, purpose), .deadline = deadline};
    CO_TRY(auto const answer, co_await exchange(account, std::move(request)));
    auto files = read_file_list(answer.body);
    if (!files) {
        ProviderFailure const fault{.kind = FailureKind::server,
                                    .status = answer.status,
                                    .message = "the answer is not a list of files",
                                    .body_start = cleaned_text(answer.body, 200)};
        co_return std::unexpected(fault);
    }
    std::ranges::sort(*files, std::greater(), &ProviderFile::created_at);
    co_return *std::move(files);
}

Task<ProviderResult<void>> ProviderClient::remove(Account const& account, ProviderFileId const& id,
                                                  Deadline deadline) {
    if (!account.contract->has_delete) {
        co_return std::unexpected(no_such_call("the provider has no way to delete a file"));
    }
    net::ClientRequest request{
        .method = "DELETE", .url = file_url(account, id), .deadline = deadline};
    auto const answer = co_await exchange(account, std::move(request));
    auto const is_gone = !answer && answer.error().status == 404;
    if (answer || is_gone) co_return ProviderResult<void>();
    co_return std::unexpected(answer.error());
}

}  // namespace filegate::delivery
