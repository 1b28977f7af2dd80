#include "delivery/delivery.hpp"

#include <gtest/gtest.h>

#include "delivery/fake_world.hpp"

namespace filegate::delivery {
namespace {

using Kind = FakeFault::Kind;
using Stage = net::TransportFailure::Stage;

TEST(delivery, places_a_file_at_the_first_provider_that_takes_it) {
    World world;
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    ASSERT_EQ(world.provider.copies.size(), 1);
    EXPECT_EQ(world.provider.copies.front().purpose, "file-extract");
    EXPECT_EQ(world.catalog.live.size(), 1);
    EXPECT_TRUE(world.catalog.open_intents.empty());
    EXPECT_TRUE(world.catalog.remembered.empty()) << "nothing was learned";
    world.expect_every_placement_is_true();
}

TEST(delivery, the_same_bytes_move_once) {
    World world;
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1);
}

TEST(delivery, placements_expire_with_the_providers_retention) {
    World world({"glm"});
    world.deliver();
    auto const& placed = world.catalog.live.begin()->second;
    ASSERT_TRUE(placed.expires_at);
    auto const days =
        std::chrono::duration_cast<std::chrono::days>(*placed.expires_at - world.loop.wall_now());
    EXPECT_NEAR(static_cast<double>(days.count()), 180.0, 1.0);
    World kimi({"kimi"});
    kimi.deliver();
    EXPECT_FALSE(kimi.catalog.live.begin()->second.expires_at);
}

// What one failure, at every attempt of kimi, leads to: with auto, and with kimi named.
struct FailureCase {
    std::string_view what;
    FakeFault fault;
    std::string automatically;
    std::string named;
    int attempts;
    bool is_doubtful = false;
};

class failing : public testing::TestWithParam<FailureCase> {};

void script(World& world, FakeFault const& fault) {
    for (int i = 0; i < 9; ++i)
        world.provider.will("kimi", "POST", fault);
}

TEST_P(failing, is_answered_as_the_table_has_it) {
    auto const& row = GetParam();
    World automatically;
    script(automatically, row.fault);
    EXPECT_EQ(shown(automatically.deliver()), row.automatically);
    EXPECT_EQ(automatically.provider.calls("kimi", "POST"), row.attempts);
    automatically.expect_every_copy_can_be_found();
    automatically.expect_every_placement_is_true();

    World named;
    script(named, row.fault);
    auto const outcomes = named.deliver(at({"kimi"}));
    EXPECT_EQ(shown(outcomes), row.named);
    if (outcomes.front().failure) {
        EXPECT_EQ(outcomes.front().failure->provider, "kimi");
        EXPECT_TRUE(named.provider.copies.empty());
        // Where an answer was lost for each try, a copy may still come; else there is none.
        auto const doubts = row.is_doubtful ? row.attempts : 0;
        EXPECT_EQ(named.catalog.open_intents.size(), doubts);
    }
    named.expect_every_copy_can_be_found();
}

std::string error_body(std::string_view type, std::string_view message) {
    return fmt::format(R"({{"error":{{"message":"{}","type":"{}"}}}})", message, type);
}

INSTANTIATE_TEST_SUITE_P(
    every_kind, failing,
    testing::Values(
        FailureCase{"refused file", answers(400, error_body("invalid_request_error", "no")),
                    "kimi:3009", "kimi:3009", 1},
        FailureCase{"refused key", answers(401, ""), "glm:placed", "kimi:3001", 1},
        FailureCase{"no right", answers(403, ""), "glm:placed", "kimi:3001", 1},
        FailureCase{"wrong address", answers(404, ""), "glm:placed", "kimi:3001", 1},
        FailureCase{"quota", answers(429, error_body("exceeded_current_quota_error", "")),
                    "glm:placed", "kimi:3002", 1},
        FailureCase{"rate", answers(429, error_body("engine_overloaded_error", "")), "glm:placed",
                    "kimi:3002", 3},
        FailureCase{"rate, come back late", answers(429, "", {{"Retry-After", "3600"}}),
                    "glm:placed", "kimi:3002", 1},
        FailureCase{"500", answers(500, ""), "glm:placed", "kimi:3006", 3},
        FailureCase{"503", answers(503, "<html>"), "glm:placed", "kimi:3006", 3},
        FailureCase{"504", answers(504, "<html>"), "glm:placed", "kimi:3006", 3, true},
        FailureCase{"not reached", breaks(Stage::connecting), "glm:placed", "kimi:3002", 3},
        FailureCase{"broken while sending", breaks(Stage::sending), "glm:placed", "kimi:3002", 3},
        FailureCase{"answer lost, nothing kept", breaks(Stage::awaiting_answer), "glm:placed",
                    "kimi:3006", 3, true},
        FailureCase{"half read", fault(Kind::read_half), "glm:placed", "kimi:3002", 3},
        FailureCase{"answer lost, file kept", fault(Kind::lost_answer), "kimi:placed",
                    "kimi:placed", 1},
        FailureCase{"no id, file kept", fault(Kind::no_id), "kimi:placed", "kimi:placed", 1},
        FailureCase{"another size", fault(Kind::wrong_bytes), "glm:placed", "kimi:3006", 3},
        FailureCase{"status error", fault(Kind::failed_status), "kimi:3009", "kimi:3009", 1},
        FailureCase{"never answers", fault(Kind::hang), "kimi:3010", "kimi:3010", 2}));

TEST(delivery, errors_carry_provider_reason_attempts_and_what_to_do) {
    World world({"kimi"});
    script(world, answers(500, error_body("server_error", "Failed to extract file: x"),
                          {{"x-request-id", "r1"}}));
    auto const error = *world.deliver().front().failure;
    EXPECT_EQ(error.message,
              "kimi failed, after 3 attempts (HTTP 500: Failed to extract file: x). Deliver the "
              "file again later.");
    EXPECT_NE(error.detail.find("request_id=r1"), std::string::npos);
    World refused({"kimi"});
    script(refused, answers(401, error_body("", "Incorrect API key provided")));
    EXPECT_EQ(refused.deliver().front().failure->message,
              "kimi refused the key of account \"main\" (HTTP 401: Incorrect API key provided). "
              "The operator must check that key and its rights.");
    World file({"kimi"});
    script(file, answers(400, error_body("invalid_request_error", "不支持的文件类型")));
    EXPECT_EQ(file.deliver().front().failure->message,
              "kimi refused the file (HTTP 400: 不支持的文件类型). Sending it again will not "
              "help.");
}

TEST(delivery, when_nobody_takes_it_every_reason_is_told) {
    World world;
    script(world, answers(503, ""));
    world.provider.will(
        "glm", "POST",
        answers(429, R"({"error":{"code":"1113","message":"arrears"}})", {{"Retry-After", "40"}}));
    auto const error = *world.deliver().front().failure;
    EXPECT_EQ(error.code, ErrorCode::all_providers_unavailable);
    EXPECT_NE(error.message.find("kimi failed, after 3 attempts"), std::string::npos);
    EXPECT_NE(error.message.find("Account \"main\" at glm is exhausted"), std::string::npos);
    EXPECT_EQ(error.retry_after_s, 40);
    EXPECT_EQ(error.provider, "glm");
}

TEST(delivery, a_file_nobody_takes_is_refused_before_a_byte_is_sent) {
    World world;
    EXPECT_EQ(shown(world.deliver({}, "bytes", "a.zip")), ":1002");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 0);
    EXPECT_EQ(world.catalog.calls, 0);
}

TEST(delivery, a_refused_purpose_leads_to_the_next_word_and_what_worked_is_remembered) {
    World world({"glm"});
    world.provider.refused_purposes = {"user_data", "agent"};
    for (int i = 0; i < 2; ++i)
        world.provider.will("glm", "POST",
                            answers(400, R"({"error":{"code":"1214","message":"purpose"}})"));
    EXPECT_EQ(shown(world.deliver()), "glm:placed");
    EXPECT_EQ(world.provider.copies.front().purpose, "file");
    EXPECT_EQ(world.catalog.remembered.at("glm/file"), "file");
    EXPECT_TRUE(world.catalog.open_intents.empty());
    EXPECT_EQ(shown(world.deliver({}, "other bytes")), "glm:placed");
    EXPECT_EQ(world.provider.calls("glm", "POST"), 4) << "the second file went straight to `file`";
}

TEST(delivery, what_the_catalog_recalls_at_start_is_tried_first) {
    World world({"kimi"});
    world.delivery.recall_purpose(ProviderName("kimi"), AccountName("main"), Purpose("assistants"),
                                  WirePurpose("assistants"));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.copies.front().purpose, "assistants");
}

TEST(delivery, when_every_purpose_is_refused_the_next_provider_is_asked) {
    World world;
    world.provider.refused_purposes = {"file-extract", "assistants"};
    EXPECT_EQ(shown(world.deliver()), "glm:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 2);
    World named;
    named.provider.refused_purposes = {"file-extract", "assistants"};
    auto const error = *named.deliver(at({"kimi"})).front().failure;
    EXPECT_EQ(error.code, ErrorCode::invalid_purpose);
    EXPECT_NE(error.message.find("Invalid purpose: assistants"), std::string::npos);
}

TEST(delivery, named_providers_are_each_placed_and_fail_alone) {
    World world({"kimi", "glm", "openai"});
    script(world, answers(401, ""));
    EXPECT_EQ(shown(world.deliver(at({"openai", "kimi", "glm"}))),
              "openai:placed | kimi:3001 | glm:placed");
    EXPECT_EQ(world.provider.copies.size(), 2);
    EXPECT_LT(world.loop.monotonic_now().time_since_epoch(), seconds(5)) << "all at once";
}

TEST(delivery, a_named_provider_that_does_not_take_the_file_fails_alone) {
    World world({"kimi", "openai"});
    MemoryBody const body("x");
    auto one = world.parcel("a.zip", body, "x");
    one.facts.mime_type = "application/zip";
    one.wish = at({"kimi", "openai"});
    FakeJournal journal(world.catalog, world.loop, one);
    auto const outcomes = world.loop.run_task(world.delivery.deliver(one, journal));
    EXPECT_EQ(shown(outcomes.value()), "kimi:1002 | openai:placed");
}

TEST(delivery, a_wrong_wish_fails_as_a_whole) {
    World world;
    MemoryBody const body("x");
    auto one = world.parcel("a.pdf", body, "x");
    FakeJournal journal(world.catalog, world.loop, one);
    one.wish = at({"kimi", "nobody"});
    auto const unknown = world.loop.run_task(world.delivery.deliver(one, journal));
    EXPECT_EQ(unknown.error().code, ErrorCode::unknown_provider);
    one.wish = at({}, "nonsense");
    auto const invalid = world.loop.run_task(world.delivery.deliver(one, journal));
    EXPECT_EQ(invalid.error().code, ErrorCode::invalid_purpose);
    EXPECT_EQ(world.provider.seen.size(), 0);
    EXPECT_EQ(world.catalog.calls, 0);
}

// The stored bytes end too early.
class BrokenBody final : public ReopenableBody {
public:
    std::uint64_t size_bytes() const override { return 1000; }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t) const override {
        co_return std::make_unique<MemorySource>("short");
    }
};

TEST(delivery, our_own_broken_bytes_are_nobody_elses_fault) {
    World world;
    BrokenBody const body;
    auto const one = world.parcel("a.pdf", body, "x");
    FakeJournal journal(world.catalog, world.loop, one);
    auto const outcomes = world.loop.run_task(world.delivery.deliver(one, journal));
    EXPECT_EQ(shown(outcomes.value()), "kimi:5001");
    EXPECT_EQ(world.provider.calls("glm", "POST"), 0);
    EXPECT_TRUE(world.catalog.open_intents.empty());
}

TEST(delivery, retry_after_is_waited_for) {
    World world({"kimi"});
    world.provider.will("kimi", "POST", answers(429, "", {{"Retry-After", "30"}}));
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_GE(world.loop.monotonic_now().time_since_epoch(), seconds(30));
}

TEST(delivery, one_deadline_holds_for_all_of_it) {
    World world;
    script(world, fault(Kind::hang));
    MemoryBody const body("x");
    auto one = world.parcel("a.pdf", body, "x");
    one.deadline = world.loop.monotonic_now() + seconds(20);
    FakeJournal journal(world.catalog, world.loop, one);
    auto const outcomes = world.loop.run_task(world.delivery.deliver(one, journal));
    EXPECT_EQ(shown(outcomes.value()), "kimi:3010");
    EXPECT_EQ(world.loop.monotonic_now().time_since_epoch(), seconds(20));
    EXPECT_EQ(world.provider.calls("glm", "POST"), 0);
}

TEST(delivery, a_faster_node_wins_and_our_copy_goes) {
    World world({"kimi"});
    world.catalog.before_finish = [&](std::string const& key) {
        if (world.catalog.live.contains(key)) return;
        Placed theirs;
        theirs.sha256 = sha256("bytes");
        theirs.purpose = WirePurpose("file-extract");
        theirs.file.id = ProviderFileId("theirs");
        world.catalog.live.emplace(key, theirs);
        world.provider.copies.push_back(
            {"kimi", "theirs", "a.pdf", "", "file-extract", "bytes", world.loop.wall_now()});
    };
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    ASSERT_EQ(world.provider.copies.size(), 1);
    EXPECT_EQ(world.provider.copies.front().id, "theirs");
    EXPECT_TRUE(world.catalog.open_intents.empty());
}

// An operator took the lease away, and recovery was faster than the answer.
TEST(delivery, a_copy_that_was_found_and_placed_meanwhile_stays) {
    World world({"kimi"});
    world.catalog.before_finish = [&](std::string const& key) {
        if (world.catalog.live.contains(key)) return;
        Placed adopted;
        adopted.sha256 = sha256("bytes");
        adopted.purpose = WirePurpose("file-extract");
        adopted.file.id = ProviderFileId(world.provider.copies.back().id);
        world.catalog.live.emplace(key, adopted);
    };
    EXPECT_EQ(shown(world.deliver()), "kimi:placed");
    EXPECT_EQ(world.provider.copies.size(), 1);
    EXPECT_EQ(world.provider.calls("kimi", "DELETE"), 0);
    world.expect_every_placement_is_true();
}

TEST(delivery, removes_a_copy_at_its_account) {
    World world;
    world.deliver();
    auto const id = ProviderFileId(world.provider.copies.front().id);
    EXPECT_TRUE(
        world.loop.run_task(world.delivery.remove(ProviderName("kimi"), AccountName("main"), id)));
    EXPECT_TRUE(world.provider.copies.empty());
    auto const other =
        world.loop.run_task(world.delivery.remove(ProviderName("kimi"), AccountName("gone"), id));
    EXPECT_EQ(other.error().message, "account \"gone\" at kimi is no longer configured");
}

TEST(delivery, many_deliveries_of_the_same_bytes_make_one_upload) {
    World world;
    world.catalog.latency = seconds(1);
    MemoryBody const body("same");
    auto const one = world.parcel("a.pdf", body, "same");
    FakeJournal journal(world.catalog, world.loop, one);
    std::vector<std::string> results(50);
    TaskGroup group(world.loop);
    for (auto& result : results)
        group.spawn(deliver_into(world, one, journal, result));
    world.loop.run();
    for (auto const& result : results)
        EXPECT_EQ(result, "kimi:placed");
    EXPECT_EQ(world.provider.calls("kimi", "POST"), 1);
}

TEST(delivery, a_waiter_gives_up_at_its_own_deadline) {
    World world({"kimi"});
    world.provider.latency = seconds(100);
    MemoryBody const body("same");
    auto one = world.parcel("a.pdf", body, "same");
    FakeJournal journal(world.catalog, world.loop, one);
    std::string first;
    std::string second;
    TaskGroup group(world.loop);
    group.spawn(deliver_into(world, one, journal, first));
    one.deadline = world.loop.monotonic_now() + seconds(10);
    group.spawn(deliver_into(world, one, journal, second));
    world.loop.run(MonotonicTime(seconds(11)));
    EXPECT_EQ(second, "kimi:3010");
    EXPECT_EQ(first, "");
    world.loop.run();
    EXPECT_EQ(first, "kimi:placed");
}

}  // namespace
}  // namespace filegate::delivery
