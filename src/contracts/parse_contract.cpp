// The grammar of a contract, by key; contracts/kimi.toml shows each.
//
//   transports              native, openai, plain: those to try, in order
//   extends                 a built-in contract that gives whatever is not given here
//   name title base_url sandbox_path id_shape default_purpose original_purposes
//   [caller_purposes]       word = [wire words, best first]
//   [auto_purposes]         the same for the OpenAI words with provider=auto
//   [capabilities]          list list_needs_purpose list_query retrieve content delete
//   [limits]                files_max total_bytes_max retention_days
//   [[wire_purpose]]        word documented bytes_max image_bytes_max files_max extensions
//                           mime_prefixes
//   [[failure]]             status type code message_contains kind; a list stands for a row each

#include "contracts/embedded_contracts.hpp"
#include "contracts/toml_precheck.hpp"
#include "contracts/toml_reader.hpp"

namespace filegate::contracts {
namespace {

constexpr std::size_t contract_bytes_max = 256 * 1024;
constexpr std::int64_t bytes_limit_max = std::int64_t{1} << 60;

using Keys = std::span<std::string_view const>;
constexpr std::array<std::string_view, 15> top_keys{
    "extends",      "name",     "title",           "base_url",
    "sandbox_path", "id_shape", "default_purpose", "original_purposes",
    "capabilities", "limits",   "caller_purposes", "auto_purposes",
    "wire_purpose", "failure",  "transports",
};
constexpr std::array<std::string_view, 6> capability_keys{
    "list", "list_needs_purpose", "list_query", "retrieve", "content", "delete"};
constexpr std::array<std::string_view, 3> limit_keys{"files_max", "total_bytes_max",
                                                     "retention_days"};
constexpr std::array<std::string_view, 7> wire_keys{
    "word",      "documented", "bytes_max",    "image_bytes_max",
    "files_max", "extensions", "mime_prefixes"};
constexpr std::array<std::string_view, 5> failure_keys{"status", "type", "code", "message_contains",
                                                       "kind"};
constexpr std::array kinds{
    FailureKind::refused_file, FailureKind::refused_purpose,   FailureKind::authentication,
    FailureKind::rate,         FailureKind::account_exhausted, FailureKind::server,
    FailureKind::network,      FailureKind::ambiguous,         FailureKind::not_found,
};

// Purposes and names travel in URLs, forms and lock keys: a plain alphabet spares every escape.
bool is_word(std::string_view text) {
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_plain);
}

bool is_base_url(std::string_view url) {
    auto const has_scheme = url.starts_with("https://") || url.starts_with("http://");
    auto const is_printable = [](char c) { return c > ' ' && c < 0x7f; };
    return has_scheme && !url.ends_with('/') && std::ranges::all_of(url, is_printable) &&
           url.find_first_of("?#") == std::string_view::npos;
}

bool is_path(std::string_view path) {
    auto const is_plain = [](char c) { return c == '/' || c == '.' || is_word({&c, 1}); };
    return path.size() > 1 && path.starts_with('/') && !path.ends_with('/') &&
           std::ranges::all_of(path, is_plain);
}

bool is_query(std::string_view query) {
    auto const is_plain = [](char c) { return c == '&' || c == '=' || is_word({&c, 1}); };
    return std::ranges::all_of(query, is_plain);
}

// Moves a text into `into` when it is given and `is_right`; tells the problem otherwise.
template <class Into>
void read_text(TomlReader const& reader, std::string_view key, Into& into,
               bool (*is_right)(std::string_view), std::string_view form) {
    auto value = reader.text(key);
    if (!value) return;
    if (is_right(*value)) {
        into = Into(*std::move(value));
    } else {
        reader.problem(*reader.find(key), fmt::format("`{}{}` must be {}, not \"{}\"",
                                                      reader.path(), key, form, *value));
    }
}

constexpr std::string_view word_form = "a word of a-z, 0-9, - and _";

template <class Word>
std::vector<Word> read_words(TomlReader const& reader, std::string_view key) {
    std::vector<Word> words;
    for (auto& text : reader.texts(key)) {
        if (!is_word(text)) {
            reader.problem(*reader.find(key),
                           fmt::format("`{}{}` must hold words, \"{}\" is not {}", reader.path(),
                                       key, text, word_form));
        } else if (std::ranges::find(words, Word(text)) != words.end()) {
            reader.problem(*reader.find(key),
                           fmt::format("`{}{}` names \"{}\" twice", reader.path(), key, text));
        } else {
            words.emplace_back(std::move(text));
        }
    }
    return words;
}

std::optional<std::uint64_t> read_bytes(TomlReader const& reader, std::string_view key) {
    auto const value = reader.whole(key, 1, bytes_limit_max);
    if (!value) return std::nullopt;
    return static_cast<std::uint64_t>(*value);
}

std::optional<std::size_t> read_count(TomlReader const& reader, std::string_view key) {
    auto const value = reader.whole(key, 1, 1'000'000'000);
    if (!value) return std::nullopt;
    return static_cast<std::size_t>(*value);
}

Formats read_formats(TomlReader const& reader) {
    Formats formats{reader.texts("extensions"), reader.texts("mime_prefixes")};
    for (auto const& extension : formats.extensions) {
        if (extension.starts_with('.') && is_word(std::string_view(extension).substr(1))) continue;
        reader.problem(*reader.find("extensions"),
                       fmt::format("`{}extensions` must hold lower-case endings such as \".pdf\", "
                                   "not \"{}\"",
                                   reader.path(), extension));
    }
    for (auto const& prefix : formats.mime_prefixes) {
        if (prefix.contains('/')) continue;
        reader.problem(*reader.find("mime_prefixes"),
                       fmt::format("`{}mime_prefixes` must hold types such as \"image/\", "
                                   "not \"{}\"",
                                   reader.path(), prefix));
    }
    return formats;
}

void read_wire_purposes(TomlReader const& top, Contract& contract) {
    if (!top.find("wire_purpose")) return;
    contract.wire_purposes.clear();
    for (auto const& reader : top.tables_at("wire_purpose")) {
        reader.allow_only(wire_keys);
        WirePurposeRule rule;
        read_text(reader, "word", rule.word, is_word, word_form);
        if (!reader.find("word")) reader.problem(reader.table(), "`wire_purpose.word` is missing");
        if (contract.find_wire(rule.word)) {
            reader.problem(reader.table(), fmt::format("`wire_purpose.word` \"{}\" stands twice",
                                                       rule.word.text()));
        }
        rule.bytes_max = read_bytes(reader, "bytes_max");
        rule.image_bytes_max = read_bytes(reader, "image_bytes_max");
        rule.files_max = read_count(reader, "files_max");
        rule.formats = read_formats(reader);
        reader.flag("documented", rule.is_documented);
        contract.wire_purposes.push_back(std::move(rule));
    }
}

void read_purposes(TomlReader const& top, std::string_view key,
                   std::vector<CallerPurposeRule>& into) {
    auto const reader = top.table_at(key);
    if (!reader) return;
    into.clear();
    for (auto const& word : reader->keys_as_written()) {
        if (!is_word(word)) {
            reader->problem(*reader->find(word),
                            fmt::format("a purpose in `{}` must be {}", key, word_form));
            continue;
        }
        into.push_back({Purpose(word), read_words<WirePurpose>(*reader, word)});
    }
}

// A purpose may only lead to wire words that have a rule. Checked last, because either side may
// come from the contract that is extended.
void check_purposes(TomlReader const& top, std::string_view key,
                    std::vector<CallerPurposeRule> const& purposes, Contract const& contract) {
    auto const* const given = top.find(key);
    auto const& where = given ? *given : top.table();
    if (purposes.empty()) top.problem(where, fmt::format("`{}` has no purpose", key));
    std::vector<std::string_view> valid;
    for (auto const& rule : contract.wire_purposes)
        valid.push_back(rule.word.text());
    for (auto const& purpose : purposes) {
        for (auto const& wire : purpose.wire) {
            if (valid.empty() || contract.find_wire(wire)) continue;
            top.problem(where, fmt::format("`{}.{}` leads to \"{}\", which no [[wire_purpose]] "
                                           "describes; the nearest is \"{}\"",
                                           key, purpose.word.text(), wire.text(),
                                           nearest_word(wire.text(), valid)));
        }
    }
}

void read_capabilities(TomlReader const& top, Contract& contract) {
    auto const reader = top.table_at("capabilities");
    if (!reader) return;
    reader->allow_only(capability_keys);
    reader->flag("list", contract.has_list);
    reader->flag("list_needs_purpose", contract.list_needs_purpose);
    read_text(*reader, "list_query", contract.list_query, is_query,
              "parameters such as limit=100&order=desc");
    reader->flag("retrieve", contract.has_retrieve);
    reader->flag("content", contract.has_content);
    reader->flag("delete", contract.has_delete);
}

void read_limits(TomlReader const& top, Contract& contract) {
    auto const reader = top.table_at("limits");
    if (!reader) return;
    reader->allow_only(limit_keys);
    if (auto const count = read_count(*reader, "files_max")) contract.files_max = count;
    if (auto const bytes = read_bytes(*reader, "total_bytes_max")) contract.total_bytes_max = bytes;
    if (auto const days = reader->whole("retention_days", 1, 36'500)) {
        contract.retention = std::chrono::days(*days);
    }
}

std::optional<FailureKind> read_kind(TomlReader const& reader) {
    std::vector<std::string_view> names;
    for (auto const kind : kinds)
        names.push_back(name_of(kind));
    auto const text = reader.text("kind");
    if (!text) {
        if (!reader.find("kind")) reader.problem(reader.table(), "`failure.kind` is missing");
        return std::nullopt;
    }
    auto const found = std::ranges::find(names, *text);
    if (found != names.end()) return kinds[static_cast<std::size_t>(found - names.begin())];
    reader.problem(*reader.find("kind"), fmt::format("`failure.kind` cannot be \"{}\"; the nearest "
                                                     "is \"{}\"",
                                                     *text, nearest_word(*text, names)));
    return std::nullopt;
}

void add_failure_rows(TomlReader const& reader, FailureKind kind, Contract& contract) {
    auto const statuses = reader.wholes("status", 300, 599);
    auto types = reader.texts("type");
    auto codes = reader.texts("code");
    auto const message = reader.text("message_contains");
    if (statuses.empty() && types.empty() && codes.empty() && !message) {
        reader.problem(reader.table(),
                       "`failure` needs one of `status`, `type`, `code`, `message_contains`");
        return;
    }
    std::vector<std::optional<int>> status_column(statuses.begin(), statuses.end());
    if (status_column.empty()) status_column.emplace_back();
    if (types.empty()) types.emplace_back();
    if (codes.empty()) codes.emplace_back();
    for (auto const& status : status_column) {
        for (auto const& type : types) {
            for (auto const& code : codes)
                contract.failures.push_back({status, type, code, message.value_or(""), kind});
        }
    }
}

void read_failures(TomlReader const& top, Contract& contract) {
    if (!top.find("failure")) return;
    contract.failures.clear();
    for (auto const& reader : top.tables_at("failure")) {
        reader.allow_only(failure_keys);
        if (auto const kind = read_kind(reader)) add_failure_rows(reader, *kind, contract);
        if (contract.failures.size() <= list_items_max) continue;
        reader.problem(reader.table(), fmt::format("more than {} failure rows", list_items_max));
        return;
    }
}

void read_id_shape(TomlReader const& top, Contract& contract) {
    constexpr std::array<std::string_view, 3> shapes{"kimi", "glm", "openai"};
    auto const text = top.text("id_shape");
    if (!text) return;
    auto const found = std::ranges::find(shapes, *text);
    if (found != shapes.end()) {
        contract.id_shape = static_cast<IdShape>(found - shapes.begin());
    } else {
        top.problem(*top.find("id_shape"),
                    fmt::format("`id_shape` cannot be \"{}\"; the nearest is \"{}\"", *text,
                                nearest_word(*text, shapes)));
    }
}

void read_transports(TomlReader const& top, Contract& contract) {
    constexpr std::array all{Transport::native, Transport::openai, Transport::plain};
    auto const* const given = top.find("transports");
    if (!given) return;
    contract.transports.clear();
    for (auto const& word : read_words<Named<struct TransportWordTag>>(top, "transports")) {
        auto const found = std::ranges::find(
            all, word.text(), [](Transport transport) { return name_of(transport); });
        if (found == all.end() ||
            std::ranges::find(contract.transports, *found) != contract.transports.end()) {
            top.problem(
                *given,
                fmt::format(
                    "`transports` lists native, openai and plain, each once; \"{}\" is not one",
                    word.text()));
            return;
        }
        contract.transports.push_back(*found);
    }
    if (contract.transports.empty()) top.problem(*given, "`transports` must name at least one");
}

void read_contract(TomlReader const& top, Contract& contract) {
    top.allow_only(top_keys);
    read_text(top, "name", contract.name, is_word, word_form);
    read_text(top, "title", contract.title, [](std::string_view) { return true; }, "text");
    read_text(top, "base_url", contract.base_url, is_base_url,
              "http(s)://host/path without a closing slash");
    read_text(top, "sandbox_path", contract.sandbox_path, is_path,
              "a path such as /kimi/v1 without a closing slash");
    read_text(top, "default_purpose", contract.default_purpose, is_word, word_form);
    read_id_shape(top, contract);
    read_transports(top, contract);
    if (top.find("original_purposes")) {
        contract.original_purposes = read_words<WirePurpose>(top, "original_purposes");
    }
    read_capabilities(top, contract);
    read_limits(top, contract);
    read_wire_purposes(top, contract);
    read_purposes(top, "caller_purposes", contract.caller_purposes);
    read_purposes(top, "auto_purposes", contract.auto_purposes);
    read_failures(top, contract);
}

void check_contract(TomlReader const& top, Contract const& contract) {
    auto const need = [&](bool is_there, std::string_view key) {
        if (!is_there && !top.find(key)) {
            top.problem(top.table(), fmt::format("`{}` is missing", key));
        }
    };
    need(!contract.name.is_empty(), "name");
    need(!contract.title.empty(), "title");
    need(!contract.base_url.empty(), "base_url");
    need(!contract.sandbox_path.empty(), "sandbox_path");
    need(!contract.default_purpose.is_empty(), "default_purpose");
    need(!contract.wire_purposes.empty(), "wire_purpose");
    check_purposes(top, "caller_purposes", contract.caller_purposes, contract);
    check_purposes(top, "auto_purposes", contract.auto_purposes, contract);
    auto const is_default = [&](auto const& rule) { return rule.word == contract.default_purpose; };
    if (!contract.default_purpose.is_empty() &&
        std::ranges::none_of(contract.caller_purposes, is_default)) {
        auto const* const given = top.find("default_purpose");
        top.problem(given ? *given : top.table(),
                    fmt::format("`default_purpose` \"{}\" is not in `caller_purposes`",
                                contract.default_purpose.text()));
    }
}

enum class Extends : std::uint8_t { allowed, refused };
Result<Contract> parse(std::string_view toml, std::string_view file_name, Extends extends);

// The contract to start from: a built-in one, which itself extends nothing.
Contract read_base(TomlReader const& top, Extends extends) {
    auto const name = top.text("extends");
    if (!name) return {};
    auto const* const file = extends == Extends::allowed ? find_embedded(*name) : nullptr;
    auto base = file ? parse(file->content, file->name, Extends::refused)
                     : Result<Contract>(fail(ErrorCode::configuration_error, "no such contract"));
    if (base) {
        // Its own name and addresses; a forgotten one must not point at another provider.
        base->name = {};
        base->title.clear();
        base->base_url.clear();
        base->sandbox_path.clear();
        return *std::move(base);
    }
    top.problem(
        *top.find("extends"),
        fmt::format("`extends` cannot be \"{}\"; kimi, glm and openai can be extended, by a "
                    "contract that is not extended itself",
                    *name));
    return {};
}

Result<Contract> parse(std::string_view toml, std::string_view file_name, Extends extends) {
    if (toml.size() > contract_bytes_max) {
        return fail(ErrorCode::configuration_error,
                    fmt::format("{}: a contract has at most {} bytes, this one has {}", file_name,
                                contract_bytes_max, toml.size()));
    }
    if (auto const danger = find_toml_danger(toml)) {
        return fail(ErrorCode::configuration_error,
                    fmt::format("{}:{}: {}", file_name, danger->line, danger->message));
    }
    auto const parsed = toml::parse(toml);
    if (!parsed) {
        return fail(ErrorCode::configuration_error,
                    fmt::format("{}:{}: {}", file_name, parsed.error().source().begin.line,
                                parsed.error().description()));
    }
    Problems problems{std::string(file_name), {}};
    TomlReader const top(parsed.table(), "", problems);
    auto contract = read_base(top, extends);
    read_contract(top, contract);
    check_contract(top, contract);
    if (problems.list.empty()) return contract;
    return fail(ErrorCode::configuration_error, fmt::format("{}", fmt::join(problems.list, "\n")));
}

}  // namespace

Result<Contract> parse_contract(std::string_view toml, std::string_view file_name) {
    return parse(toml, file_name, Extends::allowed);
}

}  // namespace filegate::contracts
