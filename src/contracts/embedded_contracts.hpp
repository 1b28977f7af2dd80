#pragma once
// The text of the built-in contracts. For contracts/*.cpp only.

#include "base/embedded.hpp"
#include "contracts/contract.hpp"

namespace filegate::contracts {

std::span<EmbeddedFile const> embedded_files();  // written by the build, see cmake/embed.cmake

EmbeddedFile const* find_embedded(std::string_view contract_name);  // "kimi"; null: no such

}  // namespace filegate::contracts
