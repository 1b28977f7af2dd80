#pragma once
// What clamd answers to INSTREAM, as a verdict. Pure.

#include <string_view>

#include "ingest/verdict.hpp"

namespace filegate::ingest {

inline constexpr std::size_t clamd_answer_bytes_max = 4096;

// `answer` is all that came, with or without its closing zero byte or newline. Only a whole
// "stream: OK" is clean; what is not understood is not checked.
Verdict verdict_of_clamd(std::string_view answer);

}  // namespace filegate::ingest
