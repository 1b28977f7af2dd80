#include "access/key_cache.hpp"

#include <gtest/gtest.h>

#include "access/token_fixture.hpp"

namespace filegate::access {
namespace {

class KeyCacheTest : public ::testing::Test {
protected:
    void SetUp() override { serve({"k1"}); }

    void serve(std::vector<std::string> const& ids) {
        std::vector<std::string> jwks;
        for (auto const& id : ids)
            jwks.push_back(pair.jwk(id));
        http.answer = {.status = 200, .headers = {}, .body = jwks_of(jwks)};
    }
    Task<Result<KeyCache::Keys>> ask(std::string id) {
        return cache.keys_for({.algorithm = Algorithm::rs256, .id = std::move(id)});
    }
    // "found", "unknown", or "down".
    std::string look(std::string const& id) { return said(loop.run_task(ask(id)), id); }
    static std::string said(Result<KeyCache::Keys> const& keys, std::string const& id) {
        if (!keys) return keys.error().code == ErrorCode::overloaded ? "down" : "another error";
        auto const wish = KeyWish{.algorithm = Algorithm::rs256, .id = id};
        return (*keys)->matching(wish).empty() ? "unknown" : "found";
    }
    void pass(milliseconds time) { loop.run(loop.monotonic_now() + time); }

    KeyPair pair = KeyPair::rsa();
    SimLoop loop;
    FakeKeyServer http;
    observe::KeptLog log;
    KeyCache cache{std::make_unique<UrlKeySource>("https://issuer.test/jwks.json", http, loop),
                   &KeySet::of_jwks,
                   {},
                   loop,
                   log};
};

TEST_F(KeyCacheTest, reads_once_and_again_when_the_keys_are_old) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(look("k1"), "found");
    EXPECT_EQ(http.requests, 1);
    pass(seconds(599));
    EXPECT_EQ(look("k1"), "found");
    EXPECT_EQ(http.requests, 1);
    pass(seconds(1));
    EXPECT_EQ(look("k1"), "found");
    EXPECT_EQ(http.requests, 2);
}

TEST_F(KeyCacheTest, an_unknown_key_is_looked_for_but_not_each_time_it_is_asked_for) {
    EXPECT_EQ(look("k1"), "found");
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(look("made up " + std::to_string(i)), "unknown");
    EXPECT_EQ(http.requests, 1) << "the read a moment ago would have found it";
    pass(seconds(30));
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(look("made up " + std::to_string(i)), "unknown");
    EXPECT_EQ(http.requests, 2);
    serve({"k1", "k2"});
    pass(seconds(30));
    EXPECT_EQ(look("k2"), "found");
    EXPECT_EQ(http.requests, 3);
}

TEST_F(KeyCacheTest, many_who_ask_at_once_make_one_read) {
    http.delay = seconds(2);
    std::vector<std::string> answers;
    auto const note = [](Task<Result<KeyCache::Keys>> asked,
                         std::vector<std::string>& out) -> Task<void> {
        out.push_back(said(co_await std::move(asked), "k1"));
    };
    TaskGroup group(loop);
    for (int i = 0; i < 100; ++i)
        group.spawn(note(ask("k1"), answers));
    loop.run();
    EXPECT_EQ(answers, std::vector<std::string>(100, "found"));
    EXPECT_EQ(http.requests, 1);
}

TEST_F(KeyCacheTest, who_hangs_up_during_a_read_neither_breaks_nor_repeats_it) {
    http.delay = seconds(2);
    auto const ask_and_forget = [](Task<Result<KeyCache::Keys>> asked) -> Task<void> {
        (void)co_await std::move(asked);
    };
    for (int i = 0; i < 10; ++i) {
        TaskGroup impatient(loop);
        impatient.spawn(ask_and_forget(ask("k1")));
        pass(milliseconds(10));
        impatient.cancel();
        loop.run(loop.monotonic_now() + seconds(3));
    }
    EXPECT_EQ(http.requests, 1);
    EXPECT_EQ(look("k1"), "found");
}

TEST_F(KeyCacheTest, while_the_source_is_down_old_keys_go_on_counting_for_a_day) {
    EXPECT_EQ(look("k1"), "found");
    http.is_down = true;
    pass(seconds(700));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(look("k1"), "found");
    EXPECT_EQ(http.requests, 2) << "a source that is down is not asked with every request";
    EXPECT_EQ(look("k2"), "down") << "it may be a new key";
    pass(seconds(24 * 3600));
    EXPECT_EQ(look("k1"), "down");
    http.is_down = false;
    pass(seconds(30));
    EXPECT_EQ(look("k1"), "found");
}

TEST_F(KeyCacheTest, without_any_key_a_source_that_is_down_is_asked_now_and_then) {
    http.is_down = true;
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(look("k1"), "down");
    EXPECT_EQ(http.requests, 1);
    EXPECT_EQ(log.count("token.keys_not_read"), 1U);
    http.is_down = false;
    pass(seconds(30));
    EXPECT_EQ(look("k1"), "found");
}

TEST_F(KeyCacheTest, a_source_that_hangs_is_given_up_and_old_keys_do_not_wait_for_it) {
    EXPECT_EQ(look("k1"), "found");
    pass(seconds(601));
    http.delay = seconds(3600);
    auto const begun = loop.monotonic_now();
    TaskGroup group(loop);
    auto const wait = [](Task<Result<KeyCache::Keys>> asked) -> Task<void> {
        (void)co_await std::move(asked);
    };
    group.spawn(wait(ask("k1")));  // leads
    pass(milliseconds(1));
    EXPECT_EQ(look("k1"), "found");
    EXPECT_LT(loop.monotonic_now() - begun, seconds(1));
    loop.run();
    EXPECT_LE(loop.monotonic_now() - begun, seconds(6));
    EXPECT_EQ(http.requests, 2);
}

TEST_F(KeyCacheTest, an_answer_that_is_no_key_set_changes_nothing) {
    EXPECT_EQ(look("k1"), "found");
    std::string many;
    for (std::size_t i = 0; i <= keys_max; ++i)
        many += (many.empty() ? "" : ",") + pair.jwk(std::to_string(i));
    for (auto const& [status, body] : std::initializer_list<std::pair<int, std::string>>{
             {302, jwks_of({pair.jwk("evil")})},
             {301, ""},
             {204, ""},
             {404, jwks_of({pair.jwk("evil")})},
             {500, "oops"},
             {200, "<html>maintenance</html>"},
             {200, ""},
             {200, "[]"},
             {200, R"({"keys":{}})"},
             {200, R"({"keys":[],"keys":[)" + pair.jwk("evil") + "]}"},
             {200, R"({"keys":[)" + many + "]}"},
             {200, R"({"keys":[)" + std::string(key_text_bytes_max, ' ') + "]}"},
         }) {
        pass(seconds(31));
        http.answer.status = status;
        http.answer.body = body;
        auto const before = http.requests;
        EXPECT_EQ(look("evil"), "down") << status << body.substr(0, 40);
        EXPECT_EQ(http.requests, before + 1);
        EXPECT_EQ(look("k1"), "found") << status << body.substr(0, 40);
    }
    EXPECT_EQ(http.response_bytes_max, key_text_bytes_max);
}

TEST_F(KeyCacheTest, a_set_without_keys_is_believed) {
    EXPECT_EQ(look("k1"), "found");
    auto const version = cache.version();
    pass(seconds(601));
    http.answer.body = R"({"keys":[]})";
    EXPECT_EQ(look("k1"), "unknown");
    EXPECT_GT(cache.version(), version);
}

TEST_F(KeyCacheTest, the_same_keys_read_again_are_no_new_version) {
    EXPECT_EQ(look("k1"), "found");
    auto const version = cache.version();
    pass(seconds(601));
    EXPECT_EQ(look("k1"), "found");
    EXPECT_EQ(cache.version(), version);
}

}  // namespace
}  // namespace filegate::access
