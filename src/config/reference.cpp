#include "config/reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/environment_names.hpp"
#include "config/keys.hpp"
#include "observe/escape.hpp"

namespace filegate::config {
namespace {

constexpr std::size_t columns_max = 100;

std::string_view section_of(std::string_view key) {
    return key.substr(0, key.find('.'));
}

std::string_view last_part(std::string_view key) {
    return key.substr(key.rfind('.') + 1);
}

// Calls `row(facts, value)` for every key, with `section(name)` before each section's first.
template <class Section, class Row>
void for_each_key(Settings const& settings, Section const& section, Row const& row) {
    std::string_view open;
    for (auto const& one : keys()) {
        if (section_of(one.name) != open) section(std::string(section_of(one.name)));
        open = section_of(one.name);
        row(one, show_value(one, one.get(settings)));
    }
}

std::string doc_with_bounds(KeyFacts const& key) {
    auto const bounds = describe_bounds(key);
    return bounds.empty() ? std::string(key.doc) : fmt::format("{} ({})", key.doc, bounds);
}

// One line where both have room: the whole file must stay something that one reads.
std::string documented(std::string const& assignment, std::string const& doc) {
    auto const line = fmt::format("{}  # {}\n", assignment, doc);
    return line.size() <= columns_max + 1 ? line : fmt::format("# {}\n{}\n", doc, assignment);
}

void append_account_reference(std::string& out, AccountSettings const& account, bool with_docs) {
    out += fmt::format("\n[accounts.{}]\n", account.name);
    for (auto const& row : account_keys()) {
        if (is_secret(row)) continue;
        auto const assignment = fmt::format("{} = {}", row.name, show_value(row, row.get(account)));
        out += with_docs ? documented(assignment, doc_with_bounds(row)) : assignment + "\n";
    }
}

std::string cell(std::string_view text) {
    std::string out;
    for (char const letter : text) {
        if (letter == '|') out += '\\';
        out += letter;
    }
    return out;
}

std::string markdown_row(std::string const& name, KeyFacts const& facts, std::string_view value) {
    return fmt::format("| `{}` | `{}` | {} | {} |\n", name, value, cell(describe_kind(facts)),
                       cell(facts.doc));
}

constexpr std::string_view table_head = "| key | default | value | |\n|---|---|---|---|\n";

std::string quoted_words(std::span<std::string_view const> words) {
    std::vector<std::string> quoted;
    for (auto const word : words)
        quoted.push_back(observe::json_quoted(word));
    return fmt::format("[{}]", fmt::join(quoted, ","));
}

// Sizes may be numbers in TOML; durations may not, because nobody could tell their unit.
std::string json_type(KeyFacts const& key) {
    switch (key.kind) {
        case Kind::flag:
            return R"("type":"boolean")";
        case Kind::count:
            return fmt::format(R"("type":"integer","minimum":{},"maximum":{})", key.least,
                               key.most);
        case Kind::size:
            return R"("type":["string","integer"],"pattern":"^[0-9.]+([kKMGT]i?B|B)?$")";
        case Kind::duration:
            return R"("type":"string","pattern":"^[0-9.]+(ms|s|m|h|d)$")";
        case Kind::text:
            return fmt::format(R"("type":"string","minLength":{},"maxLength":{})", key.least,
                               key.most);
        case Kind::choice:
            return R"("enum":)" + quoted_words(key.choices);
        case Kind::texts:
            return fmt::format(R"("type":"array","items":{{"type":"string"}},"minItems":{},)"
                               R"("maxItems":{})",
                               key.least, key.most);
    }
    return {};
}

// What show_value() writes is JSON, too.
std::string json_property(KeyFacts const& key, std::string const& value) {
    return fmt::format("        {}: {{{},\"default\":{},\"description\":{}}}",
                       observe::json_quoted(last_part(key.name)), json_type(key), value,
                       observe::json_quoted(key.doc));
}

std::string json_object(std::vector<std::string> const& properties) {
    return fmt::format(
        "{{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{{\n{}\n    }}}}",
        fmt::join(properties, ",\n"));
}

}  // namespace

std::string reference_toml() {
    std::string out =
        "# Every key of Filegate with its default. Copy what you change.\n"
        "# Sizes: 512MiB, 10GB. Durations: 250ms, 30s, 5m, 1h, 7d. Relative paths start where the\n"
        "# program was started. FILEGATE_<SECTION>_<KEY> in the environment goes before this "
        "file,\n"
        "# a flag before both. `filegate config check` tells every problem at once.\n";
    Settings const defaults;
    for_each_key(
        defaults, [&](std::string const& section) { out += fmt::format("\n[{}]\n", section); },
        [&](KeyFacts const& row, std::string const& value) {
            out += documented(fmt::format("{} = {}", last_part(row.name), value),
                              doc_with_bounds(row));
        });
    out +=
        "\n# Accounts at providers. These five are built in and used when their key is found; "
        "more\n"
        "# accounts are more tables. There is also api_key, the key itself: only for a base_url "
        "on\n"
        "# this machine, such as the sandbox.\n";
    bool with_docs = true;
    for (auto const& account : builtin_accounts()) {
        append_account_reference(out, account, with_docs);
        with_docs = false;
    }
    return out;
}

std::string reference_markdown() {
    std::string out =
        "# Configuration\n\n"
        "Made by `filegate config schema --format markdown`. Each key can be set in the file, as\n"
        "`FILEGATE_<SECTION>_<KEY>` in the environment (`FILEGATE_SERVER_PORT`), and some by a "
        "flag.\n";
    Settings const defaults;
    for_each_key(
        defaults,
        [&](std::string const& section) {
            out += fmt::format("\n## [{}]\n\n{}", section, table_head);
        },
        [&](KeyFacts const& row, std::string const& value) {
            out += markdown_row(std::string(last_part(row.name)), row, value);
        });
    out += fmt::format("\n## [accounts.NAME]\n\n{}", table_head);
    for (auto const& row : account_keys()) {
        auto const value = row.name == "provider" ? "NAME" : show_value(row, row.get({}));
        out += markdown_row(std::string(row.name), row, value);
    }
    out += "\nBuilt in, and used when a key is found:\n\n| account | variables |\n|---|---|\n";
    for (auto const& account : builtin_accounts()) {
        out += fmt::format("| {} | `{}` |\n", account.name, fmt::join(account.api_key_env, "`, `"));
    }
    out += "\n## Names of the original system\n\n| variable | key |\n|---|---|\n";
    for (auto const& alias : aliases()) {
        auto const unit = alias.unit.empty() ? "" : fmt::format(", in {}", alias.unit);
        out += fmt::format("| `{}` | `{}`{} |\n", alias.name, alias.key, unit);
    }
    return out;
}

std::string json_schema() {
    std::map<std::string, std::vector<std::string>> sections;
    std::string open;
    Settings const defaults;
    for_each_key(
        defaults, [&](std::string const& section) { open = section; },
        [&](KeyFacts const& row, std::string const& value) {
            sections[open].push_back(json_property(row, value));
        });
    std::vector<std::string> properties;
    for (auto const& [name, members] : sections)
        properties.push_back(fmt::format("    \"{}\": {}", name, json_object(members)));
    std::vector<std::string> account;
    for (auto const& row : account_keys())
        account.push_back(json_property(row, show_value(row, row.get({}))));
    properties.push_back(
        fmt::format("    \"accounts\": {{\"type\":\"object\",\"additionalProperties\":{}}}",
                    json_object(account)));
    return fmt::format(
        "{{\n\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
        "\"title\":\"Filegate configuration\",\"type\":\"object\",\"additionalProperties\":false,\n"
        "\"properties\":{{\n{}\n}}}}\n",
        fmt::join(properties, ",\n"));
}

std::string show_settings(LoadedSettings const& loaded) {
    std::string out;
    auto const line = [&](std::string_view name, std::string const& value, std::string const& key) {
        out += fmt::format("{} = {}  # {}\n", name, value, observe::printable(loaded.where(key)));
    };
    for_each_key(
        loaded.settings,
        [&](std::string const& section) {
            out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
        },
        [&](KeyFacts const& row, std::string const& value) {
            line(last_part(row.name), value, std::string(row.name));
        });
    for (auto const& account : loaded.settings.accounts) {
        out += fmt::format("\n[accounts.{}]\n", account.name);
        for (auto const& row : account_keys())
            line(row.name, show_value(row, row.get(account)), account_key_name(account, row));
    }
    return out;
}

}  // namespace filegate::config
