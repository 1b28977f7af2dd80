#pragma once
// Reads one TOML table strictly: every key must be known, every value of its type and within its
// bounds. Problems are collected, so that all are told at once. For parse_contract.cpp only: it is
// the one file that pays for compiling toml++.

#include "contracts/nearest_word.hpp"
#include "contracts/toml.hpp"

namespace filegate::contracts {

inline constexpr std::size_t list_items_max = 512;
inline constexpr std::size_t text_bytes_max = 512;

struct Problems {
    std::string file;
    std::vector<std::string> list;

    void add(toml::node const& where, std::string const& what) {
        list.push_back(fmt::format("{}:{}: {}", file, where.source().begin.line, what));
    }
};

class TomlReader {
public:
    // `path` is how the table is named in problems: "" at the top, "limits." below.
    TomlReader(toml::table const& table, std::string path, Problems& problems)
        : table_(table), path_(std::move(path)), problems_(problems) {}

    void allow_only(std::span<std::string_view const> keys) const {
        for (auto const& [key, node] : table_) {
            if (std::ranges::find(keys, key.str()) != keys.end()) continue;
            problem(node, fmt::format("`{}{}` is not a key; the nearest is `{}{}`", path_,
                                      shown(key.str()), path_, nearest_word(key.str(), keys)));
        }
    }

    toml::node const* find(std::string_view key) const { return table_.get(key); }
    toml::table const& table() const { return table_; }

    std::optional<std::string> text(std::string_view key) const {
        auto const* const node = find(key);
        return node ? text_of(*node, key) : std::nullopt;
    }

    std::optional<std::int64_t> whole(std::string_view key, std::int64_t least,
                                      std::int64_t most) const {
        auto const* const node = find(key);
        return node ? whole_of(*node, key, least, most) : std::nullopt;
    }

    void flag(std::string_view key, bool& into) const {
        auto const* const node = find(key);
        if (!node) return;
        if (auto const value = node->value_exact<bool>()) {
            into = *value;
        } else {
            problem(*node, fmt::format("`{}{}` must be true or false", path_, key));
        }
    }

    // A list of texts; a single text stands for a list of one.
    std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> out;
        for (auto const* const node : items(key)) {
            if (auto value = text_of(*node, key)) out.push_back(*std::move(value));
        }
        return out;
    }

    std::vector<int> wholes(std::string_view key, int least, int most) const {
        std::vector<int> out;
        for (auto const* const node : items(key)) {
            auto const value = whole_of(*node, key, least, most);
            if (value) out.push_back(static_cast<int>(*value));
        }
        return out;
    }

    std::optional<TomlReader> table_at(std::string_view key) const {
        auto const* const node = find(key);
        if (!node) return std::nullopt;
        if (auto const* const found = node->as_table()) {
            return TomlReader(*found, fmt::format("{}{}.", path_, key), problems_);
        }
        problem(*node, fmt::format("`{}{}` must be a table", path_, key));
        return std::nullopt;
    }

    std::vector<TomlReader> tables_at(std::string_view key) const {
        std::vector<TomlReader> out;
        for (auto const* const node : items(key)) {
            if (auto const* const found = node->as_table()) {
                out.emplace_back(*found, fmt::format("{}{}.", path_, key), problems_);
            } else {
                problem(*node, fmt::format("`{}{}` must be [[{}]] tables", path_, key, key));
            }
        }
        return out;
    }

    // The table's keys in the order in which they are written.
    std::vector<std::string> keys_as_written() const {
        std::vector<std::pair<toml::source_position, std::string>> keys;
        for (auto const& [key, node] : table_)
            keys.emplace_back(node.source().begin, std::string(key.str()));
        std::ranges::sort(keys, [](auto const& a, auto const& b) { return a.first < b.first; });
        std::vector<std::string> out;
        for (auto& [position, key] : keys)
            out.push_back(std::move(key));
        return out;
    }

    void problem(toml::node const& node, std::string const& what) const {
        problems_.add(node, what);
    }
    std::string const& path() const { return path_; }

private:
    static std::string_view shown(std::string_view key) { return key.substr(0, 64); }

    std::optional<std::string> text_of(toml::node const& node, std::string_view key) const {
        auto value = node.value_exact<std::string>();
        if (value && !value->empty() && value->size() <= text_bytes_max) return value;
        problem(node,
                fmt::format("`{}{}` must be text of 1 to {} bytes", path_, key, text_bytes_max));
        return std::nullopt;
    }

    std::optional<std::int64_t> whole_of(toml::node const& node, std::string_view key,
                                         std::int64_t least, std::int64_t most) const {
        auto const value = node.value_exact<std::int64_t>();
        if (value && *value >= least && *value <= most) return value;
        problem(node, fmt::format("`{}{}` must be a whole number from {} to {}", path_, key, least,
                                  most));
        return std::nullopt;
    }

    std::vector<toml::node const*> items(std::string_view key) const {
        auto const* const node = find(key);
        if (!node) return {};
        auto const* const array = node->as_array();
        if (!array) return {node};
        std::vector<toml::node const*> out;
        for (auto const& item : *array)
            out.push_back(&item);
        if (out.empty() || out.size() > list_items_max) {
            problem(*node, fmt::format("`{}{}` must have 1 to {} items, it has {}", path_, key,
                                       list_items_max, out.size()));
            out.clear();
        }
        return out;
    }

    toml::table const& table_;
    std::string path_;
    Problems& problems_;
};

}  // namespace filegate::contracts
