#include "gateway/gateway.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "gateway/gateway_fakes.hpp"

namespace filegate::gateway {
namespace {

class GatewayTest : public ::testing::Test {
protected:
    Result<FileView> upload(std::string bytes, UploadRequest request = {}) {
        if (request.name.empty()) request.name = "notes.txt";
        FakeIncoming incoming(std::move(request), std::move(bytes));
        return world_.run(world_.gateway().upload(world_.caller(), incoming));
    }
    Result<FileView> find(FileId const& id) {
        return world_.run(world_.gateway().find(world_.caller(), id));
    }
    std::string content(FileId const& id) { return world_.content(id); }
    std::size_t listed() {
        return world_.run(world_.gateway().list(world_.caller(), {}))->files.size();
    }

    World world_;
};

TEST_F(GatewayTest, an_upload_is_kept_placed_and_told) {
    auto const view = upload("hello provider");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->file.bytes, 14U);
    EXPECT_EQ(view->file.sha256, sha256("hello provider"));
    EXPECT_EQ(view->file.status, catalog::FileStatus::placed);
    EXPECT_FALSE(view->is_deduplicated);
    ASSERT_EQ(view->placements.size(), 1U);
    EXPECT_EQ(view->placements[0].key.provider, ProviderName("kimi"));
    EXPECT_EQ(content(view->file.id), "hello provider");
    EXPECT_EQ(world_.provider().uploads, 1);
}

TEST_F(GatewayTest, the_same_bytes_again_are_the_same_file_and_move_nothing) {
    auto const first = upload("same");
    auto const second = upload("same");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->file.id, first->file.id);
    EXPECT_TRUE(second->is_deduplicated);
    EXPECT_EQ(second->placements.size(), 1U);
    EXPECT_EQ(world_.provider().uploads, 1);
    EXPECT_EQ(listed(), 1U);
}

TEST_F(GatewayTest, the_same_bytes_under_another_name_are_another_file_at_the_same_place) {
    auto const first = upload("same", {.name = "a.txt"});
    auto const second = upload("same", {.name = "b.txt"});
    ASSERT_TRUE(second);
    EXPECT_NE(second->file.id, first->file.id);
    EXPECT_TRUE(second->is_deduplicated);
    EXPECT_EQ(second->placements[0].provider_file_id, first->placements[0].provider_file_id);
    EXPECT_EQ(world_.provider().uploads, 1);
}

TEST_F(GatewayTest, keeping_only_asks_no_provider) {
    auto const view = upload("mine", {.mode = DeliveryMode::none});
    ASSERT_TRUE(view);
    EXPECT_EQ(view->file.status, catalog::FileStatus::kept);
    EXPECT_TRUE(view->placements.empty());
    EXPECT_EQ(world_.provider().requests, 0);
}

TEST_F(GatewayTest, delivering_later_answers_first_and_places_then) {
    auto const view = upload("soon", {.mode = DeliveryMode::later});
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->placements.empty());
    world_.finish_background();
    EXPECT_EQ(find(view->file.id)->placements.size(), 1U);
}

TEST_F(GatewayTest, a_failed_delivery_keeps_the_file_and_says_where) {
    world_.provider().status = 503;
    auto const refused = upload("important");
    ASSERT_FALSE(refused);
    ASSERT_TRUE(is_file_id(refused.error().file_id)) << refused.error().message;
    FileId const id(refused.error().file_id);
    EXPECT_EQ(find(id)->file.status, catalog::FileStatus::failed);
    EXPECT_FALSE(find(id)->file.status_details.empty());
    EXPECT_EQ(content(id), "important");

    world_.provider().status = 200;
    auto const again = world_.run(world_.gateway().deliver(world_.caller(), id, {}));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->file.status, catalog::FileStatus::placed);
    EXPECT_EQ(again->placements.size(), 1U);
}

TEST_F(GatewayTest, uploading_again_after_a_failure_is_a_new_try_of_the_same_file) {
    world_.provider().status = 503;
    auto const refused = upload("important");
    world_.provider().status = 200;
    auto const again = upload("important");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->file.id.text(), refused.error().file_id);
    EXPECT_EQ(again->file.status, catalog::FileStatus::placed);
}

TEST_F(GatewayTest, deleting_removes_the_record_the_bytes_and_the_provider_copy) {
    auto const view = upload("to be gone");
    ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), view->file.id)));
    EXPECT_EQ(find(view->file.id).error().code, ErrorCode::file_not_found);
    EXPECT_FALSE(world_.has_blob(view->file.sha256));
    EXPECT_EQ(world_.provider().removals, 1);
    auto const again = world_.run(world_.gateway().remove(world_.caller(), view->file.id));
    EXPECT_EQ(again.error().code, ErrorCode::file_not_found);
}

TEST_F(GatewayTest, deleting_one_of_two_names_leaves_the_bytes_and_the_copy_to_the_other) {
    auto const first = upload("shared", {.name = "a.txt"});
    auto const second = upload("shared", {.name = "b.txt"});
    ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), first->file.id)));
    EXPECT_EQ(content(second->file.id), "shared");
    EXPECT_EQ(world_.provider().removals, 0);
}

TEST_F(GatewayTest, a_provider_copy_that_cannot_be_removed_is_removed_at_the_next_start) {
    auto const view = upload("sticky");
    world_.provider().status = 503;
    ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), view->file.id)));
    EXPECT_EQ(world_.provider().removals, 0);
    world_.provider().status = 200;
    world_.restart_gateway();
    world_.finish_background();
    EXPECT_EQ(world_.provider().removals, 1);
}

TEST_F(GatewayTest, refuses_before_the_first_byte_what_is_known_to_be_wrong) {
    struct Case {
        UploadRequest request;
        ErrorCode code;
    };
    std::vector<Case> const cases{
        {{.name = "../x"}, ErrorCode::validation_failed},
        {{.name = "a.txt", .purpose = Purpose("nonsense")}, ErrorCode::invalid_purpose},
        {{.name = "a.txt", .providers = {ProviderName("nobody")}}, ErrorCode::unknown_provider},
        {{.name = "a.txt", .declared = {.at_least = 1 << 30, .at_most = 1 << 30}},
         ErrorCode::file_too_large},
    };
    for (auto const& [request, code] : cases) {
        FakeIncoming incoming(request, "bytes");
        auto const result = world_.run(world_.gateway().upload(world_.caller(), incoming));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, code) << result.error().message;
        EXPECT_EQ(incoming.reads(), 0);
    }
}

TEST_F(GatewayTest, fields_that_come_after_the_file_count_as_well) {
    UploadRequest late{.name = "a.txt", .purpose = Purpose("nonsense")};
    FakeIncoming incoming({.name = "a.txt"}, "bytes");
    incoming.becomes_at_end(late);
    auto const result = world_.run(world_.gateway().upload(world_.caller(), incoming));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid_purpose);
    EXPECT_EQ(listed(), 0U);
    EXPECT_EQ(world_.staged_files(), 0U);
}

TEST_F(GatewayTest, the_expiry_is_counted_from_creation) {
    auto const view = upload("temporary", {.expires_after = seconds(3600)});
    ASSERT_TRUE(view);
    EXPECT_EQ(*view->file.expires_at - view->file.created_at, seconds(3600));
}

// Every call to the catalog and the blob store fails in turn. Whatever fails, nothing half-done may
// be visible, and the same upload afterwards must succeed and be placed exactly once.
TEST_F(GatewayTest, every_step_may_fail_and_the_next_try_still_works) {
    auto steps = 0;
    for (; steps < 100; ++steps) {
        World world;
        world.fail_step(steps);
        FakeIncoming incoming({.name = "a.txt"}, "the bytes");
        auto const broken = world.run(world.gateway().upload(world.caller(), incoming));
        auto const has_failed = world.has_failed();
        world.fail_step(std::nullopt);
        EXPECT_EQ(world.staged_files(), 0U) << "step " << steps;
        if (!has_failed) {
            EXPECT_TRUE(broken);
            break;
        }
        FakeIncoming again({.name = "a.txt"}, "the bytes");
        auto const healed = world.run(world.gateway().upload(world.caller(), again));
        ASSERT_TRUE(healed) << "step " << steps << ": " << healed.error().message;
        EXPECT_EQ(healed->placements.size(), 1U) << "step " << steps;
        EXPECT_EQ(world.content(healed->file.id), "the bytes");
    }
    EXPECT_GT(steps, 6);
}

}  // namespace
}  // namespace filegate::gateway
