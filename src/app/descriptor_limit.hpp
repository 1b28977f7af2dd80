#pragma once
// A server needs a descriptor per connection and per open file; shells hand out 1024.

#include <cstddef>

namespace filegate::app {

// Raises the process's soft limit to its hard one; answers the limit now in force.
std::size_t raise_descriptor_limit();

// How many connections the limit carries, when each may hold a socket, an open file and, where
// files are scanned, a conversation with the scanner.
enum class Scanned : bool { no, yes };
std::size_t connections_carried(std::size_t descriptors, Scanned scanned);

}  // namespace filegate::app
