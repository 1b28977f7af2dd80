#include "cli/file_object.hpp"

#include <charconv>

#include <fmt/format.h>

#include "cli/answer_json.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t placements_max = 1000;

std::optional<FileObject> file_from(json::object const& object) {
    FileObject file{
        .id = text(object, "id"),
        .filename = text(object, "filename"),
        .purpose = text(object, "purpose"),
        .status = text(object, "status"),
        .bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(object, "bytes"))),
        .created_at = number(object, "created_at"),
        .json = json::serialize(object)};
    auto const* const extra = member(object, "filegate");
    if (file.id.empty() || extra == nullptr) return std::nullopt;
    file.sha256 = text(*extra, "sha256");
    file.is_deduplicated = flag(*extra, "deduplicated");
    for (auto const* const one : members(*extra, "placements", placements_max)) {
        file.placements.push_back(
            {text(*one, "provider"), text(*one, "provider_file_id"), text(*one, "status")});
    }
    for (auto const* const one : members(*extra, "failed_deliveries", placements_max))
        file.failed_deliveries.push_back({text(*one, "provider"), text(*one, "message")});
    return file;
}

// The code a server names, when this release knows it.
std::optional<ErrorCode> known_code(std::string const& digits) {
    int number = 0;
    auto const [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc()) return std::nullopt;
    for (auto const& row : error_table()) {
        if (static_cast<int>(row.code) == number) return row.code;
    }
    return std::nullopt;
}

// For answers of others: a proxy in front, or no Filegate at all.
ErrorCode code_of_status(int status) {
    if (status == 401) return ErrorCode::unauthorized;
    if (status == 403) return ErrorCode::permission_denied;
    if (status == 413) return ErrorCode::file_too_large;
    if (status == 429) return ErrorCode::rate_limited;
    if (status == 503) return ErrorCode::overloaded;
    return ErrorCode::network_error;
}

std::string hint_of(Error const& error) {
    if (!error.file_id.empty()) {
        return fmt::format("the file is kept: try again with `filegate deliver {}`", error.file_id);
    }
    if (error.retry_after_s) return fmt::format("try again in {} s", *error.retry_after_s);
    if (error.code == ErrorCode::unauthorized) return "set FILEGATE_TOKEN";
    return "";
}

}  // namespace

Answer<FileObject> parse_file(std::string_view body) {
    auto const object = parse_object(body);
    auto file = object ? file_from(*object) : std::nullopt;
    if (!file) return std::unexpected(strange_answer(body));
    return *std::move(file);
}

Answer<FileList> parse_list(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || text(*object, "object") != "list") return std::unexpected(strange_answer(body));
    FileList list{.has_more = flag(*object, "has_more")};
    for (auto const* const one : members(*object, "data", 100'000)) {
        auto file = file_from(*one);
        if (!file) return std::unexpected(strange_answer(body));
        list.files.push_back(*std::move(file));
    }
    return list;
}

Failure parse_failure(net::ClientResponse const& response) {
    auto const object = parse_object(response.body);
    auto const* const error = object ? member(*object, "error") : nullptr;
    auto const* const extra = error ? member(*error, "filegate") : nullptr;
    auto const code = extra ? known_code(text(*extra, "error_code")) : std::nullopt;
    if (!code) {
        auto failure = strange_answer(response.body);
        failure.error.code = code_of_status(response.status);
        failure.error.message =
            fmt::format("status {}; {}", response.status, failure.error.message);
        return failure;
    }
    Failure failure{.error = {.code = *code,
                              .message = text(*error, "message"),
                              .param = text(*error, "param"),
                              .provider = text(*extra, "provider"),
                              .file_id = text(*extra, "file_id")},
                    .request_id = text(*extra, "request_id")};
    auto const wait_s = number(*extra, "retry_after_s");
    if (wait_s > 0 && wait_s < 1'000'000) failure.error.retry_after_s = static_cast<int>(wait_s);
    failure.hint = hint_of(failure.error);
    return failure;
}

std::string deliver_body(DeliverWish const& wish) {
    json::object body;
    if (!wish.provider.empty()) body["provider"] = wish.provider;
    if (!wish.purpose.empty()) body["purpose"] = wish.purpose;
    if (!wish.deliver.empty()) body["deliver"] = wish.deliver;
    return json::serialize(body);
}

// A name on disk need not be UTF-8, JSON must be: both lines quote it in the log's way.
std::string json_line(std::string_view name, std::string_view subject,
                      Answer<FileObject> const& answer) {
    if (!answer) return json_line(name, subject, answer.error());
    if (name == "id") return answer->json + "\n";
    auto object = answer->json;
    object.pop_back();
    return fmt::format("{},\"{}\":{}}}\n", object, name, observe::json_quoted(subject));
}

std::string json_line(std::string_view name, std::string_view subject, Failure const& failure) {
    auto const& row = error_row(failure.error.code);
    json::object const error{{"error_code", std::to_string(static_cast<int>(failure.error.code))},
                             {"error_name", row.name},
                             {"message", failure.error.message},
                             {"provider", text_or_null(failure.error.provider)},
                             {"file_id", text_or_null(failure.error.file_id)},
                             {"request_id", text_or_null(failure.request_id)}};
    return fmt::format("{{\"{}\":{},\"error\":{}}}\n", name, observe::json_quoted(subject),
                       json::serialize(error));
}

}  // namespace filegate::cli
