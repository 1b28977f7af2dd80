#pragma once
// A key that signs or checks tokens (RFC 7515, 7517). It belongs to one algorithm from the moment
// it is made, so no token can choose how it is checked. cjose does the cryptography and stays in
// the .cpp; why it and not another library: docs/adr/0008.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/json_object.hpp"
#include "base/secret.hpp"

namespace filegate::access {

enum class Algorithm : std::uint8_t { hs256, rs256, es256 };

std::string_view word(Algorithm algorithm);  // HS256
std::optional<Algorithm> algorithm_named(std::string_view word);

inline constexpr std::size_t key_id_bytes_max = 128;

// Immutable; any thread, also several at once.
class SigningKey {
public:
    // HS256. An empty `id`: a key without one. The secret is not empty.
    static SigningKey of_secret(std::string id, Secret const& secret);
    // RS256 or ES256. The error says why this key is not used, without quoting it.
    static std::expected<SigningKey, std::string> of_jwk(JsonObject const& jwk);

    std::string const& id() const { return id_; }
    Algorithm algorithm() const { return algorithm_; }

    // The signed bytes of a compact token that names this key's algorithm; none: not signed by it.
    std::optional<std::string> verify(std::string_view token) const;
    // A compact token; the header names algorithm, type and the key's id. Needs a private key.
    std::optional<std::string> sign(std::string_view payload) const;

private:
    struct Release {
        void operator()(void* key) const;
    };
    using Handle = std::unique_ptr<void, Release>;  // cjose's, whose type stays in the .cpp
    SigningKey(std::string id, Algorithm algorithm, Handle handle)
        : id_(std::move(id)), algorithm_(algorithm), handle_(std::move(handle)) {}

    std::string id_;
    Algorithm algorithm_;
    Handle handle_;
};

}  // namespace filegate::access
