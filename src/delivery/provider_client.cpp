#include "delivery/provider_client.hpp"

#include "delivery/multipart_body.hpp"
#include "delivery/provider_json.hpp"
#include "net/url.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;

constexpr std::size_t trace_bytes_max = 128;
constexpr int pages_max = 100;

bool is_header_text(std::string_view text) {
    auto const is_printable = [](char c) { return c >= ' ' && c < 0x7f; };
    return !text.empty() && text.size() <= trace_bytes_max &&
           std::ranges::all_of(text, is_printable);
}

std::string file_url(Account const& account, ProviderFileId const& id) {
    return fmt::format("{}/files/{}", account.base_url, net::percent_encode(id.text()));
}

std::string list_url(Account const& account, WirePurpose const& purpose,
                     ProviderFileId const& after) {
    auto const& contract = *account.contract;
    auto query = contract.list_query;
    auto const add = [&](std::string_view name, std::string const& value) {
        if (!query.empty()) query += '&';
        query += fmt::format("{}={}", name, net::percent_encode(value));
    };
    if (contract.list_needs_purpose) add("purpose", purpose.text());
    if (!after.is_empty()) add("after", after.text());
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
    if (is_failed(*file)) {
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

// A page that goes from newer to older and ends before `since`, by either clock, is the last one
// needed. A time in the future (our clock was set back) is no time to stop at.
bool reaches_back_to(WallTime since, std::vector<ProviderFile> const& page,
                     ProviderList const& list) {
    constexpr seconds clock_difference_max{60};
    if (page.empty() || since > list.read_at) return false;
    auto const is_newer = [](auto const& a, auto const& b) { return a.created_at > b.created_at; };
    auto const is_falling = std::ranges::is_sorted(page, is_newer) &&
                            (list.files.empty() || !is_newer(page.front(), list.files.back()));
    auto const& oldest = page.back().created_at;
    if (!is_falling || !oldest) return false;
    auto const ahead = list.provider_now ? *list.provider_now - list.read_at : milliseconds(0);
    return *oldest < since + std::min(ahead, milliseconds(0)) - clock_difference_max;
}

ProviderList newest_first(ProviderList list) {
    std::ranges::sort(list.files, std::greater(), &ProviderFile::created_at);
    return list;
}

ProviderFailure no_such_call(std::string message) {
    return {.kind = FailureKind::not_found, .message = std::move(message)};
}

// What the answer to a light question says about the provider: anything but trouble of its own.
bool is_alive(ProviderFailure const& failure) {
    switch (failure.kind) {
        case FailureKind::refused_file:
        case FailureKind::refused_purpose:
        case FailureKind::authentication:
        case FailureKind::account_exhausted:
        case FailureKind::rate:
        case FailureKind::not_found:
            return true;
        case FailureKind::server:
        case FailureKind::network:
        case FailureKind::ambiguous:
            return false;
    }
    return false;
}

}  // namespace

// Some providers quote the key they were given. It must reach no message and no log.
std::string without_secret(std::string text, std::string_view secret) {
    constexpr std::string_view shown = "[key]";
    if (secret.empty()) return text;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + shown.size()))
        text.replace(at, secret.size(), shown);
    return text;
}

bool is_failed(ProviderFile const& file) {
    return file.status == "error" || file.status == "failed";
}

// A refused signed token is signed anew once, when that may help.
Task<ProviderResult<net::ClientResponse>> ProviderClient::exchange(Channel channel,
                                                                   net::ClientRequest request) {
    auto const token = channel.transport == contracts::Transport::native
                           ? tokens_.token_of(channel.account)
                           : std::nullopt;
    auto answer = co_await send(channel, token, request);
    auto const is_refused = !answer && answer.error().kind == FailureKind::authentication;
    if (!is_refused || !token ||
        !tokens_.renew(channel.account, *token, answer.error().provider_now)) {
        co_return answer;
    }
    co_return co_await send(channel, tokens_.token_of(channel.account), std::move(request));
}

Task<ProviderResult<net::ClientResponse>> ProviderClient::send(Channel channel,
                                                               std::optional<std::string> token,
                                                               net::ClientRequest request) {
    auto const& account = channel.account;
    auto const credential = token.value_or(account.api_key.reveal());
    request.headers.set("Authorization", "Bearer " + credential);
    request.headers.set("Accept", "application/json");
    if (channel.transport == contracts::Transport::plain) {
        request.is_fresh_connection = true;
        request.headers.set("Connection", "close");
    }
    auto answer = co_await http_.send(std::move(request));
    if (!answer) co_return std::unexpected(understand_transport(answer.error()));
    answer->body = without_secret(std::move(answer->body), account.api_key.reveal());
    answer->body = without_secret(std::move(answer->body), credential);
    if (answer->status >= 200 && answer->status < 300) co_return *std::move(answer);
    co_return std::unexpected(understand_answer(*account.contract, *answer, clock_.wall_now()));
}

Task<ProviderResult<ProviderFile>> ProviderClient::upload(Channel channel,
                                                          ProviderUpload const& upload) {
    MultipartFile const part{upload.filename, upload.mime_type, upload.purpose, upload.body};
    MultipartBody const body(part, make_boundary(random_));
    net::ClientRequest request{.method = "POST",
                               .url = channel.account.base_url + "/files",
                               .body = &body,
                               .deadline = upload.deadline};
    request.headers.set("Content-Type", body.content_type());
    if (is_header_text(upload.trace_id)) request.headers.set("X-Request-Id", upload.trace_id);
    CO_TRY(auto const answer, co_await exchange(channel, std::move(request)));
    auto file = read_file_object(answer.body);
    auto const bytes = upload.body->size_bytes();
    if (auto fault = find_fault(answer, file, bytes)) {
        co_return std::unexpected(*std::move(fault));
    }
    file->bytes = bytes;
    co_return *std::move(file);
}

Task<ProviderResult<ProviderList>> ProviderClient::list(Channel channel, WirePurpose const& purpose,
                                                        WallTime since, Deadline deadline) {
    if (!channel.account.contract->has_list) {
        co_return std::unexpected(no_such_call("the provider has no list of files"));
    }
    ProviderList list{.read_at = clock_.wall_now()};
    ProviderFileId after;
    for (int page = 0; page < pages_max; ++page) {
        net::ClientRequest request{.url = list_url(channel.account, purpose, after),
                                   .deadline = deadline};
        CO_TRY(auto const answer, co_await exchange(channel, std::move(request)));
        auto found = read_file_list(answer.body);
        if (!found) {
            ProviderFailure const fault{.kind = FailureKind::server,
                                        .status = answer.status,
                                        .message = "the answer is not a list of files",
                                        .body_start = cleaned_text(answer.body, 200)};
            co_return std::unexpected(fault);
        }
        if (page == 0) list.provider_now = read_date(answer.headers);
        auto const has_all = reaches_back_to(since, found->files, list);
        std::ranges::move(found->files, std::back_inserter(list.files));
        if (has_all || !found->has_more || list.files.empty()) co_return newest_first(list);
        if (list.files.back().id == after) break;
        after = list.files.back().id;
    }
    // Part of a list must not be taken for the whole: what is not in it would count as not there.
    co_return std::unexpected(
        ProviderFailure{.kind = FailureKind::server, .message = "the list of files has no end"});
}

Task<ProviderResult<void>> ProviderClient::remove(Channel channel, ProviderFileId const& id,
                                                  Deadline deadline) {
    if (!channel.account.contract->has_delete) {
        co_return std::unexpected(no_such_call("the provider has no way to delete a file"));
    }
    net::ClientRequest request{
        .method = "DELETE", .url = file_url(channel.account, id), .deadline = deadline};
    auto const answer = co_await exchange(channel, std::move(request));
    auto const is_gone = !answer && answer.error().status == 404;
    if (answer || is_gone) co_return ProviderResult<void>();
    co_return std::unexpected(answer.error());
}

Task<ProviderResult<void>> ProviderClient::probe(Channel channel, Deadline deadline) {
    auto const& contract = *channel.account.contract;
    auto const purpose =
        contract.wire_purposes.empty() ? WirePurpose() : contract.wire_purposes.front().word;
    net::ClientRequest request{.url = list_url(channel.account, purpose, {}), .deadline = deadline};
    auto const answer = co_await exchange(channel, std::move(request));
    if (answer || is_alive(answer.error())) co_return ProviderResult<void>();
    co_return std::unexpected(answer.error());
}

}  // namespace filegate::delivery
