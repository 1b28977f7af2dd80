#include "gateway/token_keeper.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_fakes.hpp"

namespace filegate::gateway {
namespace {

constexpr char const* shared = "the old shared token";

access::TokenOptions options_with(std::string grace_ends) {
    return {.grace_ends = std::move(grace_ends),
            .secret = Secret("a secret of at least thirty-two bytes"),
            .shared_token = Secret(shared)};
}

class TokenKeeperTest : public ::testing::Test {
protected:
    void SetUp() override { pass(seconds(1)); }  // the gateway's own first reads

    // One process's life: what is not in the catalog is gone with it.
    struct Life {
        Life(World& world, WorkerPool& workers, FakeProvider& http,
             access::TokenOptions const& options)
            : verifier(options, {.http = http,
                                 .workers = workers,
                                 .clock = world.loop(),
                                 .log = observe::silent_log()}),
              keeper({.catalog = world.catalog(),
                      .verifier = verifier,
                      .clock = world.loop(),
                      .log = observe::silent_log()}) {}
        access::TokenVerifier verifier;
        TokenKeeper keeper;
    };

    Life& begin(access::TokenOptions const& options) {
        life.emplace(world, workers, http, options);
        restored = world.run(life->keeper.restore(options));
        return *life;
    }
    bool is_shared_taken() {
        return world.run(life->verifier.verify(shared, "192.0.2.1")).has_value();
    }
    bool is_revoked(std::string const& id) {
        return life->verifier.revocations().is_revoked(id, PrincipalId("ann"), WallTime());
    }
    void pass(seconds time) { world.loop().run(world.loop().monotonic_now() + time); }

    static constexpr seconds day{24 * 3600};

    World world;
    WorkerPool workers{"test", 0};
    FakeProvider http;
    std::optional<Life> life;
    Result<void> restored;
};

TEST_F(TokenKeeperTest, a_grace_ends_when_it_was_first_said_to_however_often_one_restarts) {
    begin(options_with("14d"));
    EXPECT_TRUE(is_shared_taken());
    for (int i = 0; i < 13; ++i) {
        pass(day);
        begin(options_with(i % 2 == 0 ? "14d" : "3650d"));
        EXPECT_TRUE(is_shared_taken()) << i;
    }
    pass(day);
    EXPECT_FALSE(is_shared_taken());
    begin(options_with("14d"));
    EXPECT_FALSE(is_shared_taken());
}

TEST_F(TokenKeeperTest, a_date_in_the_configuration_is_the_operators_word) {
    begin(options_with("0d"));
    EXPECT_FALSE(is_shared_taken());
    auto const tomorrow = world.loop().wall_now() + day;
    begin(options_with(date_text(tomorrow)));
    EXPECT_TRUE(is_shared_taken());
    pass(day);
    EXPECT_FALSE(is_shared_taken());
}

TEST_F(TokenKeeperTest, a_clock_that_was_wrong_at_the_first_start_shortens_nothing_later) {
    begin(options_with("1d"));
    world.loop().jump_wall(-std::chrono::hours(48));
    begin(options_with("1d"));
    EXPECT_TRUE(is_shared_taken());
    pass(3 * day);
    EXPECT_FALSE(is_shared_taken()) << "the absolute end stands";
}

TEST_F(TokenKeeperTest, without_a_shared_token_no_grace_begins) {
    auto options = options_with("1d");
    options.shared_token = Secret();
    begin(options);
    pass(10 * day);
    begin(options_with("1d"));
    EXPECT_TRUE(is_shared_taken()) << "it begins when there is one";
}

TEST_F(TokenKeeperTest, an_end_in_the_catalog_that_cannot_be_read_is_an_error_not_a_new_grace) {
    ASSERT_TRUE(world.run(world.catalog().settle("shared_token_grace_ends_at", "whenever")));
    begin(options_with("14d"));
    EXPECT_EQ(restored.error().code, ErrorCode::catalog_corrupt);
    EXPECT_FALSE(is_shared_taken());
}

TEST_F(TokenKeeperTest, a_revocation_counts_at_once_and_after_a_restart) {
    begin(options_with("1d"));
    ASSERT_TRUE(
        world.run(life->keeper.revoke({.principal = PrincipalId("root")}, {.token_id = "j1"})));
    EXPECT_TRUE(is_revoked("j1"));
    begin(options_with("1d"));
    EXPECT_TRUE(is_revoked("j1"));
    EXPECT_FALSE(is_revoked("j2"));
    auto const events = world.run(world.catalog().events(9)).value();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].action, "token.revoke");
    EXPECT_EQ(events[0].principal.text(), "root");
}

TEST_F(TokenKeeperTest, a_subject_is_revoked_up_to_now_when_no_time_is_named) {
    begin(options_with("1d"));
    ASSERT_TRUE(world.run(
        life->keeper.revoke({.principal = PrincipalId("root")}, {.subject = PrincipalId("ann")})));
    begin(options_with("1d"));
    auto const now = world.loop().wall_now();
    auto const& revocations = life->verifier.revocations();
    EXPECT_TRUE(revocations.is_revoked("", PrincipalId("ann"), now - milliseconds(1)));
    EXPECT_FALSE(revocations.is_revoked("", PrincipalId("ann"), now));
}

TEST_F(TokenKeeperTest, a_revocation_that_cannot_be_written_down_counts_now_and_says_so) {
    int step = 0;
    begin(options_with("1d"));
    for (bool has_failed = true; has_failed; ++step) {
        auto const id = "j" + std::to_string(step);
        world.fail_step(step);
        auto const revoked =
            world.run(life->keeper.revoke({.principal = PrincipalId("root")}, {.token_id = id}));
        has_failed = world.has_failed();
        world.fail_step(std::nullopt);
        EXPECT_EQ(revoked.has_value(), step != 0) << step;
        EXPECT_TRUE(is_revoked(id)) << step;
    }
    EXPECT_EQ(step, 3) << "the revocation and the event";
    begin(options_with("1d"));
    EXPECT_FALSE(is_revoked("j0")) << "as its answer said";
    EXPECT_TRUE(is_revoked("j1"));
}

TEST_F(TokenKeeperTest, who_hangs_up_after_asking_has_revoked) {
    begin(options_with("1d"));
    auto const ask = [](TokenKeeper& keeper) -> Task<void> {
        (void)co_await keeper.revoke({.principal = PrincipalId("root")}, {.token_id = "j1"});
    };
    TaskGroup group(world.loop());
    group.spawn(ask(life->keeper));
    group.cancel();
    world.loop().run();
    begin(options_with("1d"));
    EXPECT_TRUE(is_revoked("j1"));
}

TEST_F(TokenKeeperTest, a_catalog_that_fails_at_the_start_keeps_the_gateway_from_starting) {
    ASSERT_TRUE(world.run(world.catalog().revoke_token(
        {.token_id = "j1", .revoked_at = world.loop().wall_now()}, world.loop().wall_now())));
    int step = 0;
    for (bool has_failed = true; has_failed; ++step) {
        world.fail_step(step);
        begin(options_with("1d"));
        has_failed = world.has_failed();
        world.fail_step(std::nullopt);
        EXPECT_EQ(restored.has_value(), !has_failed) << step;
    }
    EXPECT_EQ(step, 3) << "the revocations and the grace";
}

}  // namespace
}  // namespace filegate::gateway
