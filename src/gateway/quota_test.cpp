// Quotas through the whole story: whatever becomes of an upload, what is charged is what is there,
// and nothing stays reserved.

#include <gtest/gtest.h>

#include "base/deadline.hpp"
#include "gateway/gateway_fakes.hpp"

namespace filegate::gateway {
namespace {

// Comes in pieces, a simulated moment apart, so that many uploads are under way at once; may break
// off.
class SlowIncoming final : public IncomingFile {
public:
    SlowIncoming(UploadRequest request, std::string bytes, std::optional<std::size_t> breaks_at)
        : request_(std::move(request)), bytes_(std::move(bytes)), breaks_at_(breaks_at) {}

    UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        co_await sleep_for(milliseconds(10));
        if (breaks_at_ && at_ >= *breaks_at_) {
            co_return fail(ErrorCode::body_truncated, "the client went away");
        }
        auto const count = std::min({into.size(), bytes_.size() - at_, std::size_t{64}});
        std::memcpy(into.data(), bytes_.data() + at_, count);
        at_ += count;
        co_return count;
    }

private:
    UploadRequest request_;
    std::string bytes_;
    std::optional<std::size_t> breaks_at_;
    std::size_t at_ = 0;
};

class QuotaTest : public ::testing::Test {
protected:
    Result<FileView> upload(std::string bytes, UploadRequest request = {}) {
        if (request.name.empty()) request.name = "notes.txt";
        FakeIncoming incoming(std::move(request), std::move(bytes));
        return world_.run(world_.gateway().upload(world_.caller(), incoming));
    }
    void set_quota(std::uint64_t bytes) {
        ASSERT_TRUE(world_.run(world_.catalog().set_quota(PrincipalId("local"), bytes)));
    }
    static UploadRequest exact(std::uint64_t bytes, std::string name = "notes.txt") {
        return {.name = std::move(name), .declared = {.at_least = bytes, .at_most = bytes}};
    }

    World world_;
};

TEST_F(QuotaTest, an_upload_is_charged_and_a_delete_gives_it_back) {
    auto const view = upload("twelve bytes", exact(12));
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(world_.quota(), "12 bytes in 1 files, 0 reserved");
    ASSERT_TRUE(upload("twelve bytes", exact(12)));
    EXPECT_EQ(world_.quota(), "12 bytes in 1 files, 0 reserved") << "the same file again";
    ASSERT_TRUE(upload("twelve bytes", exact(12, "other.txt")));
    EXPECT_EQ(world_.quota(), "24 bytes in 2 files, 0 reserved") << "another name is another file";
    ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), view->file.id)));
    EXPECT_EQ(world_.quota(), "12 bytes in 1 files, 0 reserved");
}

TEST_F(QuotaTest, a_declared_length_beyond_it_is_refused_before_the_first_byte) {
    set_quota(20);
    ASSERT_TRUE(upload("twelve bytes", exact(12)));
    FakeIncoming incoming(exact(9, "b.txt"), "nine byte");
    auto const refused = world_.run(world_.gateway().upload(world_.caller(), incoming));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::quota_exceeded);
    EXPECT_EQ(incoming.reads(), 0);
    ASSERT_TRUE(upload("8 bytes.", exact(8, "c.txt")));
    EXPECT_EQ(world_.quota(), "20 bytes in 2 files, 0 reserved");
}

TEST_F(QuotaTest, a_body_of_unknown_length_that_passes_it_has_passed_the_quota) {
    set_quota(20);
    auto const refused = upload("these are twenty-one.");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::quota_exceeded) << refused.error().message;
    EXPECT_EQ(world_.quota(), "0 bytes in 0 files, 0 reserved");
    EXPECT_EQ(world_.staged_files(), 0U);
    ASSERT_TRUE(upload("these are twenty but"));
}

TEST_F(QuotaTest, a_file_larger_than_any_is_too_large_and_not_over_quota) {
    auto const refused = upload(std::string((1 << 20) + 1, 'x'));
    EXPECT_EQ(refused.error().code, ErrorCode::file_too_large);
    EXPECT_EQ(world_.quota(), "0 bytes in 0 files, 0 reserved");
}

TEST_F(QuotaTest, what_ends_an_upload_early_leaves_nothing_reserved) {
    UploadRequest late{.name = "a.txt", .purpose = Purpose("nonsense")};
    FakeIncoming with_late_fields({.name = "a.txt"}, "bytes");
    with_late_fields.becomes_at_end(late);
    EXPECT_FALSE(world_.run(world_.gateway().upload(world_.caller(), with_late_fields)));
    EXPECT_FALSE(upload("bytes", {.name = "a.txt", .announced_sha256 = sha256("others")}));
    SlowIncoming broken({.name = "a.txt"}, std::string(500, 'x'), 200);
    EXPECT_FALSE(world_.run(world_.gateway().upload(world_.caller(), broken)));
    EXPECT_EQ(world_.quota(), "0 bytes in 0 files, 0 reserved");
}

TEST_F(QuotaTest, a_file_whose_delivery_failed_is_kept_and_charged) {
    world_.provider().status = 503;
    EXPECT_FALSE(upload("important"));
    EXPECT_EQ(world_.quota(), "9 bytes in 1 files, 0 reserved");
}

TEST_F(QuotaTest, another_principals_same_bytes_are_charged_to_it_alone) {
    ASSERT_TRUE(upload("shared bytes"));
    auto const ann = access::PrincipalFake::named("ann");
    FakeIncoming incoming({.name = "notes.txt"}, "shared bytes");
    auto const hers = world_.run(world_.gateway().upload(ann, incoming));
    ASSERT_TRUE(hers);
    EXPECT_FALSE(hers->is_deduplicated) << "she never had them";
    EXPECT_EQ(world_.quota("ann"), "12 bytes in 1 files, 0 reserved");
    EXPECT_EQ(world_.quota(), "12 bytes in 1 files, 0 reserved");
    ASSERT_TRUE(world_.run(world_.gateway().remove(ann, hers->file.id)));
    EXPECT_EQ(world_.quota(), "12 bytes in 1 files, 0 reserved");
    EXPECT_EQ(world_.quota("ann"), "0 bytes in 0 files, 0 reserved");
}

TEST_F(QuotaTest, a_delete_by_an_admin_gives_the_bytes_back_to_their_owner) {
    auto const ann = access::PrincipalFake::named("ann");
    FakeIncoming incoming({.name = "notes.txt"}, "her bytes");
    auto const hers = world_.run(world_.gateway().upload(ann, incoming));
    ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), hers->file.id)));
    EXPECT_EQ(world_.quota("ann"), "0 bytes in 0 files, 0 reserved");
    EXPECT_TRUE(world_.is_quota_exact());
}

// Every call to the catalog and the blob store fails in turn, of an upload and of a delete.
TEST_F(QuotaTest, whichever_step_fails_the_count_is_exact_and_nothing_is_reserved) {
    int steps = 0;
    for (bool has_failed = true; has_failed; ++steps) {
        World world;
        world.fail_step(steps);
        FakeIncoming incoming({.name = "a.txt"}, "the bytes");
        auto const added = world.run(world.gateway().upload(world.caller(), incoming));
        if (added) (void)world.run(world.gateway().remove(world.caller(), added->file.id));
        has_failed = world.has_failed();
        world.fail_step(std::nullopt);
        EXPECT_TRUE(world.is_quota_exact()) << "step " << steps << ": " << world.quota();
        world.finish_background();
        EXPECT_TRUE(world.is_quota_exact()) << "step " << steps << ": " << world.quota();
    }
    EXPECT_GT(steps, 10);
}

Task<void> upload_into(Gateway& gateway, access::Principal const& caller, SlowIncoming& incoming,
                       std::optional<Result<FileView>>& out) {
    out = co_await gateway.upload(caller, incoming);
}

Task<Done> join(TaskGroup& group) {
    co_await group.join();
    co_return Done();
}

// The client goes away right before one call after the other, and while the body comes.
TEST_F(QuotaTest, whenever_the_client_goes_away_the_count_is_exact_and_nothing_is_reserved) {
    for (int step = 0; step < 20; ++step) {
        World world;
        SlowIncoming incoming({.name = "a.txt"}, std::string(300, 'x'), {});
        std::optional<Result<FileView>> outcome;
        TaskGroup group(world.loop());
        world.before_step(step, [&] { group.cancel(); });
        group.spawn(upload_into(world.gateway(), world.caller(), incoming, outcome));
        world.run(join(group));
        world.fail_step(std::nullopt);
        world.finish_background();
        EXPECT_TRUE(world.is_quota_exact()) << "step " << step << ": " << world.quota();
    }
    for (int wait_ms = 5; wait_ms < 80; wait_ms += 10) {
        World world;
        SlowIncoming incoming({.name = "a.txt"}, std::string(300, 'x'), {});
        std::optional<Result<FileView>> outcome;
        TaskGroup group(world.loop());
        group.spawn(upload_into(world.gateway(), world.caller(), incoming, outcome));
        world.loop().run(world.loop().monotonic_now() + milliseconds(wait_ms));
        group.cancel();
        world.run(join(group));
        EXPECT_TRUE(world.is_quota_exact()) << wait_ms << " ms: " << world.quota();
    }
}

// 64 at once: of known and of unknown length, some breaking off, at the edge of the quota.
TEST_F(QuotaTest, racing_uploads_at_the_edge_never_pass_it_and_leave_nothing_reserved) {
    constexpr std::size_t racers = 64;
    constexpr std::uint64_t edge = 5000;
    set_quota(edge);
    std::vector<std::unique_ptr<SlowIncoming>> incoming;
    std::vector<std::optional<Result<FileView>>> outcomes(racers);
    for (std::size_t i = 0; i < racers; ++i) {
        auto const bytes = 150 + 3 * i;
        auto request = exact(bytes, fmt::format("{}.txt", i));
        request.mode = DeliveryMode::none;
        if (i == 12) request.declared = {};  // holds all that is left
        auto const breaks_at = i % 5 == 0 ? std::optional(bytes / 2) : std::nullopt;
        incoming.push_back(std::make_unique<SlowIncoming>(
            std::move(request), std::string(bytes, static_cast<char>('0' + i)), breaks_at));
    }
    TaskGroup group(world_.loop());
    for (std::size_t i = 0; i < racers; ++i)
        group.spawn(upload_into(world_.gateway(), world_.caller(), *incoming[i], outcomes[i]));
    while (group.size() > 0) {
        world_.loop().run(world_.loop().monotonic_now() + milliseconds(10));
        auto const quota = world_.run(world_.catalog().quota_of(PrincipalId("local"))).value();
        ASSERT_LE(quota.used_bytes + quota.reserved_bytes, edge);
    }
    std::size_t passed = 0;
    std::size_t over_quota = 0;
    for (auto const& outcome : outcomes) {
        passed += outcome->has_value() ? 1 : 0;
        bool const is_over = !*outcome && outcome->error().code == ErrorCode::quota_exceeded;
        over_quota += is_over ? 1 : 0;
    }
    EXPECT_GT(over_quota, 20U);
    EXPECT_GT(passed, 5U);
    EXPECT_TRUE(world_.is_quota_exact()) << world_.quota();
}

TEST_F(QuotaTest, limits_are_told_before_they_are_met) {
    ASSERT_TRUE(upload("twelve bytes"));
    auto const report = world_.run(world_.gateway().limits(world_.caller())).value();
    EXPECT_EQ(report.file_bytes_max, 1U << 20);
    EXPECT_EQ(report.quota->limit_bytes, 10U << 20);
    EXPECT_EQ(report.quota->left_bytes, (10U << 20) - 12);
    EXPECT_EQ(report.quota->file_count, 1U);
    EXPECT_FALSE(report.rates) << "nobody is limited without authentication";
    EXPECT_EQ(report.providers.front().provider, ProviderName("kimi"));
    EXPECT_EQ(report.providers.front().default_purpose, Purpose("assistants"));
    EXPECT_FALSE(report.purposes.empty());
}

TEST_F(QuotaTest, only_an_admin_lists_the_files_of_others) {
    auto const ann = access::PrincipalFake::named("ann");
    FakeIncoming incoming({.name = "hers.txt", .mode = DeliveryMode::none}, "her bytes");
    ASSERT_TRUE(world_.run(world_.gateway().upload(ann, incoming)));
    ASSERT_TRUE(upload("mine", {.mode = DeliveryMode::none}));
    auto const count = [&](access::Principal const& caller, ListedFiles whose) {
        auto const page = world_.run(world_.gateway().list(caller, {}, std::move(whose)));
        return page ? static_cast<int>(page->files.size()) : -static_cast<int>(page.error().code);
    };
    constexpr int refused = -static_cast<int>(ErrorCode::permission_denied);
    auto const& admin = world_.caller();
    EXPECT_EQ(count(admin, {}), 1);
    EXPECT_EQ(count(admin, {.is_everybodys = true}), 2);
    EXPECT_EQ(count(admin, {.owner = PrincipalId("ann")}), 1);
    EXPECT_EQ(count(admin, {.owner = PrincipalId("nobody")}), 0);
    EXPECT_EQ(count(ann, {}), 1);
    EXPECT_EQ(count(ann, {.owner = PrincipalId("ann")}), 1);
    EXPECT_EQ(count(ann, {.owner = PrincipalId("local")}), refused);
    EXPECT_EQ(count(ann, {.owner = PrincipalId("nobody")}), refused);
    EXPECT_EQ(count(ann, {.is_everybodys = true}), refused);
}

}  // namespace
}  // namespace filegate::gateway
