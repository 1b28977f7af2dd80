#include "ingest/file_extension.hpp"

#include <algorithm>

namespace filegate::ingest {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::string_view without_trailing(std::string_view name) {
    auto const last = name.find_last_not_of(". \t\r\n");
    return last == name.npos ? std::string_view() : name.substr(0, last + 1);
}

std::string extension_of_part(std::string_view name) {
    name = without_trailing(name);
    auto const dot = name.rfind('.');
    // The dot of ".env" begins a name, not an extension.
    if (dot == name.npos || dot == 0) return {};
    return lower_case(name.substr(dot + 1));
}

bool is_among(std::string_view extension, std::span<std::string const> blocked) {
    return std::ranges::any_of(blocked, [&](std::string_view one) {
        one.remove_prefix(one.starts_with('.') ? 1 : 0);
        return lower_case(one) == extension;
    });
}

}  // namespace

std::string extension_of(std::string_view filename) {
    auto const colon = filename.find(':');
    // "12:30.txt" is no stream: what has no extension before the colon has it behind.
    auto extension = extension_of_part(filename.substr(0, colon));
    return extension.empty() ? extension_of_part(filename) : extension;
}

std::string blocked_extension_of(std::string_view filename, std::span<std::string const> blocked) {
    // Whole names like ".sh" too: a shell would run them as well as any.
    for (auto part = filename;;) {
        auto const colon = part.find(':');
        auto const name = without_trailing(part.substr(0, colon));
        auto const dot = name.rfind('.');
        auto extension = dot == name.npos ? std::string() : lower_case(name.substr(dot + 1));
        if (!extension.empty() && is_among(extension, blocked)) return extension;
        if (colon == part.npos) return {};
        part.remove_prefix(colon + 1);
    }
}

}  // namespace filegate::ingest
