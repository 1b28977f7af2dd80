// token     = part "." part "." part, each base64url without padding (RFC 4648 section 5)
// header    = {"alg":"HS256","sign_type":"SIGN"[,"typ":"JWT"]}
// payload   = {"api_key":id,"exp":milliseconds,"timestamp":milliseconds}
// signature = HMAC-SHA-256 of the first two parts and their dot, by the key's secret

#include "sandbox/signed_token.hpp"

#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::size_t token_bytes_max = 8 * 1024;
constexpr std::size_t token_depth_max = 4;
// The year 1973 in milliseconds, the year 5138 in seconds: what is less was meant as seconds.
constexpr std::int64_t milliseconds_min = 100'000'000'000;
constexpr std::int64_t milliseconds_max = 100'000'000'000'000;

std::optional<std::string> decode_base64url(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
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
    // What is left over is less than a letter, and zero: each text has one spelling.
    if (count >= 6 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::optional<json::object> decode_object(std::string_view part) {
    auto const text = decode_base64url(part);
    if (!text) return std::nullopt;
    json::parse_options options;
    options.max_depth = token_depth_max;
    boost::system::error_code trouble;
    auto value = json::parse(*text, trouble, {}, options);
    if (trouble || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

bool is_text(json::object const& object, std::string_view name, std::string_view text) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_string() && value->get_string() == text;
}

std::optional<std::int64_t> whole_number(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code trouble;
    auto const number = value->to_number<std::int64_t>(trouble);
    if (trouble || number < 0 || number > milliseconds_max) return std::nullopt;
    return number;
}

}  // namespace

bool has_token_shape(std::string_view key) {
    return std::ranges::count(key, '.') == 2;
}

std::optional<SignedToken> read_signed_token(std::string_view key) {
    if (key.size() > token_bytes_max || !has_token_shape(key)) return std::nullopt;
    auto const first = key.find('.');
    auto const second = key.rfind('.');
    auto const header = decode_object(key.substr(0, first));
    auto const payload = decode_object(key.substr(first + 1, second - first - 1));
    auto const signature = decode_base64url(key.substr(second + 1));
    SignedToken token{.signed_text = std::string(key.substr(0, second))};
    if (!header || !payload || !signature || signature->size() != token.signature.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*signature, token.signature.begin());
    if (!is_text(*header, "alg", "HS256") || !is_text(*header, "sign_type", "SIGN")) {
        return std::nullopt;
    }
    auto const* const id = payload->if_contains("api_key");
    auto const expires_at = whole_number(*payload, "exp");
    auto const issued_at = whole_number(*payload, "timestamp");
    if (id == nullptr || !id->is_string() || id->get_string().empty()) return std::nullopt;
    if (!expires_at || !issued_at || *issued_at < milliseconds_min) return std::nullopt;
    token.key_id = std::string(id->get_string());
    token.issued_at = WallTime(milliseconds(*issued_at));
    token.expires_at = WallTime(milliseconds(*expires_at));
    return token;
}

bool is_signed_with(SignedToken const& token, std::string_view secret) {
    std::array<unsigned char, 32> expected{};
    unsigned length = 0;
    auto const* const made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                  reinterpret_cast<unsigned char const*>(token.signed_text.data()),
                                  token.signed_text.size(), expected.data(), &length);
    FG_CHECK(made != nullptr && length == expected.size(), "OpenSSL makes an HMAC");
    return CRYPTO_memcmp(expected.data(), token.signature.data(), expected.size()) == 0;
}

}  // namespace filegate::sandbox
