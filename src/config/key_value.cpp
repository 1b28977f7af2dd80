#include "config/key_value.hpp"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/units.hpp"
#include "contracts/nearest_word.hpp"
#include "observe/escape.hpp"

namespace filegate::config {
namespace {

using Checked = std::expected<Value, std::string>;

constexpr std::size_t shown_bytes_max = 80;

struct Shown {
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return fmt::to_string(value); }
    std::string operator()(std::string const& value) const {
        return observe::text_quoted(value.substr(0, shown_bytes_max));
    }
    std::string operator()(std::vector<std::string> const& value) const {
        return fmt::format("a list of {}", value.size());
    }
    std::string operator()(Loose const& value) const {
        auto const text = (*this)(value.text.substr(0, value.text.size() - value.unit.size()));
        return value.unit.empty() ? text : fmt::format("{} (in {})", text, value.unit);
    }
    std::string operator()(Unusable const& value) const { return value.what; }
};

std::unexpected<std::string> refuse(KeyFacts const& key, Written const& written) {
    return std::unexpected(
        fmt::format("must be {}, not {}", describe_kind(key), std::visit(Shown{}, written)));
}

// The text of a string or of an environment variable; null: something else was written.
std::string const* text_of(Written const& written) {
    if (auto const* const loose = std::get_if<Loose>(&written)) return &loose->text;
    return std::get_if<std::string>(&written);
}

bool is_within(KeyFacts const& key, std::int64_t number) {
    return number >= key.least && number <= key.most;
}

Checked check_flag(KeyFacts const& key, Written const& written) {
    if (auto const* const flag = std::get_if<bool>(&written)) return *flag;
    if (auto const* const loose = std::get_if<Loose>(&written)) {
        for (std::string_view const word : {"true", "1", "yes", "on"})
            if (loose->text == word) return true;
        for (std::string_view const word : {"false", "0", "no", "off"})
            if (loose->text == word) return false;
    }
    return refuse(key, written);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::int64_t> number_of(KeyFacts const& key, Written const& written) {
    auto const* const text = text_of(written);
    auto const* const number = std::get_if<std::int64_t>(&written);
    if (key.kind == Kind::duration) {
        auto const duration = text != nullptr ? parse_duration(*text) : std::nullopt;
        return duration ? std::optional(duration->count()) : std::nullopt;
    }
    if (number != nullptr) return *number;
    if (key.kind == Kind::size) {
        auto const size = text != nullptr ? parse_size(*text) : std::nullopt;
        return size ? std::optional(static_cast<std::int64_t>(*size)) : std::nullopt;
    }
    return std::holds_alternative<Loose>(written) ? whole_number(*text) : std::nullopt;
}

Checked check_number(KeyFacts const& key, Written const& written) {
    auto const number = number_of(key, written);
    auto const is_fit = number && is_within(key, *number) && *number % key.step == 0;
    if (!is_fit) return refuse(key, written);
    return *number;
}

bool is_clean(std::string_view text) {
    return observe::printable(text) == text;
}

Checked check_text(KeyFacts const& key, Written const& written) {
    auto const* const text = text_of(written);
    auto const is_fit = text != nullptr && is_clean(*text) &&
                        is_within(key, static_cast<std::int64_t>(text->size()));
    if (!is_fit) return refuse(key, written);
    return *text;
}

Checked check_choice(KeyFacts const& key, Written const& written) {
    auto const* const text = text_of(written);
    if (text == nullptr) return refuse(key, written);
    if (std::ranges::find(key.choices, *text) != key.choices.end()) return *text;
    return std::unexpected(fmt::format("must be {}, not {}; the nearest is \"{}\"",
                                       describe_kind(key), std::visit(Shown{}, written),
                                       contracts::nearest_word(*text, key.choices)));
}

// "kimi, glm" in the environment is a list of two.
std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto item = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto const first = item.find_first_not_of(' ');
        if (first == std::string_view::npos) continue;
        out.emplace_back(item.substr(first, item.find_last_not_of(' ') + 1 - first));
    }
    return out;
}

constexpr std::size_t item_bytes_max = 4096;

// Empty: it may stand in a list.
std::string why_no_item(std::string const& item) {
    if (item.empty()) return "is empty";
    if (item.size() > item_bytes_max) {
        return fmt::format("has {} bytes, more than {}", item.size(), item_bytes_max);
    }
    return is_clean(item) ? "" : fmt::format("is not printable: {}", Shown{}(item));
}

Checked check_texts(KeyFacts const& key, Written const& written) {
    std::vector<std::string> items;
    if (auto const* const loose = std::get_if<Loose>(&written)) {
        items = split(loose->text);
    } else if (auto const* const list = std::get_if<std::vector<std::string>>(&written)) {
        items = *list;
    } else {
        return refuse(key, written);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto const why = why_no_item(items[i]);
        if (why.empty()) continue;
        return std::unexpected(fmt::format("must be {}, and item {} of {} {}", describe_kind(key),
                                           i + 1, items.size(), why));
    }
    if (!is_within(key, static_cast<std::int64_t>(items.size()))) {
        return std::unexpected(
            fmt::format("must be {}, not a list of {}", describe_kind(key), items.size()));
    }
    return items;
}

std::string show_number(Kind kind, std::int64_t number) {
    if (kind == Kind::size) return show_size(static_cast<std::uint64_t>(number));
    if (kind == Kind::duration) return show_duration(milliseconds(number));
    return fmt::to_string(number);
}

std::string in_steps(KeyFacts const& key) {
    return key.step == 1 ? "" : " in steps of " + show_number(key.kind, key.step);
}

}  // namespace

std::expected<Value, std::string> check_value(KeyFacts const& key, Written const& written) {
    switch (key.kind) {
        case Kind::flag:
            return check_flag(key, written);
        case Kind::count:
        case Kind::size:
        case Kind::duration:
            return check_number(key, written);
        case Kind::text:
            return check_text(key, written);
        case Kind::choice:
            return check_choice(key, written);
        case Kind::texts:
            return check_texts(key, written);
    }
    return refuse(key, written);
}

std::string show_value(KeyFacts const& key, Value const& value) {
    if (auto const* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (auto const* const number = std::get_if<std::int64_t>(&value)) {
        auto const shown = show_number(key.kind, *number);
        return key.kind == Kind::count ? shown : fmt::format("\"{}\"", shown);
    }
    if (auto const* const text = std::get_if<std::string>(&value)) {
        return observe::text_quoted(*text);
    }
    std::vector<std::string> quoted;
    for (auto const& item : std::get<std::vector<std::string>>(value))
        quoted.push_back(observe::text_quoted(item));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::string describe_bounds(KeyFacts const& key) {
    if (key.kind == Kind::choice) return fmt::format("{}", fmt::join(key.choices, ", "));
    auto const is_number =
        key.kind == Kind::count || key.kind == Kind::size || key.kind == Kind::duration;
    if (!is_number) return "";
    return fmt::format("{} to {}", show_number(key.kind, key.least),
                       show_number(key.kind, key.most));
}

std::string describe_kind(KeyFacts const& key) {
    auto const least = show_number(key.kind, key.least);
    auto const most = show_number(key.kind, key.most);
    switch (key.kind) {
        case Kind::flag:
            return "true or false";
        case Kind::count:
            return fmt::format("a whole number from {} to {}", least, most);
        case Kind::size:
        case Kind::duration:
            return fmt::format("a {} from \"{}\" to \"{}\"{}",
                               key.kind == Kind::size ? "size" : "duration", least, most,
                               in_steps(key));
        case Kind::text:
            return fmt::format("printable text of {} to {} bytes", least, most);
        case Kind::choice:
            return fmt::format("one of \"{}\"", fmt::join(key.choices, "\", \""));
        case Kind::texts:
            return fmt::format("a list of {} to {} texts", least, most);
    }
    return {};
}

}  // namespace filegate::config
