#pragma once
// Queued deliveries as rows: what the SQLite catalog's calls do inside a transaction somebody else
// holds.

#include "catalog/catalog.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

Result<void> queue_delivery(db::Connection& connection, QueuedDelivery const& delivery);
Result<void> postpone_delivery(db::Connection& connection, QueuedDelivery const& delivery);
Result<void> end_delivery(db::Connection& connection, DeliveryId const& delivery);
Result<void> end_deliveries_of(db::Connection& connection, FileId const& file);

Result<std::vector<QueuedDelivery>> due_deliveries(db::Connection& connection, WallTime now,
                                                   std::size_t limit,
                                                   std::vector<DeliveryId> const& except);
Result<std::uint64_t> count_deliveries(db::Connection& connection);

}  // namespace filegate::catalog::sqlite
