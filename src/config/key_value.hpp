#pragma once
// What a key may hold, and the way from what was written to a checked value and back.

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace filegate::config {

enum class Kind : std::uint8_t { text, flag, count, size, duration, choice, texts };

// A checked value: flag; count, size in bytes or duration in milliseconds; text or choice; texts.
using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// Everything about a key but where its value goes.
struct KeyFacts {
    std::string_view name;  // server.port
    Kind kind = Kind::text;
    std::int64_t least = 0;  // of the number; of a text's bytes; of a list's items
    std::int64_t most = 0;
    std::string_view doc;  // one line
    std::span<std::string_view const> choices;
    std::int64_t step = 1;  // a number is a multiple of this
};

// A value as written. The text of an environment variable or a flag stands for any kind.
struct Loose {
    std::string text;
    std::string_view unit;  // which the text ends with, though it was not written
};
struct Unusable {  // a date, a number with a fraction, a list of lists
    std::string what;
};
using Written =
    std::variant<bool, std::int64_t, std::string, std::vector<std::string>, Loose, Unusable>;

// The error says what the value must be and what it is.
std::expected<Value, std::string> check_value(KeyFacts const& key, Written const& written);

// As TOML has it: "512MiB", 8787, ["kimi", "glm"].
std::string show_value(KeyFacts const& key, Value const& value);

// "0 to 65535", "text, json"; empty for other kinds.
std::string describe_bounds(KeyFacts const& key);

// "a whole number from 0 to 65535": for messages and docs.
std::string describe_kind(KeyFacts const& key);

}  // namespace filegate::config
