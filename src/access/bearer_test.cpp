#include "access/bearer.hpp"

#include <gtest/gtest.h>

namespace filegate::access {
namespace {

using namespace std::string_literals;

// The token, or the error's number.
std::string read(std::string_view header) {
    auto const token = bearer_token(header);
    return token ? std::string(*token) : std::to_string(static_cast<int>(token.error().code));
}

TEST(bearer, a_token_is_what_stands_behind_the_scheme) {
    for (std::string_view const header :
         {"Bearer t", "bearer t", "BEARER t", "Bearer    t", "Bearer t   "}) {
        EXPECT_EQ(read(header), "t") << header;
    }
    // A shared token is no JWT: all that is visible may be in it.
    std::string visible;
    for (char c = '!'; c < '\x7f'; ++c)
        visible += c == ',' || c == '"' ? 'x' : c;
    EXPECT_EQ(read("Bearer " + visible), visible);
    std::string const long_one(100'000, 't');
    EXPECT_EQ(read("Bearer " + long_one), long_one);
}

TEST(bearer, another_scheme_is_no_credential) {
    for (auto const& header : {""s, " "s, " Bearer t"s, "t"s, "Bearert"s, "Bearer\tt"s, "Bearer:t"s,
                               "Bearer\0 t"s, "Beare t"s, "Bearers t"s, "Basic t"s,
                               "B\xC3\xAA"
                               "arer t"s,
                               "\xE2\x82\xBF"
                               "earer t"s}) {
        EXPECT_EQ(read(header), "2001") << header;
    }
}

TEST(bearer, what_no_token_has_is_refused) {
    for (auto const& token :
         {""s, "   "s, "a b"s, "a\tb"s, "\t"s, "a\t"s, "a,b"s, "a,"s, "\"a\""s, "a\0b"s, "\0"s,
          "a\r\nX-Admin: 1"s, "a\x7F"s, "\x80"s, "\xC3\xA9"s, "a\xC2\xA0"s, "Bearer t"s}) {
        EXPECT_EQ(read("Bearer " + token), "2002") << token;
    }
}

}  // namespace
}  // namespace filegate::access
