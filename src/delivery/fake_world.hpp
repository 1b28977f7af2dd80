#pragma once
// For tests: simulated time, fake providers, a fake catalog and a Delivery over them, and the
// invariants that hold whatever goes wrong.

#include "base/sim_loop.hpp"
#include "coordination/memory_breakers.hpp"
#include "coordination/memory_leases.hpp"
#include "delivery/fake_provider.hpp"

namespace filegate::delivery {

inline contracts::Contract const& contract_named(std::string_view name) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() == name) return contract;
    }
    throw std::logic_error("no such contract");
}

inline std::vector<Account> accounts_of(std::vector<std::string> const& names) {
    std::vector<Account> accounts;
    for (auto const& name : names) {
        auto const is_signed = name.ends_with('*');  // "glm*": a key that can be signed
        auto const provider = is_signed ? name.substr(0, name.size() - 1) : name;
        auto const key = is_signed ? "id-of-" + provider + ".secret" : "key-of-" + provider;
        accounts.push_back({&contract_named(provider), AccountName("main"), Secret(key),
                            "https://" + provider + "/v1"});
    }
    return accounts;
}

// A world of its own for each test: simulated time, providers, catalog.
struct World {
    explicit World(std::vector<std::string> const& names = {"kimi", "glm"}, std::uint64_t seed = 1)
        : random(seed),
          delivery(accounts_of(names),
                   {provider, breakers, leases, loop, random, observe::silent_log()}, {}) {}

    Parcel parcel(std::string name, ReopenableBody const& body, std::string const& content) {
        Parcel one;
        one.facts = {body.size_bytes(), std::move(name), "application/pdf"};
        one.sha256 = sha256(content);
        one.body = &body;
        one.trace_id = "trace";
        return one;
    }
    std::vector<Outcome> deliver(Preference wish = {}, std::string const& content = "bytes",
                                 std::string const& name = "a.pdf") {
        MemoryBody const body(content);
        auto one = parcel(name, body, content);
        one.wish = std::move(wish);
        FakeJournal journal(catalog, loop, one);
        auto outcomes = loop.run_task(delivery.deliver(one, journal));
        EXPECT_TRUE(outcomes) << (outcomes ? "" : outcomes.error().message);
        return outcomes.value_or(std::vector<Outcome>{{}});
    }
    std::size_t copies_at(std::string_view host) const {
        return static_cast<std::size_t>(
            std::ranges::count(provider.copies, host, &StoredCopy::host));
    }
    // No provider copy that the catalog does not know of, by a placement or an open intent.
    void expect_every_copy_can_be_found() const {
        for (auto const& copy : provider.copies) {
            auto const key =
                fmt::format("{}/main/{}/{}", copy.host, copy.purpose, sha256(copy.content).hex());
            auto const placed = catalog.live.find(key);
            auto const is_placed =
                placed != catalog.live.end() && placed->second.file.id.text() == copy.id;
            auto const has_intent = std::ranges::any_of(
                catalog.open_intents, [&](auto const& one) { return one.second.key == key; });
            auto const is_discarded = std::ranges::any_of(
                catalog.discarded, [&](auto const& one) { return one.file.id.text() == copy.id; });
            EXPECT_TRUE(is_placed || has_intent || is_discarded) << copy.id << " of " << key;
        }
    }
    // Every placement stands for a copy with its bytes.
    void expect_every_placement_is_true() const {
        for (auto const& [key, placed] : catalog.live) {
            auto const copy =
                std::ranges::find(provider.copies, placed.file.id.text(), &StoredCopy::id);
            ASSERT_NE(copy, provider.copies.end()) << key;
            EXPECT_EQ(sha256(copy->content), placed.sha256) << key;
            EXPECT_EQ(copy->purpose, placed.purpose.text());
        }
    }

    SimLoop loop;
    SeededRandom random;
    FakeProvider provider{loop};
    FakeCatalog catalog;
    coordination::MemoryBreakers breakers{{}, loop, nullptr};
    coordination::MemoryLeases leases{{}, loop, "node"};
    Delivery delivery;
};

inline Preference at(std::initializer_list<std::string> names, std::string const& purpose = "") {
    Preference wish;
    for (auto const& name : names)
        wish.providers.emplace_back(name);
    if (!purpose.empty()) wish.purpose = Purpose(purpose);
    return wish;
}

inline std::string shown(std::vector<Outcome> const& outcomes) {
    std::string text;
    for (auto const& outcome : outcomes) {
        if (!text.empty()) text += " | ";
        text += outcome.provider.text() + ":";
        text +=
            outcome.failure ? std::to_string(static_cast<int>(outcome.failure->code)) : "placed";
    }
    return text;
}

// A delivery as a task of its own; `out` is what shown() makes of it, empty when cancelled.
inline Task<void> deliver_into(World& world, Parcel parcel, Journal& journal, std::string& out) {
    auto const outcomes = co_await world.delivery.deliver(parcel, journal);
    out = outcomes ? shown(*outcomes) : outcomes.error().message;
}

}  // namespace filegate::delivery
