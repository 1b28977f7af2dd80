// Writes a page of docs/ to standard output, from the table in the code that is its only source:
//
//   generate_docs errors   docs/errors.md, from base/error_table.cpp
//
// `./dev docs` runs it; `./dev test` fails when the committed page differs.

#include <cstdio>

#include "base/error.hpp"

namespace filegate {
namespace {

struct CategoryText {
    ErrorCategory category;
    std::string_view title;
    std::string_view meaning;
};

constexpr std::array categories{
    CategoryText{ErrorCategory::validation, "Validation",
                 "The request or the file is at fault. Sending it again unchanged does not help."},
    CategoryText{ErrorCategory::access, "Access and quota",
                 "Who is calling, what they may do, and how much."},
    CategoryText{ErrorCategory::provider, "Providers",
                 "The file could not be placed, or not where it was wanted. When the error names a "
                 "file id, the file is kept and can be delivered again."},
    CategoryText{ErrorCategory::locking, "Locking", "Another operation is in the way."},
    CategoryText{ErrorCategory::storage, "Storage",
                 "The gateway's own disk, store or catalog is at fault."},
    CategoryText{ErrorCategory::system, "System", "Everything else on the gateway's side."},
};

constexpr std::string_view errors_head =
    "# Errors\n"
    "\n"
    "<!-- Generated from src/base/error_table.cpp by `./dev docs`. Do not edit. -->\n"
    "\n"
    "Every failed request is answered with OpenAI's error object and one member more:\n"
    "\n"
    "```json\n"
    "{\"error\": {\"message\": \"...\", \"type\": \"...\", \"param\": null, \"code\": \"...\",\n"
    "  \"filegate\": {\"error_code\": \"1003\", \"error_name\": \"FILE_TOO_LARGE\", "
    "\"provider\": null,\n"
    "    \"file_id\": null, \"request_id\": \"...\", \"retry_after_s\": null}}}\n"
    "```\n"
    "\n"
    "The message names the limit that was met, the value that was seen and what to do next. The\n"
    "first digit of `error_code` is its category; ten times that is the exit code of the command\n"
    "line (0: success, 2: the command line itself is wrong).\n";

void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void write_category(CategoryText const& text) {
    auto const number = static_cast<int>(text.category);
    write(fmt::format("\n## {}xxx {} (exit code {})\n\n{}\n\n", number, text.title, 10 * number,
                      text.meaning));
    write("| error_code | error_name | HTTP | type | code | meaning |\n");
    write("|---|---|---|---|---|---|\n");
    for (auto const& row : error_table()) {
        if (category(row.code) != text.category) continue;
        write(fmt::format("| {} | {} | {} | {} | {} | {} |\n", static_cast<int>(row.code), row.name,
                          row.http_status, row.openai_type, row.openai_code, row.meaning));
    }
}

void write_errors() {
    write(errors_head);
    for (auto const& text : categories)
        write_category(text);
}

int run(std::span<char* const> arguments) {
    if (arguments.size() == 2 && std::string_view(arguments[1]) == "errors") {
        write_errors();
        return std::fflush(stdout) == 0 ? 0 : 1;
    }
    std::fputs("usage: generate_docs errors\n", stderr);
    return 2;
}

}  // namespace
}  // namespace filegate

int main(int count, char** arguments) {
    return filegate::run({arguments, static_cast<std::size_t>(count)});
}
