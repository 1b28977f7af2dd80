#pragma once
// What holds whatever went wrong, once the trouble is over and recovery has had its time.

#include "sim_clients.hpp"

namespace filegate::sim {

// Lets the providers and the disk be well, and time pass until nothing is left to do.
void let_settle(World& world);

// Fails the test where one does not hold:
// - every acknowledged file is there, with its bytes;
// - every placement stands for a copy of exactly its bytes;
// - at providers that have a list, every copy is a placement's, and no bytes are there twice under
//   one purpose; at the others each copy more has an open intent;
// - what the caller's quota is charged is what its files have, and nothing is reserved;
// - nothing waits: no queued delivery, no lease, no intent that could be looked into.
void expect_all_is_well(World& world, Ledger const& ledger);

}  // namespace filegate::sim
