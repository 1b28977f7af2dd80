// A flag:   provider [ "/" transport ] ":" route ":" kind [ "=" value ] *( ":" key "=" value )
//           value is what the kind is about: a status, a purpose or a time
//           key   = "status" | "type" | "code" | "purpose" | "ms" | "rate" | "from" | "until"
//           time  = number [ "ms" | "s" | "m" | "h" ], milliseconds without a unit; ms, from and
//                   until are times
// As JSON:  {"provider","transport","route","kind","status","type","code","purpose","ms","rate",
//           "from_ms","until_ms"}; only kind is required. Times are numbers of milliseconds.

#include "sandbox/faults.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sandbox/dialect.hpp"
#include "sandbox/raw_fault.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t fault_json_bytes_max = 64 * 1024;
constexpr std::size_t fault_json_depth_max = 4;
constexpr std::size_t faults_max = 64;
constexpr std::size_t quoted_bytes_max = 64;
constexpr std::int64_t day_ms = 86'400'000;

using Kind = FaultKind;

// In the order of FaultKind.
constexpr FaultKindRow kinds[] = {
    {.kind = Kind::status, .name = "status", .status = Takes::may, .words = Takes::may},
    {.kind = Kind::html, .name = "html", .status = Takes::may},
    {.kind = Kind::refuse_connection, .name = "refuse_connection"},
    {.kind = Kind::reset_before_body, .name = "reset_before_body"},
    {.kind = Kind::reset_during_body, .name = "reset_during_body"},
    {.kind = Kind::reset_after_body, .name = "reset_after_body"},
    {.kind = Kind::lost_answer, .name = "lost_answer"},
    {.kind = Kind::wrong_length, .name = "wrong_length"},
    {.kind = Kind::invalid_json, .name = "invalid_json"},
    {.kind = Kind::empty_answer, .name = "empty_answer"},
    {.kind = Kind::no_id, .name = "no_id", .is_of_uploads = true},
    {.kind = Kind::wrong_bytes, .name = "wrong_bytes", .is_of_uploads = true},
    {.kind = Kind::failed_status, .name = "failed_status", .is_of_uploads = true},
    {.kind = Kind::vanish,
     .name = "vanish",
     .ms = Takes::may,
     .ms_min = 0,
     .ms_max = 366 * day_ms,
     .is_of_uploads = true},
    {.kind = Kind::slow_accept, .name = "slow_accept", .ms = Takes::must},
    {.kind = Kind::slow_read, .name = "slow_read", .ms = Takes::must},
    {.kind = Kind::latency, .name = "latency", .ms = Takes::must},
    {.kind = Kind::drip, .name = "drip", .ms = Takes::must},
    {.kind = Kind::refuse_purpose,
     .name = "refuse_purpose",
     .purpose = Takes::must,
     .is_of_uploads = true},
    {.kind = Kind::clock_skew,
     .name = "clock_skew",
     .ms = Takes::must,
     .ms_min = -day_ms,
     .ms_max = day_ms},
};

static_assert([] {
    for (std::size_t i = 0; i < std::size(kinds); ++i)
        if (kinds[i].kind != static_cast<Kind>(i)) return false;
    return std::size(kinds) == static_cast<std::size_t>(Kind::clock_skew) + 1;
}());

enum class Form : std::uint8_t { text, number, time };

// A setting of a fault and its names; one that a flag gives by its place has no name there.
struct Setting {
    std::string_view json_name;
    std::string_view flag_name;
    Form form = Form::text;
    std::optional<std::string> RawFault::* text = nullptr;
    std::optional<double> RawFault::* number = nullptr;
};

constexpr Setting settings[] = {
    {.json_name = "provider", .flag_name = "", .text = &RawFault::provider},
    {.json_name = "transport", .flag_name = "", .text = &RawFault::transport},
    {.json_name = "route", .flag_name = "", .text = &RawFault::route},
    {.json_name = "kind", .flag_name = "", .text = &RawFault::kind},
    {.json_name = "type", .flag_name = "type", .text = &RawFault::type},
    {.json_name = "code", .flag_name = "code", .text = &RawFault::code},
    {.json_name = "purpose", .flag_name = "purpose", .text = &RawFault::purpose},
    {.json_name = "status",
     .flag_name = "status",
     .form = Form::number,
     .number = &RawFault::status},
    {.json_name = "rate", .flag_name = "rate", .form = Form::number, .number = &RawFault::rate},
    {.json_name = "ms", .flag_name = "ms", .form = Form::time, .number = &RawFault::ms},
    {.json_name = "from_ms", .flag_name = "from", .form = Form::time, .number = &RawFault::from_ms},
    {.json_name = "until_ms",
     .flag_name = "until",
     .form = Form::time,
     .number = &RawFault::until_ms},
};

auto refuse(std::string message) {
    return fail(ErrorCode::validation_failed, std::move(message));
}

// What a message may repeat of a stranger's text: not the whole of it.
std::string_view quoted(std::string_view text) {
    return text.substr(0, quoted_bytes_max);
}

Setting const* find_setting(std::string_view name, std::string_view Setting::* kind_of_name) {
    auto const found = std::ranges::find(settings, name, kind_of_name);
    return found == std::end(settings) || name.empty() ? nullptr : &*found;
}

std::string_view take_word(std::string_view& rest) {
    auto const end = rest.find(':');
    auto const word = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return word;
}

// The number in front of `text`, which it is taken off.
std::optional<double> take_number(std::string_view& text) {
    double value = 0;
    auto const [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<double> unit_ms(std::string_view unit) {
    if (unit.empty() || unit == "ms") return 1;
    if (unit == "s") return 1'000;
    if (unit == "m") return 60'000;
    if (unit == "h") return 3'600'000;
    return std::nullopt;
}

Result<void> set_from_flag(RawFault& raw, Setting const& setting, std::string_view text) {
    auto const name = setting.flag_name;
    if (setting.text != nullptr) {
        auto& place = raw.*setting.text;
        if (place) return refuse(fmt::format("A fault's {} is given twice.", name));
        place = std::string(text);
        return {};
    }
    auto rest = text;
    auto const number = take_number(rest);
    auto const unit = setting.form == Form::time ? unit_ms(rest)
                      : rest.empty()             ? std::optional(1.0)
                                                 : std::nullopt;
    if (!number || !unit) {
        return refuse(fmt::format(
            "A fault's {} is a number{}, not \"{}\".", name,
            setting.form == Form::time ? " of milliseconds or a time such as 10s, 5m or 1h" : "",
            quoted(text)));
    }
    auto& place = raw.*setting.number;
    if (place) return refuse(fmt::format("A fault's {} is given twice.", name));
    // A fraction of a second is a whole number of milliseconds that binary fractions may miss.
    place = *unit == 1 ? *number : std::round(*number * *unit);
    return {};
}

// KIND=VALUE gives what the kind is about.
Result<void> set_kind_value(RawFault& raw, std::string_view kind, std::string_view value) {
    auto const row = std::ranges::find(kinds, kind, &FaultKindRow::name);
    if (row == std::end(kinds)) return {};  // said with the kind itself
    auto const* const name = row->status != Takes::no    ? "status"
                             : row->purpose != Takes::no ? "purpose"
                             : row->ms != Takes::no      ? "ms"
                                                         : "";
    auto const* const setting = find_setting(name, &Setting::flag_name);
    if (setting == nullptr) {
        return refuse(fmt::format("A fault of kind {} takes no value, not \"{}\".", row->name,
                                  quoted(value)));
    }
    return set_from_flag(raw, *setting, value);
}

Result<void> set_member(RawFault& raw, std::string_view name, json::value const& value) {
    auto const* const setting = find_setting(name, &Setting::json_name);
    if (setting == nullptr) {
        std::vector<std::string_view> names;
        for (auto const& known : settings)
            names.push_back(known.json_name);
        return refuse(
            fmt::format("A fault has {}, not \"{}\".", fmt::join(names, ", "), quoted(name)));
    }
    if (setting->text != nullptr) {
        if (!value.is_string()) return refuse(fmt::format("A fault's {} is a string.", name));
        raw.*setting->text = std::string(value.get_string());
        return {};
    }
    if (!value.is_number()) return refuse(fmt::format("A fault's {} is a number.", name));
    raw.*setting->number = value.to_number<double>();
    return {};
}

Result<Fault> parse_fault(json::value const& value) {
    auto const* const object = value.if_object();
    if (object == nullptr) return refuse("A fault is a JSON object.");
    RawFault raw;
    for (auto const& [name, member] : *object) {
        TRY(set_member(raw, name, member));
    }
    return check_fault(raw);
}

// The dialect of a provider that this program knows by itself.
Dialect const* dialect_named(std::string_view provider, contracts::IdShape& shape) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() != provider) continue;
        shape = contract.id_shape;
        return &dialect_of(contract.id_shape);
    }
    return nullptr;
}

std::string words_of(Dialect const& dialect, int status) {
    std::vector<std::string> words;
    for (auto const& row : dialect.faults) {
        if (row.status != status) continue;
        words.push_back(fmt::format("{}{}{}", row.type,
                                    row.type.empty() || row.code.empty() ? "" : " with code ",
                                    row.code));
    }
    return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

Result<void> check_words(Fault const& fault) {
    auto shape = contracts::IdShape::openai;
    auto const* const dialect = dialect_named(fault.provider, shape);
    if (dialect == nullptr) return {};
    if (fault.transport == Transport::native && shape != contracts::IdShape::glm) {
        return refuse(fmt::format("There is no transport native at {}; there are openai and plain.",
                                  fault.provider));
    }
    FaultWords const words{.status = fault.status, .type = fault.type, .code = fault.code};
    auto const is_asked_for = !fault.type.empty() || !fault.code.empty();
    if (is_asked_for && dialect->find_fault(words) == nullptr) {
        return refuse(fmt::format("{} has no such error with status {}: {}{}{}. It has {}.",
                                  fault.provider, fault.status, fault.type,
                                  fault.type.empty() || fault.code.empty() ? "" : ", ", fault.code,
                                  words_of(*dialect, fault.status)));
    }
    return {};
}

}  // namespace

Result<Fault> parse_fault_flag(std::string_view flag) {
    RawFault raw;
    raw.provider = take_word(flag);
    raw.route = take_word(flag);
    auto const kind = take_word(flag);
    auto const equals = kind.find('=');
    raw.kind = kind.substr(0, equals);
    if (equals != std::string_view::npos) {
        TRY(set_kind_value(raw, *raw.kind, kind.substr(equals + 1)));
    }
    while (!flag.empty()) {
        auto const word = take_word(flag);
        auto const middle = std::min(word.find('='), word.size());
        auto const* const setting = find_setting(word.substr(0, middle), &Setting::flag_name);
        if (setting == nullptr) {
            return refuse(
                fmt::format("A fault reads PROVIDER[/TRANSPORT]:ROUTE:KIND[=VALUE], then status, "
                            "type, code, purpose, ms, rate, from and until, not \"{}\".",
                            quoted(word.substr(0, middle))));
        }
        TRY(set_from_flag(raw, *setting, word.substr(std::min(middle + 1, word.size()))));
    }
    return check_fault(raw);
}

Result<std::vector<Fault>> parse_fault_list(std::string_view text) {
    if (text.size() > fault_json_bytes_max) {
        return refuse(fmt::format("A list of faults has up to {} bytes, not {}.",
                                  fault_json_bytes_max, text.size()));
    }
    json::parse_options options;
    options.max_depth = fault_json_depth_max;
    boost::system::error_code trouble;
    auto const value =
        json::parse(json::string_view(text.data(), text.size()), trouble, {}, options);
    if (trouble) {
        return refuse(fmt::format("A list of faults is JSON: {}.", trouble.message()));
    }
    std::vector<Fault> faults;
    if (auto const* const list = value.if_array()) {
        if (list->size() > faults_max) {
            return refuse(
                fmt::format("Up to {} faults at once, not {}.", faults_max, list->size()));
        }
        for (auto const& item : *list) {
            TRY(auto fault, parse_fault(item));
            faults.push_back(std::move(fault));
        }
    } else {
        TRY(auto fault, parse_fault(value));
        faults.push_back(std::move(fault));
    }
    return faults;
}

Result<void> check_fault_providers(std::span<Fault const> faults,
                                   std::span<std::string const> providers) {
    for (auto const& fault : faults) {
        if (fault.provider != "*" &&
            std::ranges::find(providers, fault.provider) == providers.end()) {
            return refuse(fmt::format("No provider \"{}\" is imitated here; there are {} and *.",
                                      quoted(fault.provider), fmt::join(providers, ", ")));
        }
        TRY(check_words(fault));
    }
    return {};
}

std::span<FaultKindRow const> fault_kinds() {
    return kinds;
}

FaultKindRow const& fault_kind(FaultKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

}  // namespace filegate::sandbox
