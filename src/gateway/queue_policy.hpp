#pragma once
// What follows after a queued delivery was tried. Pure.

#include "catalog/records.hpp"
#include "delivery/delivery.hpp"

namespace filegate::gateway {

struct QueueOptions {
    seconds deadline{std::chrono::hours(24)};  // how long a delivery that nobody waits for is tried
    milliseconds delay_base{5'000};            // doubled with every try, with full jitter
    milliseconds delay_max{600'000};
    std::size_t waiting_max = 10'000;
    std::size_t at_once = 32;  // each holds a descriptor and a connection
};

struct QueueStep {
    std::optional<catalog::QueuedDelivery> again;  // none: it is over
    std::optional<Error> failure;                  // the one to tell the owner when it is over
};

// A provider that took the file is not asked again; one that refused it is given up; the others are
// tried again until the deadline.
QueueStep after_try(QueueOptions const& options, catalog::QueuedDelivery tried,
                    Result<std::vector<delivery::Outcome>> const& outcomes, WallTime now,
                    Random& random);

}  // namespace filegate::gateway
