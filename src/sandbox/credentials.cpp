#include "sandbox/credentials.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::string_view scheme = "bearer ";
constexpr std::size_t token_depth_max = 4;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view bearer_key(net::Headers const& headers) {
    auto const value = headers.find("Authorization").value_or("");
    if (!std::ranges::equal(value.substr(0, scheme.size()), scheme, {}, lower)) return {};
    auto const start = value.find_first_not_of(' ', scheme.size());
    if (start == std::string_view::npos) return {};
    return value.substr(start, value.find_last_not_of(' ') + 1 - start);
}

std::optional<std::string> decode_base64url(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (char const letter : text) {
        auto const value = alphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xff);
        }
    }
    return bytes;
}

// The payload of a signed token, when `key` has three parts and the second is a JSON object.
std::optional<json::object> token_payload(std::string_view key) {
    if (std::ranges::count(key, '.') != 2) return std::nullopt;
    auto const first = key.find('.');
    auto const payload = decode_base64url(key.substr(first + 1, key.rfind('.') - first - 1));
    if (!payload) return std::nullopt;
    json::parse_options options;
    options.max_depth = token_depth_max;
    boost::system::error_code trouble;
    auto const value = json::parse(*payload, trouble, {}, options);
    if (trouble || !value.is_object()) return std::nullopt;
    return value.get_object();
}

std::optional<Complaint> check_key(std::string_view key) {
    if (key.starts_with("bad")) return Complaint{.trouble = Trouble::bad_key};
    if (key.starts_with("exhausted")) return Complaint{.trouble = Trouble::account_exhausted};
    return std::nullopt;
}

std::optional<Complaint> check_token(json::object const& payload, WallTime now) {
    auto const* const expires_at = payload.if_contains("exp");
    if (expires_at != nullptr && expires_at->is_number() &&
        expires_at->to_number<double>() <= static_cast<double>(now.time_since_epoch().count())) {
        return Complaint{.trouble = Trouble::expired_token};
    }
    auto const* const key = payload.if_contains("api_key");
    if (key == nullptr || !key->is_string()) return Complaint{.trouble = Trouble::bad_key};
    return check_key(key->get_string());
}

}  // namespace

std::optional<Complaint> check_credentials(net::Headers const& headers, contracts::IdShape shape,
                                           WallTime now) {
    auto const key = bearer_key(headers);
    if (key.empty()) return Complaint{.trouble = Trouble::no_authorization};
    if (shape == contracts::IdShape::glm) {
        if (auto const payload = token_payload(key)) return check_token(*payload, now);
    }
    return check_key(key);
}

}  // namespace filegate::sandbox
