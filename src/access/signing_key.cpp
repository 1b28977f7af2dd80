#include "access/signing_key.hpp"

#include <algorithm>
#include <array>
#include <cjose/cjose.h>

#include <fmt/format.h>

#include "base/base64url.hpp"
#include "base/check.hpp"

namespace filegate::access {
namespace {

constexpr std::array<std::string_view, 3> words{"HS256", "RS256", "ES256"};

// Shorter ones can be factored; longer ones make every check of a stranger's token slow.
constexpr std::size_t rsa_bits_min = 2048;
constexpr std::size_t rsa_bits_max = 4096;
constexpr std::size_t rsa_exponent_letters_max = 6;  // four bytes; a huge one makes checks slow

struct ReleaseJws {
    void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jws = std::unique_ptr<cjose_jws_t, ReleaseJws>;

struct ReleaseHeader {
    void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};
using Header = std::unique_ptr<cjose_header_t, ReleaseHeader>;

// Three parts of proper base64url: cjose stops the process over some that are not.
bool is_compact(std::string_view token) {
    auto const is_part = [](std::string_view text) {
        return !text.empty() && from_base64url(text).has_value();
    };
    auto const first = token.find('.');
    auto const second = token.rfind('.');
    return first != token.npos && first < second && is_part(token.substr(0, first)) &&
           is_part(token.substr(first + 1, second - first - 1)) &&
           is_part(token.substr(second + 1));
}

bool is_for_checking(JsonObject const& jwk) {
    if (jwk.has("use")) return jwk.text("use") == "sig";
    if (!jwk.has("key_ops")) return true;
    auto const operations = jwk.texts("key_ops");
    return operations && std::ranges::find(*operations, "verify") != operations->end();
}

std::optional<Algorithm> algorithm_of(JsonObject const& jwk) {
    auto const type = jwk.text("kty");
    if (type == "RSA") return Algorithm::rs256;
    if (type == "EC" && jwk.text("crv") == "P-256") return Algorithm::es256;
    return std::nullopt;  // symmetric keys do not belong into a public set
}

// With 1 a signature is the text itself, which everybody can write; with an even one it is nothing.
bool hides_something(std::string_view exponent) {
    auto const is_odd = (static_cast<unsigned char>(exponent.back()) & 1U) != 0;
    auto const is_small = exponent.find_first_not_of('\0') == exponent.size() - 1;
    return is_odd && !(is_small && exponent.back() == '\1');
}

std::optional<std::string> rsa_fault(JsonObject const& jwk) {
    auto const letters = jwk.text("e").value_or("");
    auto const exponent = from_base64url(letters);
    auto const modulus = from_base64url(jwk.text("n").value_or(""));
    if (!modulus || !exponent || exponent->empty()) return "its numbers are not base64url";
    if (letters.size() > rsa_exponent_letters_max) return "its exponent is too large";
    if (!hides_something(*exponent)) return "its exponent is none of a key";
    auto const start = std::min(modulus->find_first_not_of('\0'), modulus->size());
    auto const bits = (modulus->size() - start) * 8;
    if (bits >= rsa_bits_min && bits <= rsa_bits_max) return std::nullopt;
    return fmt::format("it has {} bits, and {} to {} are taken", bits, rsa_bits_min, rsa_bits_max);
}

// The set is public: what a private key has besides is left alone.
std::string public_part(JsonObject const& jwk, Algorithm algorithm) {
    auto const part = [&](char const* name) { return jwk.text(name).value_or(""); };
    auto const is_plain = [](std::string const& text) {
        return !text.empty() && from_base64url(text).has_value();
    };
    if (algorithm == Algorithm::rs256) {
        return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", part("n"), part("e"));
    }
    if (!is_plain(part("x")) || !is_plain(part("y"))) return "";
    return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}})", part("x"), part("y"));
}

}  // namespace

std::string_view word(Algorithm algorithm) {
    return words.at(static_cast<std::size_t>(algorithm));
}

std::optional<Algorithm> algorithm_named(std::string_view word) {
    auto const found = std::ranges::find(words, word);
    if (found == words.end()) return std::nullopt;
    return static_cast<Algorithm>(found - words.begin());
}

void SigningKey::Release::operator()(void* key) const {
    cjose_jwk_release(static_cast<cjose_jwk_t*>(key));
}

SigningKey SigningKey::of_secret(std::string id, Secret const& secret) {
    auto const& text = secret.reveal();
    Handle handle(cjose_jwk_create_oct_spec(reinterpret_cast<std::uint8_t const*>(text.data()),
                                            text.size(), nullptr));
    FG_CHECK(handle != nullptr, "a secret that is not empty makes a key");
    return {std::move(id), Algorithm::hs256, std::move(handle)};
}

std::expected<SigningKey, std::string> SigningKey::of_jwk(JsonObject const& jwk) {
    auto const id = jwk.has("kid") ? jwk.text("kid") : std::string();
    if (!id || id->size() > key_id_bytes_max) return std::unexpected("its kid is unusable");
    auto const algorithm = algorithm_of(jwk);
    if (!algorithm) return std::unexpected("it is neither an RSA key nor one on P-256");
    if (jwk.has("alg") && jwk.text("alg") != word(*algorithm)) {
        return std::unexpected(
            fmt::format("it is for another algorithm than {}", word(*algorithm)));
    }
    if (!is_for_checking(jwk)) return std::unexpected("it is not for checking signatures");
    if (*algorithm == Algorithm::rs256) {
        if (auto const fault = rsa_fault(jwk)) return std::unexpected(*fault);
    }
    auto const text = public_part(jwk, *algorithm);
    Handle handle(cjose_jwk_import(text.data(), text.size(), nullptr));
    if (!handle) return std::unexpected("its numbers make no key");
    return SigningKey(*id, *algorithm, std::move(handle));
}

std::optional<std::string> SigningKey::verify(std::string_view token) const {
    if (!is_compact(token)) return std::nullopt;
    Jws const jws(cjose_jws_import(token.data(), token.size(), nullptr));
    if (!jws) return std::nullopt;
    auto* const header = cjose_jws_get_protected(jws.get());
    auto const* const named = cjose_header_get(header, CJOSE_HDR_ALG, nullptr);
    // The last word on the algorithm is the key's, in front of the library that reads the token's.
    if (named == nullptr || named != word(algorithm_)) return std::nullopt;
    if (!cjose_jws_verify(jws.get(), static_cast<cjose_jwk_t*>(handle_.get()), nullptr))
        return std::nullopt;
    std::uint8_t* bytes = nullptr;  // the JWS keeps it
    std::size_t count = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &bytes, &count, nullptr)) return std::nullopt;
    return std::string(reinterpret_cast<char const*>(bytes), count);
}

std::optional<std::string> SigningKey::sign(std::string_view payload) const {
    Header const header(cjose_header_new(nullptr));
    auto const set = [&](char const* name, std::string const& value) {
        return cjose_header_set(header.get(), name, value.c_str(), nullptr);
    };
    if (!header || !set(CJOSE_HDR_ALG, std::string(word(algorithm_))) || !set("typ", "JWT")) {
        return std::nullopt;
    }
    if (!id_.empty() && !set(CJOSE_HDR_KID, id_)) return std::nullopt;
    Jws const jws(cjose_jws_sign(static_cast<cjose_jwk_t*>(handle_.get()), header.get(),
                                 reinterpret_cast<std::uint8_t const*>(payload.data()),
                                 payload.size(), nullptr));
    char const* text = nullptr;  // the JWS keeps it
    if (!jws || !cjose_jws_export(jws.get(), &text, nullptr)) return std::nullopt;
    return std::string(text);
}

}  // namespace filegate::access
