// CSV as RFC 4180 has it. A cell that a spreadsheet would take for a formula gets an apostrophe in
// front: names of files are strangers' text.

#include "cli/audit_objects.hpp"

#include <fmt/format.h>

#include "cli/answer_json.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t rows_max = 10'000;
constexpr std::array<std::string_view, 14> columns{
    "id",     "at",      "at_ms",   "principal", "door",       "peer_address", "request_id",
    "action", "subject", "file_id", "outcome",   "error_code", "detail",       "hash"};

std::string cell(json::value const* value) {
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string()) return json::serialize(*value);
    std::string text(value->get_string());
    if (!text.empty() && std::string_view("=+-@\t\r").contains(text[0])) text.insert(0, "'");
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"') quoted += c;
        quoted += c;
    }
    return quoted + "\"";
}

std::string csv_line(json::object const& row) {
    std::string line;
    for (auto const column : columns) {
        if (column != columns.front()) line += ',';
        line += cell(row.if_contains(column));
    }
    return line;
}

}  // namespace

std::string csv_head() {
    std::string line;
    for (auto const column : columns)
        line += (line.empty() ? "" : ",") + std::string(column);
    return line;
}

Answer<AuditPageObject> parse_audit_page(std::string_view body) {
    auto const object = parse_object(body);
    if (!object || !object->contains("data")) return std::unexpected(strange_answer(body));
    AuditPageObject page{.jsonl = {},
                         .csv = {},
                         .next_after = number(*object, "next_after"),
                         .has_more = flag(*object, "has_more")};
    for (auto const* const row : members(*object, "data", rows_max)) {
        page.jsonl.push_back(json::serialize(*row));
        page.csv.push_back(csv_line(*row));
    }
    return page;
}

Answer<AuditVerdictObject> parse_audit_verdict(std::string_view body) {
    auto const object = parse_object(body);
    auto const* const head = object ? member(*object, "head") : nullptr;
    if (head == nullptr || !object->contains("ok")) return std::unexpected(strange_answer(body));
    AuditVerdictObject verdict{
        .is_whole = flag(*object, "ok"),
        .rows = number(*object, "rows"),
        .head = fmt::format("{}:{}", number(*head, "id"), observe::printable(text(*head, "hash")))};
    if (auto const* const broken = member(*object, "broken")) {
        verdict.broken_id = number(*broken, "id");
        verdict.broken_what = observe::printable(text(*broken, "what"));
    }
    return verdict;
}

std::string verdict_json(AuditVerdictObject const& verdict) {
    json::object object{{"ok", verdict.is_whole}, {"rows", verdict.rows}, {"head", verdict.head}};
    if (!verdict.is_whole) {
        object["broken_id"] = verdict.broken_id;
        object["broken_what"] = verdict.broken_what;
    }
    return json::serialize(object) + "\n";
}

std::string verdict_line(AuditVerdictObject const& verdict) {
    if (verdict.is_whole) {
        return fmt::format("whole: {} rows; head {}\n", verdict.rows, verdict.head);
    }
    return fmt::format("BROKEN at row {}: {}\n{} rows before it hold; head {}\n", verdict.broken_id,
                       verdict.broken_what, verdict.rows, verdict.head);
}

}  // namespace filegate::cli
