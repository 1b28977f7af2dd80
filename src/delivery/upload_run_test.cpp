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

TEST(upload_run, without_a_list_504_is_tried_again) {
    World world({"glm"});
    world.provider.will("glm", "POST", answers(504, "<html>"));
    EXPECT_EQ(shown(world.deliver()), "glm:placed");
    EXPECT_TRUE(world.catalog.open_intents.empty());
}

TEST(upload_run, what_a_cancelled_upload_may_have_left_is_not_taken_for_anothers) {
    World world({"kimi"});
    MemoryBody const body("BYTES");
    auto const cancelled = world.parcel("a.pdf", body, "BYTES");
    FakeJournal journal(world.catalog, cancelled.sha256);
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
