#include "sandbox/dialect.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/utf8.hpp"

namespace filegate::sandbox {

namespace {

constexpr std::size_t repeated_bytes_max = 256;

// What an answer may repeat of a request: valid text of a bounded length, or an answer would not be
// valid JSON.
std::string_view repeatable(std::string_view text) {
    return text.size() <= repeated_bytes_max && decode_utf8(text) ? text : "(unprintable)";
}

}  // namespace

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

RefusalRow const& find_row(std::span<RefusalRow const> table, Trouble trouble) {
    auto const row = std::ranges::find(table, trouble, &RefusalRow::trouble);
    FG_CHECK(row != table.end(), "a dialect has words for every trouble");
    return *row;
}

FaultRow const* find_row(std::span<FaultRow const> table, int status) {
    auto const row = std::ranges::find(table, status, &FaultRow::status);
    return row == table.end() ? nullptr : &*row;
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

net::ServerResponse json_response(int status, boost::json::object const& body) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = boost::json::serialize(body)};
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
