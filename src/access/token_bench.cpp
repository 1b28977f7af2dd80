// What a token costs a request: known already, and seen for the first time; beside it what OpenSSL
// takes for the signature alone, below which no check at first sight can come.

#include <benchmark/benchmark.h>

#include "access/access.hpp"
#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

constexpr char const* extra =
    R"(,"iss":"https://ref.supabase.test/auth/v1","aud":"authenticated","iat":1,"jti":"j",)"
    R"("email":"somebody@example.test","role":"authenticated","aal":"aal1","session_id":"s",)"
    R"("app_metadata":{"provider":"email","providers":["email"]},"user_metadata":{})";

Task<Result<Done>> ask_many(Access& access, std::vector<std::string> const& tokens,
                            benchmark::State& state) {
    std::size_t next = 0;
    for ([[maybe_unused]] auto const round : state) {
        auto const& token = tokens[next++ % tokens.size()];
        CO_TRY(auto const caller, co_await access.authenticate({.authorization = token}));
        benchmark::DoNotOptimize(caller);
    }
    co_return Done();
}

void measure(TokenWorld& world, std::vector<std::string> const& tokens, benchmark::State& state) {
    Access access({}, {.tokens = &*world.verifier});
    auto const result = world.loop.run_task(ask_many(access, tokens, state));
    if (!result) state.SkipWithError(result.error().message.c_str());
}

// One token again and again, or so many that none is remembered when it comes again.
std::vector<std::string> bearers(TokenWorld const& world, std::string const& header,
                                 Signer const& signer, std::int64_t count) {
    std::vector<std::string> tokens;
    for (std::int64_t i = 0; i < count; ++i) {
        auto const claims = world.claims(extra + std::string(R"(,"n":)") + std::to_string(i));
        tokens.push_back("Bearer " + token_of(header, claims, signer));
    }
    return tokens;
}

void hs256(benchmark::State& state) {
    TokenWorld world;
    world.start_with_secret();
    measure(world, bearers(world, R"({"alg":"HS256"})", hmac_signer(test_secret), state.range(0)),
            state);
}

void rs256(benchmark::State& state) {
    TokenWorld world;
    auto const pair = KeyPair::rsa();
    world.http.answer.body = jwks_of({pair.jwk("k")});
    world.start_with_jwks();
    measure(world, bearers(world, R"({"alg":"RS256","kid":"k"})", pair.signer(), state.range(0)),
            state);
}

void es256(benchmark::State& state) {
    TokenWorld world;
    auto const pair = KeyPair::ec();
    world.http.answer.body = jwks_of({pair.jwk("k")});
    world.start_with_jwks();
    measure(world, bearers(world, R"({"alg":"ES256","kid":"k"})", pair.signer(), state.range(0)),
            state);
}

// A text as long as a token's signed part.
void signature_alone(benchmark::State& state, EVP_PKEY* made) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(made, &EVP_PKEY_free);
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::vector<unsigned char> const text(600, 'x');
    std::vector<unsigned char> signature(1024);
    auto size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size());
    for ([[maybe_unused]] auto const round : state) {
        EVP_MD_CTX_reset(context.get());
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
        auto const is_right =
            EVP_DigestVerify(context.get(), signature.data(), size, text.data(), text.size());
        if (is_right != 1) state.SkipWithError("the signature is right");
    }
}

void rs256_signature_alone(benchmark::State& state) {
    signature_alone(state, EVP_RSA_gen(2048));
}

void es256_signature_alone(benchmark::State& state) {
    signature_alone(state, EVP_EC_gen("P-256"));
}

BENCHMARK(rs256_signature_alone)->Unit(benchmark::kMicrosecond);
BENCHMARK(es256_signature_alone)->Unit(benchmark::kMicrosecond);
BENCHMARK(hs256)->Arg(1)->Arg(16384)->Unit(benchmark::kMicrosecond);
BENCHMARK(rs256)->Arg(1)->Arg(8192)->Unit(benchmark::kMicrosecond);
BENCHMARK(es256)->Arg(1)->Arg(8192)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace filegate::access
