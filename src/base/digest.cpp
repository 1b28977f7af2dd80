#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace filegate {
namespace {

std::optional<std::uint8_t> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::string Sha256Digest::hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (auto const byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::optional<Sha256Digest> Sha256Digest::from_hex(std::string_view hex) {
    if (hex.size() != 64) return std::nullopt;
    Sha256Digest digest;
    for (std::size_t i = 0; i < 32; ++i) {
        auto const high = hex_value(hex[2 * i]);
        auto const low = hex_value(hex[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        digest.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return digest;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    static EVP_MD const* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    FG_CHECK(context_ && algorithm && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1,
             "OpenSSL provides SHA-256");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<std::byte const> bytes) {
    FG_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
             "hashing memory does not fail");
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest;
    FG_CHECK(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr) == 1,
             "a hash is finished once");
    return digest;
}

Sha256Digest sha256(std::string_view text) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(text)));
    return hash.finish();
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view text) {
    Sha256Digest digest;
    unsigned int bytes = 0;
    auto const* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  reinterpret_cast<unsigned char const*>(text.data()), text.size(),
                                  digest.bytes.data(), &bytes);
    FG_CHECK(made != nullptr && bytes == digest.bytes.size(), "OpenSSL provides HMAC-SHA-256");
    return digest;
}

}  // namespace filegate
