#pragma once
// How a part of the gateway is, in words for operators. Pure: facts in, a verdict out.

#include <span>
#include <string>

#include "catalog/records.hpp"
#include "delivery/delivery.hpp"

namespace filegate::gateway {

struct PartHealth {
    std::string name;  // catalog, blobs, coordination, deliveries, provider kimi/kimi
    enum class State : std::uint8_t { well, impaired, unwell } state = State::well;
    std::string what = "ok";  // or what is wrong and what to do
};

std::string_view name_of(PartHealth::State state);

// How many open intents deliveries_health() is shown at most; more count as that many.
inline constexpr std::size_t intents_shown_max = 1000;

// Impaired when the queue is long or an intent has been open for long.
PartHealth deliveries_health(std::uint64_t waiting, std::span<catalog::IntentRecord const> open,
                             WallTime now);

// `transports` are those of one account, not empty. Well: a request would go out now, and the last
// one that told anything about the provider succeeded. Unwell: none would go out.
PartHealth provider_health(std::span<delivery::TransportHealth const> transports, WallTime now);

}  // namespace filegate::gateway
