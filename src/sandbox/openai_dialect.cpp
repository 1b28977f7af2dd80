// OpenAI. Errors have four members, all present: {"error":{"message","type","param","code"}}.

#include <array>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t list_limit_max = 10'000;
constexpr seconds lifetime_min{3'600};
constexpr seconds lifetime_max{2'592'000};
constexpr seconds batch_lifetime{2'592'000};
constexpr std::string_view invalid = "invalid_request_error";

constexpr RefusalRow refusals[] = {
    {Trouble::no_authorization, 401, invalid, "", "",
     "You didn't provide an API key. You need to provide your API key in an Authorization header "
     "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."},
    {Trouble::bad_key, 401, invalid, "invalid_api_key", "", "Incorrect API key provided: bad****."},
    {Trouble::expired_token, 401, invalid, "invalid_api_key", "", "Incorrect API key provided."},
    {Trouble::account_exhausted, 429, "insufficient_quota", "insufficient_quota", "",
     "You exceeded your current quota, please check your plan and billing details."},
    {Trouble::not_multipart, 400, invalid, "", "", "Could not parse multipart form: {value}"},
    {Trouble::broken_body, 400, invalid, "", "", "Could not parse multipart form: {value}"},
    {Trouble::missing_file, 400, invalid, "missing_required_parameter", "file",
     "Missing required parameter: 'file'."},
    {Trouble::missing_purpose, 400, invalid, "missing_required_parameter", "purpose",
     "Missing required parameter: 'purpose'."},
    {Trouble::unknown_purpose, 400, invalid, "", "",
     "'{value}' is not one of [{accepted}] - 'purpose'"},
    {Trouble::unsupported_format, 400, invalid, "invalid_file_format", "file",
     "Invalid file format for {value}. Supported formats: [{accepted}]"},
    {Trouble::empty_file, 400, invalid, "empty_file", "file", "File is empty."},
    {Trouble::file_too_large, 400, invalid, "file_too_large", "file",
     "File is too large. Maximum size is {limit}."},
    {Trouble::too_many_files, 400, invalid, "", "", "Too many files: the maximum is {limit}."},
    {Trouble::total_too_large, 400, invalid, "", "",
     "Your project's files would exceed its storage of {limit}."},
    {Trouble::bad_parameter, 400, invalid, "invalid_value", "",
     "Invalid '{parameter}': '{value}'."},
    {Trouble::no_such_file, 404, invalid, "", "id", "No such File object: {value}"},
    {Trouble::no_content, 400, invalid, "", "",
     "Not allowed to download files of purpose: {value}"},
    {Trouble::content_not_kept, 410, invalid, "", "id",
     "Filegate sandbox: the content of {value} was not kept; only files of up to {limit} bytes "
     "are, the newest first"},
    {Trouble::no_such_route, 404, invalid, "unknown_url", "", "Invalid URL ({value})"},
    {Trouble::wrong_method, 405, invalid, "method_not_supported", "",
     "Not allowed to {value} on this path."},
};

constexpr FaultRow faults[] = {
    {400, invalid, "", "fault on request"},
    {401, invalid, "invalid_api_key", "Incorrect API key provided."},
    {404, invalid, "", "No such File object: fault on request"},
    {429, "requests", "rate_limit_exceeded",
     "Rate limit reached for requests per min. Please try again in 1s.", 1},
    {429, "tokens", "rate_limit_exceeded",
     "Rate limit reached for tokens per min. Please try again in 1s.", 1},
    {429, "insufficient_quota", "insufficient_quota",
     "You exceeded your current quota, please check your plan and billing details."},
    {500, "server_error", "",
     "The server had an error while processing your request. Sorry about that!"},
    {503, "server_error", "server_is_overloaded",
     "The engine is currently overloaded, please try again later"},
    {503, "server_error", "slow_down",
     "Slow down: reduce your request rate to its original level, and raise it gradually"},
};

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object error_members(ErrorWords const& words) {
    return {{"message", words.message},
            {"type", words.type},
            {"param", text_or_null(words.parameter)},
            {"code", text_or_null(words.code)}};
}

std::string in_words(std::span<std::string const> words) {
    std::string text;
    for (auto const& word : words)
        text += fmt::format("{}'{}'", text.empty() ? "" : ", ", word);
    return text;
}

std::string new_id(WallTime /*now*/, Random& random) {
    return "file-" +
           random_letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                          22);
}

json::object file_object(FileEntry const& file) {
    json::object object{{"id", file.id},
                        {"object", "file"},
                        {"bytes", file.bytes},
                        {"created_at", file.created_at_s},
                        {"filename", file.filename},
                        {"purpose", file.purpose},
                        {"status", file.has_failed ? "error" : "processed"}};
    if (file.has_failed) object["status_details"] = "The file could not be processed.";
    if (file.expires_at_s) object["expires_at"] = *file.expires_at_s;
    return object;
}

std::unexpected<Complaint> bad_parameter(std::string_view parameter, std::string_view value) {
    return std::unexpected(Complaint{.trouble = Trouble::bad_parameter,
                                     .value = std::string(value),
                                     .parameter = std::string(parameter)});
}

Accepted<ListRequest> list_request(net::Query const& query) {
    ListRequest request{.limit = list_limit_max};
    if (auto const limit = query.find("limit")) {
        TRY(request.limit, parse_limit(*limit, list_limit_max));
    }
    auto const order = query.find("order").value_or("desc");
    if (order != "asc" && order != "desc") return bad_parameter("order", order);
    request.is_newest_first = order == "desc";
    request.purpose = query.find("purpose").value_or("");
    request.after = query.find("after").value_or("");
    return request;
}

json::object list_members(ListPage const& page) {
    bool const is_empty = page.files.empty();
    return {{"first_id", text_or_null(is_empty ? "" : page.files.front().id)},
            {"last_id", text_or_null(is_empty ? "" : page.files.back().id)},
            {"has_more", page.has_more}};
}

// The figures are those of the documents' "1000 uploads a minute"; they do not count down.
void stamp(net::ServerResponse& response, RequestId const& id) {
    response.headers.set("x-request-id", id.text());
    response.headers.set("x-ratelimit-limit-requests", "1000");
    response.headers.set("x-ratelimit-remaining-requests", "999");
    response.headers.set("x-ratelimit-reset-requests", "60ms");
}

Accepted<std::optional<seconds>> lifetime(std::string_view purpose,
                                          std::map<std::string, std::string> const& fields) {
    auto const anchor = fields.find("expires_after[anchor]");
    auto const duration = fields.find("expires_after[seconds]");
    if (anchor == fields.end() && duration == fields.end()) {
        return purpose == "batch" ? std::optional(batch_lifetime) : std::nullopt;
    }
    if (anchor == fields.end() || anchor->second != "created_at") {
        return bad_parameter("expires_after[anchor]", anchor == fields.end() ? "" : anchor->second);
    }
    auto const text = duration == fields.end() ? std::string_view{} : duration->second;
    std::int64_t count = 0;
    auto const [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (trouble != std::errc{} || end != text.data() + text.size() ||
        seconds(count) < lifetime_min || seconds(count) > lifetime_max) {
        return bad_parameter("expires_after[seconds]", text);
    }
    return seconds(count);
}

constexpr std::array<std::string_view, 1> without_content{"assistants"};

}  // namespace

Dialect const& openai_dialect() {
    static constexpr Dialect dialect{.refusals = refusals,
                                     .faults = faults,
                                     .purposes_without_content = without_content,
                                     .error_members = error_members,
                                     .in_words = in_words,
                                     .new_id = new_id,
                                     .file_object = file_object,
                                     .list_request = list_request,
                                     .list_members = list_members,
                                     .stamp = stamp,
                                     .lifetime = lifetime};
    return dialect;
}

}  // namespace filegate::sandbox
