// What a token costs a request: known already, and seen for the first time.

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

BENCHMARK(hs256)->Arg(1)->Arg(16384)->Unit(benchmark::kMicrosecond);
BENCHMARK(rs256)->Arg(1)->Arg(8192)->Unit(benchmark::kMicrosecond);
BENCHMARK(es256)->Arg(1)->Arg(8192)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace filegate::access
