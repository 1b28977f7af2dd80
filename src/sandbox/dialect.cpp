#include "sandbox/dialect.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/utf8.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t repeated_bytes_max = 256;

// What an answer may repeat of a request: valid text of a bounded length, or an answer would not be
// valid JSON.
std::string_view repeatable(std::string_view text) {
    return text.size() <= repeated_bytes_max && decode_utf8(text) ? text : "(unprintable)";
}

net::ServerResponse error(Dialect const& dialect, ErrorWords const& words) {
    return json_response(words.status, {{"error", dialect.error_members(words)}});
}

}  // namespace

json::object Dialect::list_object(ListPage const& page) const {
    json::array data;
    for (auto const& file : page.files)
        data.push_back(file_object(file));
    json::object list{{"object", "list"}, {"data", std::move(data)}};
    for (auto const& member : list_members(page))
        list.insert(member);
    return list;
}

net::ServerResponse Dialect::refuse(Complaint const& complaint) const {
    auto const row = std::ranges::find(refusals, complaint.trouble, &RefusalRow::trouble);
    FG_CHECK(row != refusals.end(), "a dialect has words for every trouble");
    auto const message = fill(row->message, complaint, in_words(complaint.accepted));
    return error(*this, {.status = row->status,
                         .type = row->type,
                         .code = row->code,
                         .parameter = row->parameter.empty() ? complaint.parameter : row->parameter,
                         .message = message});
}

net::ServerResponse Dialect::fault(FaultWords const& words) const {
    auto const status = words.status;
    auto const* const row = find_fault(words);
    if (row == nullptr && (status == 502 || status == 504)) return html_error(status);
    if (row == nullptr) {
        return error(*this, {.status = status,
                             .type = status < 500 ? "invalid_request_error" : "server_error",
                             .code = {},
                             .parameter = {},
                             .message = "fault on request"});
    }
    auto response = error(*this, {.status = status,
                                  .type = row->type,
                                  .code = row->code,
                                  .parameter = {},
                                  .message = row->message});
    if (row->retry_after_s > 0) {
        response.headers.set("Retry-After", fmt::to_string(row->retry_after_s));
    }
    return response;
}

FaultRow const* Dialect::find_fault(FaultWords const& words) const {
    auto const row = std::ranges::find_if(faults, [&](FaultRow const& candidate) {
        return candidate.status == words.status &&
               (words.type.empty() || candidate.type == words.type) &&
               (words.code.empty() || candidate.code == words.code);
    });
    return row == faults.end() ? nullptr : &*row;
}

bool Dialect::has_content_of(std::string_view purpose) const {
    return std::ranges::find(purposes_without_content, purpose) == purposes_without_content.end();
}

Dialect const& dialect_of(contracts::IdShape shape) {
    switch (shape) {
        case contracts::IdShape::kimi:
            return kimi_dialect();
        case contracts::IdShape::glm:
            return glm_dialect();
        case contracts::IdShape::openai:
            return openai_dialect();
    }
    FG_CHECK(false, "every id shape has a dialect");
}

net::ServerResponse plain_content(FileEntry const& /*file*/, std::string const& bytes) {
    return bytes_response(bytes, "application/octet-stream");
}

void leave_unstamped(net::ServerResponse& /*response*/, RequestId const& /*id*/) {}

Accepted<std::optional<seconds>> no_lifetime(std::string_view /*purpose*/,
                                             std::map<std::string, std::string> const& /*fields*/) {
    return std::nullopt;
}

std::string fill(std::string_view message, Complaint const& complaint, std::string_view accepted) {
    bool const is_size = complaint.trouble == Trouble::file_too_large ||
                         complaint.trouble == Trouble::total_too_large;
    auto const limit = is_size ? megabytes(complaint.limit) : fmt::to_string(complaint.limit);
    return fmt::format(fmt::runtime(message), fmt::arg("value", repeatable(complaint.value)),
                       fmt::arg("limit", limit), fmt::arg("accepted", accepted),
                       fmt::arg("parameter", complaint.parameter));
}

std::string megabytes(std::uint64_t bytes) {
    constexpr std::uint64_t mebibyte = 1 << 20;
    constexpr std::uint64_t megabyte = 1'000'000;
    // Contracts write a provider's "100MB" as 100 MiB; a round decimal size is told as it is.
    if (bytes % mebibyte == 0) return fmt::format("{}MB", bytes / mebibyte);
    if (bytes % megabyte == 0) return fmt::format("{}MB", bytes / megabyte);
    return fmt::format("{}B", bytes);
}

std::string random_letters(Random& random, std::string_view alphabet, std::size_t count) {
    std::string letters(count, '0');
    for (auto& letter : letters)
        letter = alphabet[random.below(alphabet.size())];
    return letters;
}

net::ServerResponse json_response(int status, json::object const& body) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = json::serialize(body)};
}

net::ServerResponse bytes_response(std::string bytes, std::string content_type) {
    return {.headers = {{"Content-Type", std::move(content_type)}}, .body = std::move(bytes)};
}

net::ServerResponse html_error(int status) {
    auto const title = fmt::format("{} {}", status, net::reason_phrase(status));
    return {.status = status,
            .headers = {{"Content-Type", "text/html"}},
            .body = fmt::format("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center>"
                                "<h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n",
                                title)};
}

Accepted<std::size_t> parse_limit(std::string_view text, std::size_t limit_max) {
    std::size_t limit = 0;
    auto const [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (trouble != std::errc{} || end != text.data() + text.size() || limit < 1 ||
        limit > limit_max) {
        return std::unexpected(Complaint{.trouble = Trouble::bad_parameter,
                                         .value = std::string(text),
                                         .parameter = "limit",
                                         .limit = limit_max});
    }
    return limit;
}

}  // namespace filegate::sandbox
