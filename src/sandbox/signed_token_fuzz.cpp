#include "sandbox/signed_token.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(bytes), size);
    auto const token = filegate::sandbox::read_signed_token(text);
    if (!token) return 0;
    FG_CHECK(filegate::sandbox::has_token_shape(text), "a token has three parts");
    FG_CHECK(!token->key_id.empty(), "a token names its key");
    FG_CHECK(text.starts_with(token->signed_text), "a token signs what stands before its dot");
    [[maybe_unused]] auto const is_signed =
        filegate::sandbox::is_signed_with(*token, token->key_id);
    return 0;
}
