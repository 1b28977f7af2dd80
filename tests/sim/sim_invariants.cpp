#include "sim_invariants.hpp"

#include <gtest/gtest.h>

namespace filegate::sim {
namespace {

using catalog::PlacementKey;

Task<Result<std::string>> read_blob(store::BlobStore& blobs, Sha256Digest digest) {
    CO_TRY(auto const body, co_await blobs.open(digest));
    CO_TRY(auto const source, co_await body->open(0));
    co_return co_await read_all(*source, 1 << 20);
}

bool has_list(std::string const& provider) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() == provider) return contract.has_list;
    }
    return false;
}

void expect_files_are_there(World& world, Ledger const& ledger) {
    for (auto const& told : ledger.told) {
        auto const file = world.run(world.catalog().file_record(told.id));
        ASSERT_TRUE(file) << told.id.text() << " was acknowledged and is lost";
        EXPECT_EQ(file->sha256, told.sha256) << told.id.text();
        auto const bytes = world.run(read_blob(world.blobs(), told.sha256));
        ASSERT_TRUE(bytes) << told.id.text() << " has lost its bytes";
        EXPECT_EQ(sha256(*bytes), told.sha256) << told.id.text();
    }
}

std::vector<catalog::PlacementRecord> live_placements(World& world) {
    return world
        .run(world.catalog().placements_with_status(catalog::PlacementStatus::live, 10'000'000))
        .value();
}

std::string key_of(std::string const& provider, std::string const& id) {
    return provider + "/" + id;
}

void expect_copies_and_placements_agree(World& world) {
    std::map<std::string, HeldCopy> copies;
    for (auto const& copy : world.copies())
        copies.emplace(key_of(copy.provider, copy.id), copy);
    std::set<std::string> placed;
    for (auto const& placement : live_placements(world)) {
        auto const key = key_of(placement.key.provider.text(), placement.provider_file_id.text());
        EXPECT_TRUE(placed.insert(key).second) << key << " is two placements'";
        auto const copy = copies.find(key);
        ASSERT_NE(copy, copies.end()) << "a placement of " << key << ", which is not there";
        EXPECT_EQ(copy->second.sha256, placement.key.sha256.hex()) << key;
        EXPECT_EQ(copy->second.purpose, placement.key.purpose.text()) << key;
    }
    std::map<std::string, int> same;
    for (auto const& [key, copy] : copies) {
        if (!has_list(copy.provider)) continue;
        EXPECT_TRUE(placed.contains(key)) << key << " belongs to nothing";
        auto const bytes = fmt::format("{}/{}/{}", copy.provider, copy.purpose, copy.sha256);
        EXPECT_EQ(++same[bytes], 1) << bytes << " is there twice";
    }
}

// Where there is no list, each copy that is no placement's has an open intent that tells of it.
void expect_every_stray_has_an_intent(World& world) {
    std::set<std::string> placed;
    for (auto const& placement : live_placements(world))
        placed.insert(key_of(placement.key.provider.text(), placement.provider_file_id.text()));
    auto const intents = world.run(world.catalog().open_intents(10'000)).value();
    for (auto const& copy : world.copies()) {
        if (has_list(copy.provider) || placed.contains(key_of(copy.provider, copy.id))) continue;
        auto const is_its = [&](catalog::IntentRecord const& intent) {
            return intent.key.provider.text() == copy.provider &&
                   intent.key.sha256.hex() == copy.sha256;
        };
        EXPECT_TRUE(std::ranges::any_of(intents, is_its)) << copy.id << " is unknown";
    }
}

void expect_nothing_waits(World& world) {
    EXPECT_EQ(world.run(world.catalog().count_deliveries()).value(), 0);
    for (auto const& intent : world.run(world.catalog().open_intents(10'000)).value()) {
        EXPECT_FALSE(has_list(intent.key.provider.text()))
            << intent.id.text() << " is still open: " << intent.finding;
    }
    auto const leases = world.run(world.leases().statistics()).value();
    EXPECT_EQ(leases.held, 0);
    EXPECT_EQ(leases.waiting, 0);
    auto const marked = world.run(
        world.catalog().placements_with_status(catalog::PlacementStatus::deleting, 10'000));
    for (auto const& placement : *marked) {
        EXPECT_FALSE(has_list(placement.key.provider.text()))
            << placement.id.text() << " still has to be removed";
    }
}

// What is charged is what is there, whatever failed, was given up or lost its power meanwhile.
void expect_quota_is_exact(World& world) {
    auto const& owner = world.caller().id();
    auto const files = world.run(world.catalog().list_files(owner, {.limit = 10'000}))->files;
    std::uint64_t bytes = 0;
    for (auto const& found : files)
        bytes += found.file.bytes;
    auto const quota = world.run(world.catalog().quota_of(owner)).value();
    EXPECT_EQ(quota.used_bytes, bytes);
    EXPECT_EQ(quota.file_count, files.size());
    EXPECT_EQ(quota.reserved_bytes, 0);
}

}  // namespace

void let_settle(World& world) {
    world.set_faults({});
    world.set_trouble({});
    // Longer than a queued delivery waits at most, than two copies are kept apart, than a breaker
    // stays open, and than the clock was ever set back.
    world.pass(std::chrono::hours(12));
}

void expect_all_is_well(World& world, Ledger const& ledger) {
    expect_files_are_there(world, ledger);
    expect_copies_and_placements_agree(world);
    expect_every_stray_has_an_intent(world);
    expect_nothing_waits(world);
    expect_quota_is_exact(world);
}

}  // namespace filegate::sim
