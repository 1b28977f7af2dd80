#include "contracts/contract.hpp"

namespace filegate::contracts {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view lower_case_end) {
    if (text.size() < lower_case_end.size()) return false;
    auto const end = text.substr(text.size() - lower_case_end.size());
    return std::ranges::equal(end, lower_case_end, {}, lower);
}

}  // namespace

std::string_view name_of(Transport transport) {
    switch (transport) {
        case Transport::native:
            return "native";
        case Transport::openai:
            return "openai";
        case Transport::plain:
            return "plain";
    }
    return "unknown";
}

std::string_view name_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::refused_file:
            return "refused_file";
        case FailureKind::refused_purpose:
            return "refused_purpose";
        case FailureKind::authentication:
            return "authentication";
        case FailureKind::account_exhausted:
            return "account_exhausted";
        case FailureKind::rate:
            return "rate";
        case FailureKind::server:
            return "server";
        case FailureKind::network:
            return "network";
        case FailureKind::ambiguous:
            return "ambiguous";
        case FailureKind::not_found:
            return "not_found";
    }
    return "unknown";
}

bool Formats::takes(std::string_view file_name, std::string_view mime_type) const {
    if (extensions.empty() && mime_prefixes.empty()) return true;
    auto const is_extension = [&](std::string const& extension) {
        return ends_with_ignoring_case(file_name, extension);
    };
    auto const is_type = [&](std::string const& prefix) { return mime_type.starts_with(prefix); };
    return std::ranges::any_of(extensions, is_extension) ||
           std::ranges::any_of(mime_prefixes, is_type);
}

std::optional<std::uint64_t> WirePurposeRule::bytes_max_of(std::string_view mime_type) const {
    return mime_type.starts_with("image/") && image_bytes_max ? image_bytes_max : bytes_max;
}

WirePurposeRule const* Contract::find_wire(WirePurpose const& word) const {
    auto const found = std::ranges::find(wire_purposes, word, &WirePurposeRule::word);
    return found == wire_purposes.end() ? nullptr : &*found;
}

}  // namespace filegate::contracts
