#pragma once
// For tests: tokens made without the code under test, keys of all kinds, and a server of JWK sets
// that misbehaves when asked to.

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "access/token_verifier.hpp"
#include "base/base64url.hpp"
#include "base/sim_loop.hpp"
#include "observe/log_fakes.hpp"

namespace filegate::access {

inline std::string base64url(std::string_view text) {
    return to_base64url(std::as_bytes(std::span(text)));
}

using Signer = std::function<std::string(std::string_view)>;

inline std::string token_of(std::string_view header, std::string_view claims,
                            Signer const& signer) {
    auto const signed_part = base64url(header) + "." + base64url(claims);
    return signed_part + "." + base64url(signer(signed_part));
}

inline Signer hmac_signer(std::string secret) {
    return [secret = std::move(secret)](std::string_view text) {
        auto const digest = hmac_sha256(secret, text);
        return std::string(reinterpret_cast<char const*>(digest.bytes.data()), 32);
    };
}

// A key pair of OpenSSL's own, RSA or P-256.
class KeyPair {
public:
    static KeyPair rsa(unsigned bits = 2048) { return KeyPair(EVP_RSA_gen(bits)); }
    static KeyPair ec() { return KeyPair(EVP_EC_gen("P-256")); }

    Signer signer() const {
        return [key = key_](std::string_view text) { return signature(key.get(), text); };
    }
    // As a JWK set has it; `extra` such as `,"use":"enc"`.
    std::string jwk(std::string const& id, std::string const& extra = "") const {
        if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
            return R"({"kty":"RSA","kid":")" + id + R"(","n":")" + number(OSSL_PKEY_PARAM_RSA_N) +
                   R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + "\"" + extra + "}";
        }
        return R"({"kty":"EC","crv":"P-256","kid":")" + id + R"(","x":")" +
               number(OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y) +
               "\"" + extra + "}";
    }
    std::string public_pem() const {
        std::unique_ptr<BIO, decltype(&BIO_free)> const out(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_PUBKEY(out.get(), key_.get());
        char* bytes = nullptr;
        auto const count = BIO_get_mem_data(out.get(), &bytes);
        return {bytes, static_cast<std::size_t>(count)};
    }

private:
    explicit KeyPair(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}

    std::string number(char const* name) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
        if (name[0] == 'q') bytes.assign(32, '\0');  // a coordinate has its full width
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                     static_cast<int>(bytes.size()));
        BN_free(value);
        return base64url(bytes);
    }
    static std::string signature(EVP_PKEY* key, std::string_view text) {
        std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context(EVP_MD_CTX_new(),
                                                                              &EVP_MD_CTX_free);
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
        std::string out(1024, '\0');
        auto size = out.size();
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<unsigned char const*>(text.data()), text.size());
        out.resize(size);
        return EVP_PKEY_is_a(key, "RSA") == 1 ? out : raw_of_der(out);
    }
    static std::string raw_of_der(std::string const& der) {
        auto const* bytes = reinterpret_cast<unsigned char const*>(der.data());
        auto* const pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
        std::string raw(64, '\0');
        auto* const out = reinterpret_cast<unsigned char*>(raw.data());
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
        ECDSA_SIG_free(pair);
        return raw;
    }

    std::shared_ptr<EVP_PKEY> key_;  // shared with the signers it has made
};

inline std::string jwks_of(std::vector<std::string> const& jwks) {
    std::string text = R"({"keys":[)";
    for (auto const& jwk : jwks)
        text += (text.ends_with('[') ? "" : ",") + jwk;
    return text + "]}";
}

// Answers every request with `answer`, after `delay`; keeps the client's promises about deadlines
// and sizes.
class FakeKeyServer final : public net::HttpClient {
public:
    net::ClientResponse answer{.status = 200, .headers = {}, .body = R"({"keys":[]})"};
    bool is_down = false;
    milliseconds delay{0};
    int requests = 0;
    std::size_t response_bytes_max = 0;  // of the last request

    Task<net::ClientResult> send(net::ClientRequest request) override {
        using Stage = net::TransportFailure::Stage;
        ++requests;
        response_bytes_max = request.response_bytes_max;
        auto const& clock = (co_await this_context()).executor().clock();
        auto const end = std::min(clock.monotonic_now() + delay, request.deadline);
        co_await sleep_until(end);
        if (delay.count() > 0 && end == request.deadline) {
            co_return failure({.stage = Stage::awaiting_answer, .is_timeout = true});
        }
        if (is_down) co_return failure({.stage = Stage::connecting, .message = "refused"});
        if (answer.body.size() > request.response_bytes_max) {
            co_return failure({.stage = Stage::receiving, .message = "too long"});
        }
        co_return answer;
    }

private:
    static net::ClientResult failure(net::TransportFailure why) {
        return std::unexpected(std::move(why));
    }
};

inline constexpr char const* test_secret = "a secret of at least thirty-two bytes";

// A verifier and all it needs, on simulated time.
class TokenWorld {
public:
    TokenVerifier& start(TokenOptions options) {
        verifier.emplace(options, TokenVerifierParts{
                                      .http = http, .workers = workers, .clock = loop, .log = log});
        return *verifier;
    }
    TokenVerifier& start_with_secret() { return start({.secret = Secret(test_secret)}); }
    TokenVerifier& start_with_jwks() { return start({.jwks = "https://issuer.test/jwks.json"}); }

    Result<VerifiedToken> verify(std::string token) {
        return loop.run_task(verifier->verify(std::move(token), "192.0.2.1"));
    }
    // "taken", or the error's number.
    std::string verdict(std::string token) {
        auto const result = verify(std::move(token));
        return result ? "taken" : std::to_string(static_cast<int>(result.error().code));
    }
    std::int64_t now() const { return unix_seconds(loop.wall_now()); }
    void pass(milliseconds time) { loop.run(loop.monotonic_now() + time); }

    std::string claims(std::string const& extra = "") const {
        return R"({"sub":"ann","exp":)" + std::to_string(now() + 3600) + extra + "}";
    }
    std::string good(std::string const& extra = "") const {
        return token_of(R"({"alg":"HS256","typ":"JWT"})", claims(extra), hmac_signer(test_secret));
    }

    SimLoop loop;
    FakeKeyServer http;
    WorkerPool workers{"test", 0};
    observe::KeptLog log;
    std::optional<TokenVerifier> verifier;
};

}  // namespace filegate::access
