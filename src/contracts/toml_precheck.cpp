#include "contracts/toml_precheck.hpp"

namespace filegate::contracts {
namespace {

constexpr std::ptrdiff_t dots_per_line_max = 48;
constexpr std::ptrdiff_t tables_max = 1000;

}  // namespace

std::optional<TomlDanger> find_toml_danger(std::string_view text) {
    std::ptrdiff_t tables = 0;
    for (int line = 1; !text.empty(); ++line) {
        auto const end = std::min(text.find('\n'), text.size());
        auto const row = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        tables += std::ranges::count(row, '{');
        if (tables > tables_max) return TomlDanger{line, "more than 1000 inline tables"};
        if (std::ranges::count(row, '.') > dots_per_line_max) {
            return TomlDanger{line, "more than 48 dots in a line"};
        }
    }
    return std::nullopt;
}

}  // namespace filegate::contracts
