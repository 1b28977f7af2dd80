#include "delivery/upload_run.hpp"

#include <gtest/gtest.h>

#include "delivery/fake_world.hpp"

namespace filegate::delivery {
namespace {

using Kind = FakeFault::Kind;
using Stage = net::TransportFailure::Stage;

TEST(upload_run, a_lost_answer_is_looked_up_under_the_name_the_provider_gave) {
    World world({"kimi"});
    world.provider.renames = true;
    world.provider.will("kimi", "POST", fault(Kind::lost_answer));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1);
    EXPECT_EQ(world.provider.calls("kimi", "GET"), 1);
    world.expect_every_placement_is_true();
}

TEST(upload_run, an_older_copy_of_that_name_and_size_is_not_taken_for_ours) {
    World world({"kimi"});
    world.provider.copies.push_back(
        {"kimi", "old", "a.pdf", "", "file-extract", "BYTES", world.loop.wall_now() - seconds(60)});
    world.provider.will("kimi", "POST", breaks(Stage::awaiting_answer));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 2);
    EXPECT_NE(world.catalog.live.begin()->second.file.id.text(), "old");
}

TEST(upload_run, a_copy_of_another_delivery_is_not_taken_for_ours) {
    World world({"kimi"});
    world.deliver({}, "BYTES");
    world.provider.will("kimi", "POST", breaks(Stage::awaiting_answer));
    EXPECT_EQ(shown(world.deliver({}, "bytes")), "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 3);
    world.expect_every_placement_is_true();
}

TEST(upload_run, the_last_lost_answer_is_looked_up_too) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", answers(500, ""));
    world.provider.will("kimi", "POST", answers(500, ""));
    world.provider.will("kimi", "POST", fault(Kind::lost_answer));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.copies.size(), 1);
}

TEST(upload_run, while_the_list_fails_the_intent_stays_open) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", fault(Kind::lost_answer));
    for (int i = 0; i < 9; ++i)
        world.provider.will("kimi", "GET", answers(500, ""));
    EXPECT_EQ(shown(world.deliver()), "kimi:3006");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1) << "never sent again unseen";
    EXPECT_EQ(world.catalog.open_intents.size(), 1);
    world.expect_every_copy_can_be_found();
}

TEST(upload_run, without_a_list_a_lost_answer_leaves_the_intent_open) {
    World world({"glm"});
    world.provider.will("glm", "POST", fault(Kind::lost_answer));
    auto const error = *world.deliver().front().failure;
    EXPECT_EQ(error.code, ErrorCode::upload_failed);
    EXPECT_NE(error.message.find("The answer of glm was lost"), std::string::npos);
    EXPECT_EQ(world.catalog.open_intents.size(), 1);
    EXPECT_EQ(world.provider.calls("glm", "POST"), 1);
    EXPECT_EQ(world.provider.calls("glm", "GET"), 0);
    world.expect_every_copy_can_be_found();
}

TEST(upload_run, without_a_list_a_lost_answer_moves_auto_to_the_next_provider) {
    World world({"glm", "kimi"});
    world.provider.will("glm", "POST", fault(Kind::lost_answer));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.catalog.open_intents.size(), 1);
}

TEST(upload_run, without_a_list_504_is_tried_again_and_stays_a_question) {
    World world({"glm"});
    world.provider.will("glm", "POST", answers(504, "<html>"));
    EXPECT_EQ(shown(world.deliver()), "glm:placed");
    EXPECT_EQ(world.catalog.open_intents.size(), 1);
}

TEST(upload_run, a_copy_that_an_earlier_delivery_left_is_adopted) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", fault(Kind::lost_answer));
    for (int i = 0; i < 9; ++i)
        world.provider.will("kimi", "GET", answers(500, ""));
    EXPECT_EQ(shown(world.deliver()), "kimi:3006");
    world.loop.run(world.loop.monotonic_now() + seconds(100));
    world.provider.forgets_faults();
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1) << "the copy was there already";
    EXPECT_TRUE(world.catalog.open_intents.empty());
    world.expect_every_placement_is_true();
}

// Whoever sends the same bytes again does not make a second copy unseen.
TEST(upload_run, while_an_earlier_copy_cannot_be_looked_for_nothing_is_sent) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", fault(Kind::lost_answer));
    for (int i = 0; i < 99; ++i)
        world.provider.will("kimi", "GET", answers(500, ""));
    EXPECT_EQ(shown(world.deliver()), "kimi:3006");
    world.loop.run(world.loop.monotonic_now() + seconds(400));
    EXPECT_TRUE(world.deliver().front().failure);
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1);
    EXPECT_EQ(world.copies_at("kimi"), 1);
}

// Three transports at glm, for a key that can be signed.
TEST(upload_run, the_transports_are_tried_in_order) {
    struct Row {
        std::vector<std::string> down;
        std::string expected;
        int native, openai, plain;
    };
    for (auto const& row :
         {Row{{}, "glm:placed", 1, 0, 0}, Row{{"glm/native"}, "glm:placed", 1, 1, 0},
          Row{{"glm/native", "glm/openai"}, "glm:placed", 1, 1, 1},
          Row{{"glm/native", "glm/openai", "glm/plain"}, "glm:3006", 1, 1, 1}}) {
        World world({"glm*"});
        for (auto const& transport : row.down)
            world.provider.goes_down(transport, answers(503, ""));
        EXPECT_EQ(shown(world.deliver()), row.expected);
        EXPECT_EQ(world.provider.calls("glm/native", "POST"), row.native);
        EXPECT_EQ(world.provider.calls("glm/openai", "POST"), row.openai);
        EXPECT_EQ(world.provider.calls("glm/plain", "POST"), row.plain);
    }
}

TEST(upload_run, a_refused_token_moves_down_at_once_and_a_refused_file_stops_the_chain) {
    World token({"glm*"});
    token.provider.goes_down("glm/native", answers(401, R"({"error":{"code":"1000"}})"));
    EXPECT_EQ(shown(token.deliver()), "glm:placed");
    EXPECT_EQ(token.loop.monotonic_now().time_since_epoch(), seconds(2)) << "without a wait";
    World file({"glm*"});
    file.provider.goes_down("glm/native", answers(400, R"({"error":{"code":"1301"}})"));
    EXPECT_EQ(shown(file.deliver()), "glm:3009");
    EXPECT_EQ(file.provider.calls("glm", "POST"), 1);
}

TEST(upload_run, a_key_that_every_transport_refuses_is_told_as_such_and_opens_no_breaker) {
    World world({"glm*"});
    for (auto const* const transport : {"glm/native", "glm/openai", "glm/plain"})
        world.provider.goes_down(transport, answers(401, R"({"error":{"code":"1000"}})"));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(shown(world.deliver()), "glm:3001");
    EXPECT_EQ(world.provider.calls("glm", "POST"), 30);
    EXPECT_TRUE(world.breakers.view({ProviderName("glm"), "native"}).is_passable);
}

TEST(upload_run, a_lower_transport_that_works_is_kept_for_a_while_and_then_the_best_is_tried) {
    World world({"glm*"});
    world.provider.goes_down("glm/native", answers(503, ""));
    EXPECT_EQ(shown(world.deliver({}, "1")), "glm:placed");
    EXPECT_EQ(shown(world.deliver({}, "2")), "glm:placed");
    EXPECT_EQ(world.provider.calls("glm/native", "POST"), 1);
    world.provider.comes_up("glm/native");
    world.loop.run(world.loop.monotonic_now() + transport_remembered_for);
    EXPECT_EQ(shown(world.deliver({}, "3")), "glm:placed");
    EXPECT_EQ(world.provider.calls("glm/native", "POST"), 2);
    EXPECT_EQ(world.provider.calls("glm/openai", "POST"), 2);
}

TEST(upload_run, a_provider_whose_clock_is_not_ours_is_signed_for_by_its_clock) {
    World world({"glm*"});
    world.provider.will(
        "glm", "POST",
        answers(401, R"({"error":{"code":"1003"}})", {{"Date", "Tue, 14 Nov 2023 21:13:20 GMT"}}));
    EXPECT_EQ(shown(world.deliver()), "glm:placed");
    EXPECT_EQ(world.provider.calls("glm/native", "POST"), 2);
}

TEST(upload_run, five_failures_in_a_row_open_the_breaker_and_the_provider_is_left_alone) {
    World world({"kimi", "glm"});
    world.provider.goes_down("kimi/openai", answers(503, ""));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(shown(world.deliver({}, fmt::format("{}", i))), "glm:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 5);
    auto const error = *world.deliver(at({"kimi"}), "named").front().failure;
    EXPECT_EQ(error.code, ErrorCode::circuit_breaker_open);
    EXPECT_EQ(error.provider, "kimi");
    EXPECT_TRUE(error.retry_after_s);
    EXPECT_TRUE(world.catalog.open_intents.empty()) << "nothing was asked";
}

TEST(upload_run, an_open_breaker_does_not_hide_what_is_placed_already) {
    World world({"kimi", "glm"});
    EXPECT_EQ(shown(world.deliver({}, "old")), "kimi:placed");
    world.provider.goes_down("kimi/openai", answers(503, ""));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(shown(world.deliver({}, fmt::format("{}", i))), "glm:placed");
    EXPECT_EQ(shown(world.deliver({}, "old")), "kimi:placed");
    EXPECT_EQ(shown(world.deliver(at({"kimi"}), "old")), "kimi:placed");
}

TEST(upload_run, a_provider_that_works_again_is_used_after_two_good_probes) {
    World world({"kimi", "glm"});
    world.provider.goes_down("kimi/openai", answers(503, ""));
    for (int i = 0; i < 3; ++i)
        world.deliver({}, fmt::format("down {}", i));
    world.provider.comes_up("kimi/openai");
    world.loop.run(world.loop.monotonic_now() + seconds(60));
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(shown(world.deliver({}, fmt::format("probe {}", i))), "kimi:placed");
    EXPECT_EQ(world.breakers.view({ProviderName("kimi"), "openai"}).phase,
              coordination::BreakerPhase::closed);
}

TEST(upload_run, a_large_body_is_not_sent_again_while_another_provider_waits) {
    std::string const large((32 << 20) + 1, 'x');
    World world({"kimi", "glm"});
    world.provider.will("kimi", "POST", answers(503, ""));
    EXPECT_EQ(shown(world.deliver({}, large)), "glm:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1);
    World alone({"kimi"});
    alone.provider.will("kimi", "POST", answers(503, ""));
    EXPECT_EQ(shown(alone.deliver({}, large)), "kimi:placed") << "nobody else would take it";
    World named({"kimi", "glm"});
    named.provider.will("kimi", "POST", answers(503, ""));
    EXPECT_EQ(shown(named.deliver(at({"kimi"}), large)), "kimi:placed");
}

TEST(upload_run, our_own_deadline_is_not_the_providers_fault) {
    World world({"kimi"});
    for (int i = 0; i < 10; ++i) {
        world.provider.will("kimi", "POST", fault(Kind::hang));
        MemoryBody const body("x");
        auto one = world.parcel("a.pdf", body, "x");
        one.deadline = world.loop.monotonic_now() + seconds(5);
        FakeJournal journal(world.catalog, world.loop, one);
        EXPECT_EQ(shown(world.loop.run_task(world.delivery.deliver(one, journal)).value()),
                  "kimi:3010");
    }
    EXPECT_TRUE(world.breakers.view({ProviderName("kimi"), "openai"}).is_passable);
}

TEST(upload_run, a_truncated_copy_that_cannot_be_removed_is_written_down_as_one_to_remove) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", fault(Kind::wrong_bytes));
    world.provider.will("kimi", "DELETE", answers(500, ""));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    ASSERT_EQ(world.catalog.discarded.size(), 1);
    world.expect_every_copy_can_be_found();
}

TEST(upload_run, what_a_cancelled_upload_may_have_left_is_not_taken_for_anothers) {
    World world({"kimi"});
    MemoryBody const body("BYTES");
    auto const cancelled = world.parcel("a.pdf", body, "BYTES");
    FakeJournal journal(world.catalog, world.loop, cancelled);
    std::string result;
    TaskGroup group(world.loop);
    group.spawn(deliver_into(world, cancelled, journal, result));
    world.loop.run(MonotonicTime(milliseconds(500)));
    group.cancel();
    world.loop.run();
    world.provider.copies.push_back({"kimi", "stray", "a.pdf", "", "file-extract", "BYTES",
                                     world.loop.wall_now() + seconds(1)});
    world.provider.will("kimi", "POST", breaks(Stage::awaiting_answer));
    EXPECT_EQ(shown(world.deliver({}, "bytes")), "kimi:placed");
    world.expect_every_placement_is_true();
}

}  // namespace
}  // namespace filegate::delivery
