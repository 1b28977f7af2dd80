#include "catalog/quota_accounts.hpp"

#include <gtest/gtest.h>

namespace filegate::catalog {
namespace {

PrincipalId owner(int number) {
    return PrincipalId(fmt::format("owner {}", number));
}

QuotaRecord holding(PrincipalId const& who, std::uint64_t used_bytes) {
    return {.owner = who, .used_bytes = used_bytes, .file_count = 1};
}

Result<std::uint64_t> reserve(QuotaAccounts& accounts, PrincipalId const& who, char const* id) {
    return accounts.reserve({.id = ReservationId(id),
                             .owner = who,
                             .bytes_least = 5,
                             .bytes_most = 10,
                             .default_limit_bytes = 20});
}

TEST(quota_accounts, an_owner_is_known_once_the_catalog_was_read_for_it) {
    QuotaAccounts accounts;
    auto const pin = accounts.pin(owner(1));
    EXPECT_FALSE(pin.is_known());
    accounts.settle(holding(owner(1), 3), std::nullopt);
    EXPECT_TRUE(pin.is_known());
    EXPECT_EQ(accounts.record(owner(1)), holding(owner(1), 3));
}

TEST(quota_accounts, what_was_committed_and_what_is_reserved_count_together) {
    QuotaAccounts accounts;
    auto const pin = accounts.pin(owner(1));
    accounts.settle(holding(owner(1), 3), std::nullopt);
    EXPECT_EQ(reserve(accounts, owner(1), "a").value(), 10U);
    EXPECT_EQ(reserve(accounts, owner(1), "b").value(), 7U) << "what is left";
    EXPECT_FALSE(reserve(accounts, owner(1), "c"));
    accounts.settle(holding(owner(1), 12), ReservationId("a"));
    EXPECT_EQ(accounts.record(owner(1)).reserved_bytes, 7U);
    EXPECT_FALSE(reserve(accounts, owner(1), "d")) << "12 and 7 of 20";
}

TEST(quota_accounts, only_so_many_idle_owners_are_remembered) {
    QuotaAccounts accounts(3);
    for (int i = 0; i < 100; ++i) {
        auto const pin = accounts.pin(owner(i));
        accounts.settle(holding(owner(i), 3), std::nullopt);
    }
    EXPECT_EQ(accounts.size(), 3U);
}

TEST(quota_accounts, an_owner_with_something_under_way_is_never_forgotten) {
    QuotaAccounts accounts(0);
    {
        auto const pin = accounts.pin(owner(1));
        accounts.settle(holding(owner(1), 3), std::nullopt);
        ASSERT_TRUE(reserve(accounts, owner(1), "a"));
    }
    EXPECT_EQ(accounts.reserved_bytes(owner(1)), 10U);
    accounts.release(ReservationId("a"));
    EXPECT_EQ(accounts.size(), 0U);
    EXPECT_EQ(accounts.reserved_bytes(owner(1)), 0U);
}

TEST(quota_accounts, an_owner_that_could_not_be_read_is_forgotten) {
    QuotaAccounts accounts;
    {
        auto const pin = accounts.pin(owner(1));
    }
    EXPECT_EQ(accounts.size(), 0U);
}

}  // namespace
}  // namespace filegate::catalog
