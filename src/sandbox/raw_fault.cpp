#include "sandbox/raw_fault.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace filegate::sandbox {

namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr int status_min = 400;
constexpr int status_max = 599;
constexpr int html_status_usual = 504;
constexpr std::int64_t schedule_ms_max = std::int64_t{366} * 86'400'000;
constexpr std::array<std::string_view, 6> route_names{"*",        "upload",  "list",
                                                      "retrieve", "content", "delete"};

auto refuse(std::string message) {
    return fail(ErrorCode::validation_failed, std::move(message));
}

// What a message may repeat of a stranger's text: not the whole of it.
std::string_view quoted(std::string_view text) {
    return text.substr(0, name_bytes_max);
}

Result<std::int64_t> whole_number(std::string_view name, double value, std::int64_t low,
                                  std::int64_t high) {
    auto const is_within = value >= static_cast<double>(low) && value <= static_cast<double>(high);
    if (!is_within || value != static_cast<double>(static_cast<std::int64_t>(value))) {
        return refuse(fmt::format("A fault's {} is a whole number from {} to {}, not {}.", name,
                                  low, high, value));
    }
    return static_cast<std::int64_t>(value);
}

// A word of a provider's. It is told again in JSON and in messages, so it is printable.
Result<std::string> word(std::string_view name, std::string const& text) {
    auto const is_printable = [](char letter) { return letter > ' ' && letter < 0x7f; };
    if (text.empty() || text.size() > name_bytes_max || !std::ranges::all_of(text, is_printable)) {
        return refuse(fmt::format("A fault's {} is a word of 1 to {} printable ASCII characters.",
                                  name, name_bytes_max));
    }
    return text;
}

Result<void> check_given(FaultKindRow const& kind, std::string_view name, Takes takes,
                         bool is_given) {
    if (is_given && takes == Takes::no) {
        return refuse(fmt::format("A fault of kind {} takes no {}.", kind.name, name));
    }
    if (!is_given && takes == Takes::must) {
        return refuse(fmt::format("A fault of kind {} needs {}.", kind.name, name));
    }
    return {};
}

Result<FaultKindRow const*> find_kind(std::string_view name) {
    auto const kinds = fault_kinds();
    auto const kind = std::ranges::find(kinds, name, &FaultKindRow::name);
    if (kind != kinds.end()) return &*kind;
    std::vector<std::string_view> names;
    for (auto const& row : kinds)
        names.push_back(row.name);
    return refuse(fmt::format("A fault's kind is one of {}, not \"{}\".", fmt::join(names, ", "),
                              quoted(name)));
}

Result<void> set_provider(RawFault const& raw, Fault& fault) {
    std::string_view provider = fault.provider;
    auto transport = raw.transport;
    if (raw.provider) {
        auto const slash = raw.provider->find('/');
        provider = std::string_view(*raw.provider).substr(0, slash);
        if (slash != std::string::npos) {
            if (transport) return refuse("A fault's transport is given twice.");
            transport = raw.provider->substr(slash + 1);
        }
    }
    if (provider.empty() || provider.size() > name_bytes_max) {
        return refuse(
            fmt::format("A fault's provider is a name of 1 to {} bytes, or *.", name_bytes_max));
    }
    fault.provider = std::string(provider);
    if (!transport || *transport == "*") return {};
    auto const found = std::ranges::find(transport_names, *transport);
    if (found == transport_names.end()) {
        return refuse(fmt::format("A fault's transport is one of *, {}, not \"{}\".",
                                  fmt::join(transport_names, ", "), quoted(*transport)));
    }
    fault.transport = static_cast<Transport>(found - transport_names.begin());
    return {};
}

Result<void> set_route(RawFault const& raw, FaultKindRow const& kind, Fault& fault) {
    fault.route = raw.route.value_or("*");
    if (std::ranges::find(route_names, fault.route) == route_names.end()) {
        return refuse(fmt::format("A fault's route is one of {}, not \"{}\".",
                                  fmt::join(route_names, ", "), quoted(fault.route)));
    }
    if (kind.is_of_uploads && fault.route != "*" && fault.route != "upload") {
        return refuse(
            fmt::format("A fault of kind {} strikes uploads; its route is upload or *, "
                        "not {}.",
                        kind.name, fault.route));
    }
    return {};
}

Result<void> set_words(RawFault const& raw, FaultKindRow const& kind, Fault& fault) {
    TRY(check_given(kind, "type", kind.words, raw.type.has_value()));
    TRY(check_given(kind, "code", kind.words, raw.code.has_value()));
    TRY(check_given(kind, "purpose", kind.purpose, raw.purpose.has_value()));
    if (raw.type) {
        TRY(fault.type, word("type", *raw.type));
    }
    if (raw.code) {
        TRY(fault.code, word("code", *raw.code));
    }
    if (raw.purpose) {
        TRY(fault.purpose, word("purpose", *raw.purpose));
    }
    if ((raw.type || raw.code) && fault.provider == "*") {
        return refuse("A type or code is one provider's own; name the provider.");
    }
    return {};
}

Result<void> set_numbers(RawFault const& raw, FaultKindRow const& kind, Fault& fault) {
    TRY(check_given(kind, "status", kind.status, raw.status.has_value()));
    TRY(check_given(kind, "ms", kind.ms, raw.ms.has_value()));
    if (kind.kind == FaultKind::html) fault.status = html_status_usual;
    if (raw.status) {
        TRY(auto const status, whole_number("status", *raw.status, status_min, status_max));
        fault.status = static_cast<int>(status);
    }
    if (raw.ms) {
        TRY(auto const ms, whole_number("ms", *raw.ms, kind.ms_min, kind.ms_max));
        fault.ms = milliseconds(ms);
    }
    if (raw.rate) {
        if (!(*raw.rate >= 0 && *raw.rate <= 1)) {
            return refuse(fmt::format("A fault's rate is from 0 to 1, not {}.", *raw.rate));
        }
        fault.rate = *raw.rate;
    }
    return {};
}

Result<void> set_schedule(RawFault const& raw, Fault& fault) {
    if (raw.from_ms) {
        TRY(auto const from, whole_number("from_ms", *raw.from_ms, 0, schedule_ms_max));
        fault.from = milliseconds(from);
    }
    if (raw.until_ms) {
        TRY(auto const until, whole_number("until_ms", *raw.until_ms, 0, schedule_ms_max));
        if (milliseconds(until) <= fault.from) {
            return refuse(
                fmt::format("A fault ends after it begins; from {} ms until {} ms it "
                            "never strikes.",
                            fault.from.count(), until));
        }
        fault.until = milliseconds(until);
    }
    return {};
}

}  // namespace

Result<Fault> check_fault(RawFault const& raw) {
    TRY(auto const* const kind, find_kind(raw.kind.value_or("")));
    Fault fault{.kind = kind->kind};
    TRY(set_provider(raw, fault));
    TRY(set_route(raw, *kind, fault));
    TRY(set_words(raw, *kind, fault));
    TRY(set_numbers(raw, *kind, fault));
    TRY(set_schedule(raw, fault));
    return fault;
}

}  // namespace filegate::sandbox
