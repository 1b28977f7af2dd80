// Kimi (Moonshot). Errors are {"error":{"message","type"}}: there is no code member. Where the
// provider's documents give the words, they stand here literally; where they give only the type,
// the words follow its template "Invalid request: {details}".

#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::string_view invalid = "invalid_request_error";
constexpr std::string_view not_found = "resource_not_found_error";

constexpr RefusalRow refusals[] = {
    {Trouble::no_authorization, 401, "invalid_authentication_error", "", "",
     "Invalid Authentication"},
    {Trouble::bad_key, 401, "incorrect_api_key_error", "", "", "Incorrect API key provided"},
    {Trouble::expired_token, 401, "invalid_authentication_error", "", "", "Invalid Authentication"},
    {Trouble::account_exhausted, 429, "exceeded_current_quota_error", "", "",
     "Your account org-sandbox<ak-sandbox> is suspended, please check your plan and billing "
     "details"},
    {Trouble::not_multipart, 400, invalid, "", "", "Invalid request: {value}"},
    {Trouble::broken_body, 400, invalid, "", "", "Invalid request: {value}"},
    {Trouble::missing_file, 400, invalid, "", "", "Invalid request: file is required"},
    {Trouble::missing_purpose, 400, invalid, "", "", "Invalid request: purpose is required"},
    {Trouble::unknown_purpose, 400, invalid, "", "",
     "Invalid purpose: {value}, only {accepted} accepted"},
    {Trouble::unsupported_format, 400, invalid, "", "", "text extract error: 不支持的文件类型"},
    {Trouble::empty_file, 400, invalid, "", "",
     "File size is zero, please confirm and re-upload the file"},
    {Trouble::file_too_large, 400, invalid, "", "",
     "File size is too large, max file size is {limit}, please confirm and re-upload the file"},
    {Trouble::too_many_files, 400, invalid, "", "",
     "The number of files you have uploaded exceeded the max file count {limit}, please delete "
     "previous uploaded files"},
    {Trouble::total_too_large, 400, invalid, "", "",
     "Invalid request: the total size of your files exceeds {limit}, please delete previous "
     "uploaded files"},
    {Trouble::bad_parameter, 400, invalid, "", "", "Invalid request: {parameter} is {value}"},
    {Trouble::no_such_file, 404, not_found, "", "",
     "Not found the file {value} or Permission denied"},
    {Trouble::no_content, 400, invalid, "", "",
     "Invalid request: content of a file with purpose {value} is not available"},
    {Trouble::content_not_kept, 410, invalid, "", "",
     "Filegate sandbox: the content of {value} was not kept; only files of up to {limit} bytes "
     "are, the newest first"},
    {Trouble::no_such_route, 404, not_found, "", "", "The requested resource was not found"},
    {Trouble::wrong_method, 405, invalid, "", "", "Invalid request: method {value} not allowed"},
};

constexpr FaultRow faults[] = {
    {400, invalid, "", "Invalid request: fault on request"},
    {400, "content_filter", "", "The content was refused: fault on request"},
    {401, "incorrect_api_key_error", "", "Incorrect API key provided"},
    {401, "invalid_authentication_error", "", "Invalid Authentication"},
    {403, "permission_denied_error", "", "Permission denied"},
    {404, not_found, "", "Not found the file or Permission denied"},
    {429, "rate_limit_reached_error", "",
     "Your account org-sandbox<ak-sandbox> request reached organization max concurrency: 1, please "
     "try again after 1 seconds",
     1},
    {429, "engine_overloaded_error", "",
     "The engine is currently overloaded, please try again later", 1},
    {429, "exceeded_current_quota_error", "",
     "Your account org-sandbox<ak-sandbox> is suspended, please check your plan and billing "
     "details"},
    {499, "client_closed_request", "", "client closed request"},
    {500, "server_error", "", "Failed to extract file: fault on request"},
    {500, "unexpected_output", "", "invalid state transition"},
    {503, "server_unavailable", "", "The server is unavailable, please try again later"},
};

json::object error_members(ErrorWords const& words) {
    return {{"message", words.message}, {"type", words.type}};
}

std::string in_words(std::span<std::string const> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 < words.size() ? ", " : " and ";
        text += words[i];
    }
    return text;
}

// Since 2026-08-31 ids start with file_; what follows is an xid: 4 bytes of seconds, 8 of chance,
// in the base 32 of RFC 4648 section 7.
std::string new_id(WallTime now, Random& random) {
    constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuv";
    std::string id = "file_";
    auto const now_s = static_cast<std::uint32_t>(unix_seconds(now));
    for (int shift = 27; shift >= 2; shift -= 5)
        id += alphabet[now_s >> shift & 31];
    return id + random_letters(random, alphabet, 14);
}

json::object file_object(FileEntry const& file) {
    return {{"id", file.id},
            {"object", "file"},
            {"bytes", file.bytes},
            {"created_at", file.created_at_s},
            {"filename", file.filename},
            {"purpose", file.purpose},
            {"status", file.has_failed ? "error" : "ok"},
            {"status_details", file.has_failed ? "Failed to extract file: fault on request" : ""}};
}

// No parameter is documented and no page is ever cut: whatever is asked, the answer is everything.
Accepted<ListRequest> list_request(net::Query const& /*query*/) {
    return ListRequest{};
}

json::object list_members(ListPage const& /*page*/) {
    return {};
}

// The provider answers with the text it extracted. Text is its own extract; for the rest the
// sandbox says which file it would have been.
net::ServerResponse content(FileEntry const& file, std::string const& bytes) {
    if (decode_utf8(bytes)) return bytes_response(bytes, "text/plain; charset=utf-8");
    return bytes_response(fmt::format("Filegate sandbox: text of {} ({} bytes, sha256 {})\n",
                                      file.filename, file.bytes, file.sha256.hex()),
                          "text/plain; charset=utf-8");
}

void stamp(net::ServerResponse& response, RequestId const& id) {
    response.headers.set("Msh-Request-Id", id.text());
}

constexpr std::array<std::string_view, 2> without_content{"image", "video"};

}  // namespace

Dialect const& kimi_dialect() {
    static constexpr Dialect dialect{.refusals = refusals,
                                     .faults = faults,
                                     .purposes_without_content = without_content,
                                     .renames_equal_names = true,
                                     .error_members = error_members,
                                     .in_words = in_words,
                                     .new_id = new_id,
                                     .file_object = file_object,
                                     .list_request = list_request,
                                     .list_members = list_members,
                                     .content = content,
                                     .stamp = stamp};
    return dialect;
}

}  // namespace filegate::sandbox
