#pragma once
// For tests: random calls, made on two catalogs at once, whose answers must be the same.

#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {

class RandomCalls {
public:
    RandomCalls(SimLoop& loop, Catalog& first, Catalog& second, std::uint64_t seed)
        : loop_(loop), first_(first), second_(second), random_(seed), records_(loop) {}

    // False when the answers differed; the difference is then a test failure.
    bool make_one();
    // Everything that can be seen of both.
    bool compare_all();

private:
    template <class Call>
    bool both(char const* title, Call const& call);
    template <class T>
    T const& pick(std::vector<T> const& from) {
        return from[random_.below(from.size())];
    }
    bool happens(std::uint64_t in_hundred) { return random_.below(100) < in_hundred; }

    bool add();
    bool find();
    bool list();
    bool remove();
    bool set_file_status();
    bool find_placement();
    bool link();
    bool set_placement_status();
    bool begin();
    bool finish();
    bool discard();
    bool abandon();
    bool note_finding();
    bool list_intents();
    bool find_recorded();
    bool queue();
    bool list_due();
    bool postpone();
    bool end_delivery();
    bool save_breaker();
    bool add_event();
    bool remember();
    bool settle();
    bool revoke();
    bool reserve();
    bool release();
    bool set_quota();
    bool ask_quota();

    PrincipalId owner();
    PlacementKey key();
    PlacementStatus placement_status();
    // Around now: in the past, in this moment, or in the future.
    WallTime some_time();
    QueuedDelivery delivery(FileId const& file);

    SimLoop& loop_;
    Catalog& first_;
    Catalog& second_;
    SeededRandom random_;
    RecordSource records_;
    // Whatever was ever made, gone or not, and one that never was.
    std::vector<FileId> files_{records_.ids().file()};
    std::vector<PlacementId> placements_{records_.ids().placement()};
    std::vector<IntentRecord> intents_{
        records_.intent(records_.ids().file(), records_.key("content 0"))};
    std::vector<DeliveryId> deliveries_{records_.ids().delivery()};
    std::vector<ReservationId> reservations_{records_.ids().reservation()};
};

}  // namespace filegate::catalog
