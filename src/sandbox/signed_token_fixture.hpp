#pragma once
// For tests: makes the tokens that GLM's own clients make, and wrong ones.

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.hpp"

namespace filegate::sandbox {

inline std::string base64url(std::string_view bytes) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::uint32_t bits = 0;
    int count = 0;
    for (char const byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6)
            text += alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0) text += alphabet[bits << (6 - count) & 63];
    return text;
}

inline constexpr std::string_view token_header = R"({"alg":"HS256","sign_type":"SIGN"})";

inline std::string signed_token(std::string_view header, std::string_view payload,
                                std::string_view secret) {
    auto const text = base64url(header) + "." + base64url(payload);
    std::string signature(32, '\0');
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<unsigned char const*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(signature.data()), nullptr);
    return text + "." + base64url(signature);
}

// As the SDK makes it at that time: good for 210 s.
inline std::string sdk_token(std::string_view id, std::string_view secret, WallTime now) {
    auto const ms = now.time_since_epoch().count();
    auto const payload =
        fmt::format(R"({{"api_key":"{}","exp":{},"timestamp":{}}})", id, ms + 210'000, ms);
    return signed_token(token_header, payload, secret);
}

}  // namespace filegate::sandbox
