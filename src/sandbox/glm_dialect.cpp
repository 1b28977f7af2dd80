// GLM (Zhipu, Z.ai). Errors are {"error":{"code":"1210","message":"..."}}, the code a string. What
// the provider really says to an unknown purpose is published nowhere; the words here follow its
// template "1214 invalid ${field}".

#include <boost/json.hpp>
#include <fmt/format.h>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t list_limit_max = 100;
constexpr std::size_t list_limit_default = 20;

constexpr RefusalRow refusals[] = {
    {Trouble::no_authorization, 401, "", "1001", "",
     "Authentication parameter not received in Header, unable to authenticate"},
    {Trouble::bad_key, 401, "", "1002", "",
     "Invalid Authentication Token, please confirm the correct transmission of the Authentication "
     "Token."},
    {Trouble::expired_token, 401, "", "1003", "",
     "Authentication Token has expired, please regenerate it"},
    {Trouble::account_exhausted, 429, "", "1113", "",
     "Insufficient balance or no resource package. Please recharge."},
    {Trouble::not_multipart, 400, "", "1210", "", "API call parameter error: {value}"},
    {Trouble::broken_body, 400, "", "1210", "", "API call parameter error: {value}"},
    {Trouble::missing_file, 400, "", "1213", "", "missing file"},
    {Trouble::missing_purpose, 400, "", "1213", "", "missing purpose"},
    {Trouble::unknown_purpose, 400, "", "1214", "", "invalid purpose"},
    {Trouble::unsupported_format, 400, "", "1210", "", "文件格式暂不支持，仅支持: {accepted}"},
    {Trouble::empty_file, 400, "", "1210", "", "file content anomaly: the file is empty"},
    {Trouble::file_too_large, 435, "", "435", "", "file size exceeds {limit}"},
    {Trouble::too_many_files, 400, "", "1210", "",
     "the number of files exceeds {limit}, please delete some"},
    {Trouble::total_too_large, 400, "", "1210", "",
     "the total size of files exceeds {limit}, please delete some"},
    {Trouble::bad_parameter, 400, "", "1214", "", "invalid {parameter}"},
    {Trouble::no_such_file, 404, "", "404", "", "file {value} not found"},
    {Trouble::no_content, 400, "", "1210", "", "only files of a batch can be read"},
    {Trouble::content_not_kept, 410, "", "410", "",
     "Filegate sandbox: the content of {value} was not kept; only files of up to {limit} bytes "
     "are, the newest first"},
    {Trouble::no_such_route, 404, "", "404", "", "feature not available"},
    {Trouble::wrong_method, 405, "", "405", "", "method {value} not supported"},
};

// No Retry-After: the provider documents none.
constexpr FaultRow faults[] = {
    {400, "", "1210", "API call parameter error"},
    {400, "", "1213", "missing file"},
    {400, "", "1214", "invalid file"},
    {400, "", "1301", "The system has detected potentially unsafe or sensitive content"},
    {401, "", "1002", "Invalid Authentication Token"},
    {401, "", "1000", "Authentication Failed"},
    {401, "", "1001", "Authentication parameter not received in Header, unable to authenticate"},
    {401, "", "1003", "Authentication Token has expired, please regenerate it"},
    {401, "", "1004", "Authentication failed with the provided Authentication Token"},
    {404, "", "404", "feature not available"},
    {429, "", "1302", "High concurrency usage of this API, please reduce concurrency"},
    {429, "", "1303", "High frequency usage of this API, please reduce frequency"},
    {429, "", "1305", "The API has triggered a rate limit: the service is overloaded"},
    {429, "", "1312", "The model is overloaded, please try again later"},
    {429, "", "1113", "Insufficient balance or no resource package. Please recharge."},
    {429, "", "1120", "Unable to successfully access your account at the moment, try again later"},
    {429, "", "1304", "The daily limit of calls to this API is reached"},
    {429, "", "1308", "The usage limit is reached; it will reset at 2026-12-31 00:00:00"},
    {429, "", "1310",
     "The weekly or monthly limit is used up; it will reset at 2026-12-31 00:00:00"},
    {434, "", "434", "no API permission"},
    {435, "", "435", "file size exceeds 100MB"},
    {500, "", "500", "internal error"},
    {500, "", "1230", "API call process error"},
    {500, "", "1234", "Network error, please contact customer service"},
    {503, "", "1305", "The API has triggered a rate limit: the service is overloaded"},
};

// Every error has a code; where no document names one, its status stands in.
json::object error_members(ErrorWords const& words) {
    auto const code = words.code.empty() ? fmt::to_string(words.status) : std::string(words.code);
    return {{"code", code}, {"message", words.message}};
}

// The provider lists formats as pdf/docx/txt.
std::string in_words(std::span<std::string const> extensions) {
    std::string text;
    for (auto const& extension : extensions) {
        if (!text.empty()) text += '/';
        text += extension.starts_with('.') ? extension.substr(1) : extension;
    }
    return text;
}

std::string new_id(WallTime now, Random& random) {
    return fmt::format("{}_{}", unix_seconds(now), random_letters(random, "0123456789abcdef", 32));
}

// A file that is well has no status (docs/providers.md 3.4).
json::object file_object(FileEntry const& file) {
    json::object object{{"id", file.id},
                        {"object", "file"},
                        {"bytes", file.bytes},
                        {"created_at", file.created_at_s},
                        {"filename", file.filename},
                        {"purpose", file.purpose}};
    if (file.has_failed) object["status"] = "error";
    return object;
}

Accepted<ListRequest> list_request(net::Query const& query) {
    ListRequest request{.limit = list_limit_default, .is_newest_first = true};
    if (auto const limit = query.find("limit")) {
        TRY(request.limit, parse_limit(*limit, list_limit_max));
    }
    if (auto const order = query.find("order"); order && *order != "created_at") {
        return std::unexpected(Complaint{
            .trouble = Trouble::bad_parameter, .value = std::string(*order), .parameter = "order"});
    }
    request.purpose = query.find("purpose").value_or("");
    request.after = query.find("after").value_or("");
    return request;
}

json::object list_members(ListPage const& page) {
    return {{"has_more", page.has_more}};
}

constexpr std::string_view without_content[] = {
    "user_data", "agent",     "code-interpreter", "voice-clone-input",
    "retrieval", "fine-tune", "file-extract",     "file"};

}  // namespace

Dialect const& glm_dialect() {
    static constexpr Dialect dialect{.refusals = refusals,
                                     .faults = faults,
                                     .purposes_without_content = without_content,
                                     .error_members = error_members,
                                     .in_words = in_words,
                                     .new_id = new_id,
                                     .file_object = file_object,
                                     .list_request = list_request,
                                     .list_members = list_members};
    return dialect;
}

}  // namespace filegate::sandbox
