#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

TEST_P(CatalogConformance, gives_back_every_field_of_a_breaker) {
    EXPECT_EQ(get(catalog().breakers()).size(), 0U);
    auto const breaker = records_.breaker("glm-cn", "native");
    get(catalog().save_breaker(breaker));
    EXPECT_EQ(describe(get(catalog().breakers())), describe(std::vector{breaker}));
}

TEST_P(CatalogConformance, the_last_word_on_a_breaker_is_kept) {
    auto breaker = records_.breaker("glm", "native");
    get(catalog().save_breaker(breaker));
    breaker = {.provider = breaker.provider,
               .transport = breaker.transport,
               .phase = "closed",
               .successes = 0,
               .wait = seconds(0),
               .retry_at = std::nullopt,
               .changed_at = now() + seconds(9),
               .reason = ""};
    for (int i = 0; i < 2; ++i) {
        get(catalog().save_breaker(breaker));
        EXPECT_EQ(describe(get(catalog().breakers())), describe(std::vector{breaker}));
    }
}

TEST_P(CatalogConformance, breakers_are_listed_by_provider_and_transport) {
    std::vector<BreakerRecord> saved;
    for (auto const& [provider, transport] : {std::pair("glm", "native"),
                                              {"glm", "openai"},
                                              {"glm", "plain"},
                                              {"glm-cn", "native"},
                                              {"kimi", ""},
                                              {"kimi", "native"}}) {
        saved.push_back(records_.breaker(provider, transport));
    }
    for (std::size_t const i : {5U, 1U, 3U, 0U, 4U, 2U})
        get(catalog().save_breaker(saved[i]));
    EXPECT_EQ(describe(get(catalog().breakers())), describe(saved));
}

TEST_P(CatalogConformance, gives_back_every_field_of_an_event) {
    EXPECT_EQ(get(catalog().events(9)).size(), 0U);
    auto by_hand = records_.event("glm/native");
    by_hand.detail = "'); DROP TABLE events; --\n\u4e2d\u6587";
    EventRecord const by_itself{.at = now() + milliseconds(1),
                                .principal = PrincipalId(),
                                .action = "copy.adopted",
                                .subject = "file-at-provider",
                                .outcome = "the provider did not answer",
                                .detail = ""};
    get(catalog().add_event(by_hand));
    get(catalog().add_event(by_itself));
    EXPECT_EQ(describe(get(catalog().events(9))), describe(std::vector{by_itself, by_hand}));
}

TEST_P(CatalogConformance, events_are_listed_latest_first_whatever_their_times_say) {
    std::vector<EventRecord> added;
    for (auto const* subject : {"1", "2", "3", "3"}) {
        auto event = records_.event(subject);
        event.at -= seconds(added.size() / 2);  // the clock was set back
        get(catalog().add_event(event));
        added.insert(added.begin(), event);
    }
    EXPECT_EQ(describe(get(catalog().events(9))), describe(added));
    added.resize(2);
    EXPECT_EQ(describe(get(catalog().events(2))), describe(added));
    EXPECT_EQ(get(catalog().events(0)).size(), 0U);
}

TEST_P(CatalogConformance, events_that_are_listed_are_bounded) {
    std::vector<Task<Result<void>>> tasks;
    for (std::size_t i = 0; i < list_limit_max + 1; ++i) {
        tasks.push_back(catalog().add_event(records_.event(std::to_string(i))));
        if (tasks.size() == 1000) get_all(std::exchange(tasks, {}));
    }
    get_all(std::move(tasks));
    auto const listed = get(catalog().events(SIZE_MAX));
    EXPECT_EQ(listed.size(), list_limit_max);
    EXPECT_EQ(listed.front().subject, std::to_string(list_limit_max));
    EXPECT_EQ(listed.back().subject, "1");
}

}  // namespace
}  // namespace filegate::catalog
