#include "access/token_claims.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace filegate::access {
namespace {

using namespace std::string_literals;

WallTime at(std::int64_t time) {
    return WallTime(seconds(time));
}

Result<TokenClaims> with(std::string const& extra) {
    return parse_claims(R"({"sub":"ann","exp":2000)" + extra + "}");
}

// "believed", or the error's number.
std::string verdict(TokenClaims const& claims, ClaimRules const& rules, WallTime now) {
    auto const result = check_claims(claims, rules, now);
    return result ? "believed" : std::to_string(static_cast<int>(result.error().code));
}

TEST(token_claims, a_token_is_believed_to_the_millisecond_within_its_leeway) {
    TokenClaims const claims{.subject = PrincipalId("ann"),
                             .expires_at = at(2000),
                             .not_before = at(1000),
                             .issued_at = at(900),
                             .issuer = {},
                             .audience = {},
                             .scopes = {},
                             .id = {}};
    milliseconds const one{1};
    EXPECT_EQ(verdict(claims, {}, at(2030) - one), "believed");
    EXPECT_EQ(verdict(claims, {}, at(2030)), "2003");
    EXPECT_EQ(verdict(claims, {}, at(970)), "believed");
    EXPECT_EQ(verdict(claims, {}, at(970) - one), "2002");
    ClaimRules const strict{.issuer = {}, .audience = {}, .leeway = seconds(0)};
    EXPECT_EQ(verdict(claims, strict, at(2000) - one), "believed");
    EXPECT_EQ(verdict(claims, strict, at(2000)), "2003");
    EXPECT_EQ(verdict(claims, strict, at(1000)), "believed");
    auto issued_later = claims;
    issued_later.issued_at = at(1500);
    EXPECT_EQ(verdict(issued_later, {}, at(1470)), "believed");
    EXPECT_EQ(verdict(issued_later, {}, at(1470) - one), "2002");
}

TEST(token_claims, a_time_is_a_number_of_this_era) {
    struct Case {
        std::string time;
        std::optional<std::int64_t> milliseconds;
    };
    for (auto const& [time, expected] : {
             Case{"0", 0},
             Case{"-0.0", 0},
             Case{"1.5", 1500},
             Case{"1.0004", 1000},
             Case{"1e3", 1'000'000},
             Case{"253402300799", 253'402'300'799'000},
             Case{"253402300799.5", {}},
             Case{"253402300800", {}},
             Case{"-0.001", {}},
             Case{"null", {}},
             Case{R"("1")", {}},
             Case{"[1]", {}},
             Case{"false", {}},
         }) {
        auto const claims = parse_claims(
            fmt::format(R"({{"sub":"ann","exp":{},"nbf":{},"iat":{}}})", time, time, time));
        ASSERT_EQ(claims.has_value(), expected.has_value()) << time;
        if (!expected) continue;
        auto const moment = WallTime(milliseconds(*expected));
        EXPECT_EQ(claims->expires_at, moment) << time;
        EXPECT_EQ(claims->not_before, moment) << time;
        EXPECT_EQ(claims->issued_at, moment) << time;
    }
}

TEST(token_claims, names_are_bounded_by_their_bytes) {
    for (auto const& [name, bytes_max] :
         {std::pair("jti"s, token_id_bytes_max), std::pair("iss"s, std::size_t{2048})}) {
        auto const claim = [&](std::size_t bytes) {
            return R"(,")" + name + R"(":")" + std::string(bytes, 'n') + "\"";
        };
        EXPECT_TRUE(with(claim(bytes_max))) << name;
        EXPECT_FALSE(with(claim(bytes_max + 1))) << name;
        EXPECT_FALSE(with(claim(0))) << name << " is there and empty";
        EXPECT_FALSE(with(R"(,")" + name + R"(":null)")) << name;
    }
    EXPECT_TRUE(is_bounded_name("\xE5\xB9\xB4", 3));
    EXPECT_FALSE(is_bounded_name("\xE5\xB9\xB4", 2));
    for (auto const& text : {""s, "\0"s, "a\x1F"s, "\x7F"s, "\xE5\xB9"s, "\xED\xA0\x80"s})
        EXPECT_FALSE(is_bounded_name(text, 255)) << text;
}

TEST(token_claims, an_audience_is_one_or_some_and_must_name_us_whole) {
    auto const list = [](std::size_t count) {
        std::string texts = R"("us")";
        for (std::size_t i = 1; i < count; ++i)
            texts += R"(,"x")";
        return R"(,"aud":[)" + texts + "]";
    };
    ClaimRules const rules{.issuer = {}, .audience = {"us", "we"}, .leeway = {}};
    struct Case {
        std::string extra;
        std::string_view verdict;
    };
    for (auto const& [extra, expected] : {
             Case{R"(,"aud":"us")", "believed"},
             Case{R"(,"aud":["them","we"])", "believed"},
             Case{list(32), "believed"},
             Case{R"(,"aud":"them")", "2002"},
             Case{R"(,"aud":"us we")", "2002"},
             Case{R"(,"aud":"us/evil")", "2002"},
             Case{R"(,"aud":"US")", "2002"},
             Case{R"(,"aud":"")", "2002"},
             Case{R"(,"aud":[])", "2002"},
             Case{"", "2002"},
         }) {
        auto const claims = with(extra);
        ASSERT_TRUE(claims) << extra;
        EXPECT_EQ(verdict(*claims, rules, at(1000)), expected) << extra;
        EXPECT_EQ(verdict(*claims, {}, at(1000)), "believed") << "nobody asks, " << extra;
    }
    EXPECT_FALSE(with(list(33)));
    EXPECT_FALSE(with(R"(,"aud":["us",7])"));
    EXPECT_FALSE(with(R"(,"aud":{"us":1})"));
}

TEST(token_claims, an_issuer_is_the_configured_one_to_the_letter) {
    ClaimRules const rules{.issuer = "https://issuer.test", .audience = {}, .leeway = {}};
    EXPECT_EQ(verdict(with(R"(,"iss":"https://issuer.test")").value(), rules, at(1000)),
              "believed");
    for (std::string const issuer :
         {"https://issuer.test/", "https://issuer.tes", "http://issuer.test", "HTTPS://issuer.test",
          "https://issuer.test.evil"}) {
        auto const claims = with(R"(,"iss":")" + issuer + "\"");
        EXPECT_EQ(verdict(claims.value(), rules, at(1000)), "2002") << issuer;
    }
    EXPECT_EQ(verdict(with("").value(), rules, at(1000)), "2002");
}

TEST(token_claims, scopes_are_whole_words_between_blanks) {
    struct Case {
        std::string_view words;
        bool reads, writes, is_admin;
    };
    for (auto const& [words, reads, writes, is_admin] : {
             Case{"files:read", true, false, false},
             Case{"  files:write   files:read ", true, true, false},
             Case{"files:read,files:write", false, false, false},
             Case{"files:read\tadmin", false, false, false},
             Case{"files:rea", false, false, false},
             Case{"files:readx", false, false, false},
             Case{"FILES:READ", false, false, false},
             Case{"administrator", false, false, false},
             Case{"admin", true, true, true},
             Case{"", false, false, false},
             Case{"   ", false, false, false},
         }) {
        auto const scopes = scopes_of_words(words);
        EXPECT_EQ(scopes.has(Scope::files_read), reads) << words;
        EXPECT_EQ(scopes.has(Scope::files_write), writes) << words;
        EXPECT_EQ(scopes.has(Scope::admin), is_admin) << words;
    }
    EXPECT_FALSE(with("")->scopes) << "no claim is something else than an empty one";
    EXPECT_TRUE(with(R"(,"scope":"")")->scopes->is_empty());
    EXPECT_TRUE(with(R"(,"scp":["files:read","files:write"])")->scopes->has(Scope::files_write));
    EXPECT_FALSE(with(R"(,"scope":"files:read","scp":"admin")")->scopes->has(Scope::admin));
    EXPECT_FALSE(with(R"(,"scope":null,"scp":"admin")"));
    EXPECT_FALSE(with(R"(,"scp":["files:read",7])"));
}

}  // namespace
}  // namespace filegate::access
