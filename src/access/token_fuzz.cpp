// Whatever comes as an Authorization header, a key set or a secrets' file is understood or refused,
// never a crash; and what was not signed by one of the keys is never taken. The first byte says
// what the rest is.

#include "access/access.hpp"
#include "access/token_fixture.hpp"
#include "access/token_issuer.hpp"
#include "base/check.hpp"

namespace filegate::access {
namespace {

void ask(TokenWorld& world, std::string token) {
    auto const taken = world.verify(std::move(token));
    FG_CHECK(taken || !taken.error().message.empty(), "a refusal says why");
}

void try_as_header(std::string_view text) {
    static TokenWorld world;
    if (!world.verifier) world.start_with_secret();
    Access access({}, {.tokens = &*world.verifier});
    auto const caller =
        world.loop.run_task(access.authenticate({.authorization = std::string(text)}));
    // Nobody can guess the secret.
    FG_CHECK(!caller, "a stranger's header makes no principal");
}

// Signed rightly, so that the claims are looked at.
void try_as_claims(std::string_view text) {
    static TokenWorld world;
    if (!world.verifier) world.start_with_secret();
    auto const taken = world.verify(token_of(R"({"alg":"HS256"})", text, hmac_signer(test_secret)));
    if (!taken) return;
    FG_CHECK(is_bounded_name(taken->subject.text(), subject_bytes_max), "a principal has a name");
    FG_CHECK(taken->expires_at > world.loop.wall_now(), "what has expired is not taken");
}

void try_as_token_header(std::string_view text) {
    static TokenWorld world;
    if (!world.verifier) world.start_with_secret();
    ask(world, token_of(text, world.claims(), hmac_signer(test_secret)));
}

void try_as_keys(std::string_view text) {
    if (auto const keys = KeySet::of_jwks(text)) {
        FG_CHECK(keys->keys().size() <= keys_max, "the set is bounded");
        for (auto const& key : keys->keys())
            FG_CHECK(key.algorithm() != Algorithm::hs256, "no secret comes out of a public set");
    }
    if (auto const secrets = parse_secrets(text)) {
        for (auto const& [id, secret] : *secrets)
            FG_CHECK(secret.reveal().size() >= secret_bytes_min, "no secret is too short");
    }
}

}  // namespace
}  // namespace filegate::access

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    using namespace filegate::access;
    if (count == 0) return 0;
    std::string_view const text(reinterpret_cast<char const*>(bytes) + 1, count - 1);
    switch (bytes[0] % 5) {
        case 0:
            try_as_header(text);
            break;
        case 1:
            try_as_claims(text);
            break;
        case 2:
            try_as_token_header(text);
            break;
        case 3:
            try_as_keys(text);
            break;
        case 4:
            (void)read_token(text);
            if (auto const date = parse_date(text)) {
                FG_CHECK(date_text(*date).starts_with(text.substr(0, 10)), "a date is itself");
            }
            break;
    }
    return 0;
}
