#include "config/toml_file.hpp"

#include <tuple>

#include <fmt/format.h>

#include "contracts/toml.hpp"

namespace filegate::config {
namespace {

// Keys here have at most three parts. What lies deeper is told as unknown, not walked into.
constexpr std::size_t parts_max = 4;
constexpr std::size_t entries_max = 2000;

// toml++ bounds nested values but not dotted keys, and its tables are destroyed recursively: a long
// row of dots would overflow the stack.
constexpr std::ptrdiff_t dots_per_line_max = 48;
constexpr std::ptrdiff_t brackets_max = 1000;

Written texts_or_unusable(toml::array const& array) {
    std::vector<std::string> texts;
    for (auto const& item : array) {
        auto text = item.value_exact<std::string>();
        if (!text) return Unusable{"a list of other things than texts"};
        texts.push_back(*std::move(text));
    }
    return texts;
}

Written written(toml::node const& node) {
    if (auto const* const array = node.as_array()) return texts_or_unusable(*array);
    if (auto text = node.value_exact<std::string>()) return *std::move(text);
    if (auto const number = node.value_exact<std::int64_t>()) return *number;
    if (auto const flag = node.value_exact<bool>()) return *flag;
    if (node.is_floating_point()) return Unusable{"a number with a fraction"};
    return Unusable{node.is_table() ? "a table" : "a date or a time"};
}

void flatten(toml::table const& table, std::string const& prefix, std::size_t parts,
             std::vector<Entry>& out) {
    for (auto const& [key, node] : table) {
        if (out.size() == entries_max) return;
        auto const name = prefix + std::string(key.str());
        auto const* const inner = node.as_table();
        if (inner != nullptr && !inner->empty() && parts < parts_max) {
            flatten(*inner, name + ".", parts + 1, out);
        } else if (inner == nullptr || parts == parts_max) {
            auto const at = node.source().begin;
            out.push_back(
                {name, written(node), static_cast<int>(at.line), static_cast<int>(at.column)});
        }
    }
}

// The first line that toml++ had better not see; 0: none.
int dangerous_line(std::string_view text) {
    std::ptrdiff_t brackets = 0;
    for (int line = 1; !text.empty(); ++line) {
        auto const end = std::min(text.find('\n'), text.size());
        auto const row = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        brackets += std::ranges::count(row, '{');
        auto const dots = row.starts_with('#') ? 0 : std::ranges::count(row, '.');
        if (dots > dots_per_line_max || brackets > brackets_max) return line;
    }
    return 0;
}

}  // namespace

TomlFile read_toml(std::string_view text, std::string const& file_name) {
    TomlFile file;
    auto const refuse = [&](int line, std::string message) {
        file.problems.push_back(
            {.file = file_name, .line = line, .key = {}, .message = std::move(message)});
    };
    if (text.size() > file_bytes_max) {
        refuse(0, fmt::format("has {} bytes; a configuration has at most {}", text.size(),
                              file_bytes_max));
        return file;
    }
    if (auto const line = dangerous_line(text)) {
        refuse(line, fmt::format("has more than {} dots, or the file more than {} inline tables",
                                 dots_per_line_max, brackets_max));
        return file;
    }
    auto const parsed = toml::parse(text);
    if (!parsed) {
        auto const& error = parsed.error();
        refuse(static_cast<int>(error.source().begin.line),
               "is not TOML: " + std::string(error.description()));
        return file;
    }
    flatten(parsed.table(), "", 1, file.entries);
    std::ranges::sort(file.entries, {},
                      [](Entry const& one) { return std::tie(one.line, one.column, one.key); });
    if (file.entries.size() == entries_max) {
        refuse(file.entries.back().line, fmt::format("has more than {} keys", entries_max - 1));
    }
    return file;
}

}  // namespace filegate::config
