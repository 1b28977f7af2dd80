#include "access/upload_grant.hpp"

#include <gtest/gtest.h>

#include "access/access.hpp"
#include "access/access_fakes.hpp"
#include "base/sim_loop.hpp"

namespace filegate::access {
namespace {

// One principal's quota; counts what is held.
class LedgerFake final : public QuotaLedger {
public:
    Task<Result<QuotaReservation>> reserve(QuotaWish wish) override {
        last = wish;
        if (is_broken) co_return fail(ErrorCode::database_error, "the ledger cannot be read");
        if (left < wish.bytes_least) co_return fail(ErrorCode::quota_exceeded, "nothing left");
        auto const bytes = std::min(left, wish.bytes_most);
        left -= bytes;
        ++held;
        co_return QuotaReservation{.id = ReservationId(fmt::format("{}", bytes)), .bytes = bytes};
    }
    void release(ReservationId const& id) noexcept override {
        left += std::stoull(id.text());
        --held;
    }
    Task<Result<QuotaView>> view(PrincipalId) override { co_return QuotaView{.left_bytes = left}; }

    std::uint64_t left = 1000;
    int held = 0;
    bool is_broken = false;
    QuotaWish last;
};

class UploadGrantTest : public ::testing::Test {
protected:
    Result<UploadGrant> admit(DeclaredSize declared) {
        return loop_.run_task(access_.admit(caller_, declared));
    }

    SimLoop loop_;
    LedgerFake ledger_;
    Access access_{{.file_bytes_max = 300}, {.ledger = &ledger_}};
    Principal const caller_ = PrincipalFake::named("ann");
};

TEST_F(UploadGrantTest, reserves_what_may_come_and_gives_it_back_when_it_goes) {
    struct Case {
        DeclaredSize declared;
        std::uint64_t least;
        std::uint64_t most;
    };
    for (auto const& [declared, least, most] :
         {Case{{.at_least = 120, .at_most = 120}, 120, 120}, Case{{}, 1, 300},
          Case{{.at_least = 10, .at_most = 200}, 10, 200},
          Case{{.at_least = 10, .at_most = 5000}, 10, 300}}) {
        {
            auto const grant = admit(declared);
            ASSERT_TRUE(grant);
            EXPECT_EQ(ledger_.last.owner, PrincipalId("ann"));
            EXPECT_EQ(ledger_.last.bytes_least, least);
            EXPECT_EQ(grant->bytes_max(), most);
            EXPECT_EQ(ledger_.left, 1000 - most);
        }
        EXPECT_EQ(ledger_.left, 1000U);
        EXPECT_EQ(ledger_.held, 0);
    }
}

TEST_F(UploadGrantTest, is_given_back_once_however_often_it_is_moved) {
    {
        auto first = std::move(admit({}).value());
        auto second = std::move(first);
        auto const third = std::move(second);
        EXPECT_EQ(ledger_.held, 1);
        EXPECT_TRUE(third.reservation());
    }
    EXPECT_EQ(ledger_.held, 0);
}

TEST_F(UploadGrantTest, a_body_of_unknown_length_may_come_as_long_as_anything_is_left) {
    ledger_.left = 50;
    auto const grant = admit({});
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->bytes_max(), 50U);
    EXPECT_EQ(admit({}).error().code, ErrorCode::quota_exceeded);
}

TEST_F(UploadGrantTest, a_file_beyond_what_was_left_has_passed_the_quota_not_the_size_limit) {
    Error const too_large{.code = ErrorCode::file_too_large, .message = "too large"};
    EXPECT_EQ(admit({})->explain(too_large).code, ErrorCode::file_too_large);
    ledger_.left = 50;
    auto const grant = admit({});
    auto const explained = grant->explain(too_large);
    EXPECT_EQ(explained.code, ErrorCode::quota_exceeded);
    EXPECT_NE(explained.message.find("50"), std::string::npos);
    Error const other{.code = ErrorCode::body_truncated, .message = "cut"};
    EXPECT_EQ(grant->explain(other).code, ErrorCode::body_truncated);
}

TEST_F(UploadGrantTest, a_file_too_large_for_the_gateway_is_refused_as_that_and_reserves_nothing) {
    ledger_.left = 0;
    EXPECT_EQ(admit({.at_least = 301, .at_most = 301}).error().code, ErrorCode::file_too_large);
    EXPECT_EQ(admit({.at_most = 0}).error().code, ErrorCode::validation_failed);
    EXPECT_EQ(ledger_.held, 0);
}

TEST_F(UploadGrantTest, nothing_is_let_in_while_the_ledger_cannot_be_read) {
    ledger_.is_broken = true;
    EXPECT_EQ(admit({.at_least = 1, .at_most = 1}).error().code, ErrorCode::database_error);
    EXPECT_EQ(admit({}).error().code, ErrorCode::database_error);
}

}  // namespace
}  // namespace filegate::access
