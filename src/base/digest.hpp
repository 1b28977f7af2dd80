#pragma once
// SHA-256: the name of a blob, and the hasher that makes it (OpenSSL EVP, SHA-NI where present).

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace filegate {

struct Sha256Digest {
    std::array<std::uint8_t, 32> bytes{};

    std::string hex() const;                                            // 64 lower-case characters
    static std::optional<Sha256Digest> from_hex(std::string_view hex);  // either case
    friend auto operator<=>(Sha256Digest const&, Sha256Digest const&) = default;
};

// One running hash. Not thread-safe; may move between threads between calls.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<std::byte const> bytes);
    Sha256Digest finish();  // once

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Sha256Digest sha256(std::string_view text);
Sha256Digest hmac_sha256(std::string_view key, std::string_view text);  // RFC 2104

}  // namespace filegate

template <>
struct std::hash<filegate::Sha256Digest> {
    std::size_t operator()(filegate::Sha256Digest const& digest) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i)
            value = value << 8 | digest.bytes[i];
        return value;
    }
};
