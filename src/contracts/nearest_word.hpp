#pragma once
// For "did you mean": the valid word that a mistyped one was most likely meant to be.

#include <span>
#include <string_view>

namespace filegate::contracts {

// The shortest one that goes on where `word` ends; else the one with the fewest letters changed;
// when those are more than a third, the one that begins alike the longest. `valid` is not empty.
// Cost: the product of the lengths, with `word` cut at 64 bytes.
std::string_view nearest_word(std::string_view word, std::span<std::string_view const> valid);

}  // namespace filegate::contracts
