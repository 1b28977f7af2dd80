#include "cli/token_file.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

constexpr std::size_t token_bytes_max = 64 << 10;

}  // namespace

std::expected<Secret, std::string> token_for_server(std::string const& file,
                                                    std::string const& variable) {
    auto const place = file.empty() ? "FILEGATE_TOKEN" : "--token-file " + observe::printable(file);
    auto token = variable;
    if (!file.empty()) {
        std::ifstream stream(file, std::ios::binary);
        token.resize(token_bytes_max);
        stream.read(token.data(), static_cast<std::streamsize>(token.size()));
        token.resize(static_cast<std::size_t>(stream.gcount()));
        token.resize(std::min(token.find('\n'), token.size()));
        if (token.ends_with('\r')) token.pop_back();
        if (token.empty()) return std::unexpected(place + " cannot be read, or is empty");
    }
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; })) {
        return std::unexpected(place + " has blanks or characters that no token has");
    }
    return Secret(std::move(token));
}

}  // namespace filegate::cli
