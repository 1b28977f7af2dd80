// A flag:   provider ":" route ":" kind *( ":" key "=" value )
//           kind = "status" [ "=" number ] | "latency" | "reset_after_body" | "lost_answer"
//           key  = "rate" | "ms" (latency only)
// As JSON:  {"provider","route","kind","status","ms","rate"}; only kind is required.

#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t fault_json_bytes_max = 64 * 1024;
constexpr std::size_t fault_json_depth_max = 4;
constexpr std::size_t faults_max = 64;
constexpr std::size_t name_bytes_max = 64;
constexpr int status_min = 400;
constexpr int status_max = 599;
constexpr int latency_ms_max = 600'000;
constexpr std::array<std::string_view, 4> kind_names{"status", "latency", "reset_after_body",
                                                     "lost_answer"};
constexpr std::array<std::string_view, 6> route_names{"*",        "upload",  "list",
                                                      "retrieve", "content", "delete"};

// A number somewhere in a fault, before it is known whether it makes sense there.
struct RawFault {
    std::string provider = "*";
    std::string route = "*";
    std::string kind;
    std::optional<double> status;
    std::optional<double> ms;
    std::optional<double> rate;
};

auto refuse(std::string message) {
    return fail(ErrorCode::validation_failed, std::move(message));
}

// What a message may repeat of a stranger's text: not the whole of it.
std::string_view quoted(std::string_view text) {
    return text.substr(0, name_bytes_max);
}

Result<int> whole_number(std::string_view name, double value, int low, int high) {
    if (!(value >= low && value <= high) || value != static_cast<int>(value)) {
        return refuse(fmt::format("A fault's {} is a whole number from {} to {}, not {}.", name,
                                  low, high, value));
    }
    return static_cast<int>(value);
}

Result<void> set_numbers(RawFault const& raw, Fault& fault) {
    if (raw.status) {
        if (fault.kind != FaultKind::status) {
            return refuse("Only a fault of kind status takes a status.");
        }
        TRY(fault.status, whole_number("status", *raw.status, status_min, status_max));
    }
    if (raw.ms.has_value() != (fault.kind == FaultKind::latency)) {
        return refuse("A fault of kind latency needs ms, and no other kind takes it.");
    }
    if (raw.ms) {
        TRY(fault.ms, whole_number("ms", *raw.ms, 1, latency_ms_max));
    }
    if (raw.rate) {
        if (!(*raw.rate >= 0 && *raw.rate <= 1)) {
            return refuse(fmt::format("A fault's rate is from 0 to 1, not {}.", *raw.rate));
        }
        fault.rate = *raw.rate;
    }
    return {};
}

Result<Fault> check(RawFault const& raw) {
    auto const kind = std::ranges::find(kind_names, raw.kind);
    if (kind == kind_names.end()) {
        return refuse(fmt::format("A fault's kind is one of {}, not \"{}\".",
                                  fmt::join(kind_names, ", "), quoted(raw.kind)));
    }
    if (std::ranges::find(route_names, raw.route) == route_names.end()) {
        return refuse(fmt::format("A fault's route is one of {}, not \"{}\".",
                                  fmt::join(route_names, ", "), quoted(raw.route)));
    }
    if (raw.provider.empty() || raw.provider.size() > name_bytes_max) {
        return refuse(
            fmt::format("A fault's provider is a name of 1 to {} bytes, or *.", name_bytes_max));
    }
    Fault fault{.provider = raw.provider,
                .route = raw.route,
                .kind = static_cast<FaultKind>(kind - kind_names.begin())};
    TRY(set_numbers(raw, fault));
    return fault;
}

std::string_view take_word(std::string_view& rest) {
    auto const end = rest.find(':');
    auto const word = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return word;
}

std::optional<double>* number_named(RawFault& raw, std::string_view name) {
    if (name == "status") return &raw.status;
    if (name == "ms") return &raw.ms;
    if (name == "rate") return &raw.rate;
    return nullptr;
}

Result<void> set_number(RawFault& raw, std::string_view name, std::string_view text) {
    auto* const number = number_named(raw, name);
    if (number == nullptr) {
        return refuse(fmt::format("A fault takes status, ms and rate, not \"{}\".", quoted(name)));
    }
    double value = 0;
    auto const [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{} || end != text.data() + text.size()) {
        return refuse(fmt::format("A fault's {} is a number, not \"{}\".", name, quoted(text)));
    }
    if (number->has_value()) return refuse(fmt::format("A fault's {} is given twice.", name));
    *number = value;
    return {};
}

Result<void> set_member(RawFault& raw, std::string_view name, json::value const& value) {
    auto* const text = name == "provider" ? &raw.provider
                       : name == "route"  ? &raw.route
                       : name == "kind"   ? &raw.kind
                                          : nullptr;
    if (text != nullptr) {
        if (!value.is_string()) return refuse(fmt::format("A fault's {} is a string.", name));
        *text = std::string(value.get_string());
        return {};
    }
    auto* const number = number_named(raw, name);
    if (number == nullptr) {
        return refuse(fmt::format(
            "A fault has provider, route, kind, status, ms and rate, not \"{}\".", quoted(name)));
    }
    if (!value.is_number()) return refuse(fmt::format("A fault's {} is a number.", name));
    *number = value.to_number<double>();
    return {};
}

Result<Fault> parse_fault(json::value const& value) {
    auto const* const object = value.if_object();
    if (object == nullptr) return refuse("A fault is a JSON object.");
    RawFault raw;
    for (auto const& [name, member] : *object) {
        TRY(set_member(raw, name, member));
    }
    return check(raw);
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
        if (raw.kind != "status") {
            return refuse(fmt::format(
                "A fault reads PROVIDER:ROUTE:KIND, as in kimi:upload:status=503:rate=0.2; "
                "\"{}\" is no kind.",
                quoted(kind)));
        }
        TRY(set_number(raw, "status", kind.substr(equals + 1)));
    }
    while (!flag.empty()) {
        auto const setting = take_word(flag);
        auto const middle = std::min(setting.find('='), setting.size());
        TRY(set_number(raw, setting.substr(0, middle),
                       setting.substr(std::min(middle + 1, setting.size()))));
    }
    return check(raw);
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
    }
    return {};
}

std::string_view fault_kind_name(FaultKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

}  // namespace filegate::sandbox
