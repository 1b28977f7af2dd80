#include <set>

#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

RevocationRecord of_token(std::string id, std::optional<WallTime> until, WallTime now) {
    return {.token_id = std::move(id), .until = until, .revoked_at = now};
}

RevocationRecord of_subject(std::string subject, WallTime issued_before, WallTime now) {
    return {.subject = PrincipalId(std::move(subject)),
            .issued_before = issued_before,
            .revoked_at = now};
}

TEST_P(CatalogConformance, the_first_value_settled_under_a_name_stays) {
    EXPECT_EQ(get(catalog().settle("grace_ends_at", "monday")), "monday");
    EXPECT_EQ(get(catalog().settle("grace_ends_at", "tuesday")), "monday");
    EXPECT_EQ(get(catalog().settle("grace_ends_at", "")), "monday");
    EXPECT_EQ(get(catalog().settle("another", "'); DROP TABLE settled; --")),
              "'); DROP TABLE settled; --");
}

TEST_P(CatalogConformance, of_many_who_settle_at_once_all_learn_the_same) {
    std::vector<Task<Result<void>>> tasks;
    std::set<std::string> answers;
    auto const ask = [](Catalog& catalog, std::set<std::string>& out,
                        std::string value) -> Task<Result<void>> {
        CO_TRY(auto kept, co_await catalog.settle("race", std::move(value)));
        out.insert(std::move(kept));
        co_return {};
    };
    for (int i = 0; i < 16; ++i)
        tasks.push_back(ask(catalog(), answers, std::to_string(i)));
    get_all(std::move(tasks));
    EXPECT_EQ(answers.size(), 1U);
}

TEST_P(CatalogConformance, gives_back_every_field_of_a_revocation) {
    EXPECT_EQ(get(catalog().revocations(now())).size(), 0U);
    auto const token = of_token("id-1", now() + seconds(60), now());
    auto const subject = of_subject("ann", now() - seconds(5), now());
    get(catalog().revoke_token(token, now()));
    get(catalog().revoke_token(subject, now()));
    EXPECT_EQ(describe(get(catalog().revocations(now()))), describe(std::vector{subject, token}));
}

TEST_P(CatalogConformance, a_second_revocation_of_the_same_never_takes_back_the_first) {
    auto first = of_subject("ann", now(), now());
    first.until = now() + seconds(500);
    get(catalog().revoke_token(first, now()));
    auto weaker = of_subject("ann", now() - seconds(100), now() + seconds(1));
    weaker.until = now() + seconds(5);
    get(catalog().revoke_token(weaker, now()));
    first.revoked_at = weaker.revoked_at;
    EXPECT_EQ(describe(get(catalog().revocations(now()))), describe(std::vector{first}));

    auto const for_ever = of_subject("ann", now() + seconds(9), now() + seconds(2));
    get(catalog().revoke_token(for_ever, now()));
    get(catalog().revoke_token(first, now()));
    auto strictest = for_ever;
    strictest.revoked_at = first.revoked_at;
    EXPECT_EQ(describe(get(catalog().revocations(now()))), describe(std::vector{strictest}));
}

TEST_P(CatalogConformance, revocations_that_are_over_are_neither_listed_nor_kept) {
    get(catalog().revoke_token(of_token("short", now() + seconds(10), now()), now()));
    get(catalog().revoke_token(of_token("for ever", std::nullopt, now()), now()));
    EXPECT_EQ(get(catalog().revocations(now() + seconds(9))).size(), 2U);
    EXPECT_EQ(get(catalog().revocations(now() + seconds(10))).size(), 1U);
    auto const other = of_token("other", now() + seconds(99), now());
    get(catalog().revoke_token(other, now() + seconds(10)));
    EXPECT_EQ(get(catalog().revocations(now())).size(), 2U);  // dropped, not only hidden
}

TEST_P(CatalogConformance, revocations_that_are_kept_are_bounded_and_make_room_when_over) {
    auto const soon = now() + seconds(10);
    std::vector<Task<Result<void>>> tasks;
    for (std::size_t i = 0; i < list_limit_max; ++i) {
        tasks.push_back(catalog().revoke_token(of_token(std::to_string(i), soon, now()), now()));
        if (tasks.size() == 1000) get_all(std::exchange(tasks, {}));
    }
    get_all(std::move(tasks));
    auto const one_more = of_token("one more", soon, now());
    expect_error(ErrorCode::overloaded, catalog().revoke_token(one_more, now()));
    get(catalog().revoke_token(of_token("7", soon + seconds(1), now()), now()));  // is there
    get(catalog().revoke_token(one_more, soon));
    EXPECT_EQ(get(catalog().revocations(now())).size(), 2U);
}

}  // namespace
}  // namespace filegate::catalog
