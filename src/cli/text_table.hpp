#pragma once
// Rows under one another, for people.

#include <cstdint>
#include <string>
#include <vector>

namespace filegate::cli {

// Every column as wide as its widest cell, whatever the cells hold made printable. Rows are equally
// long; the first one is the heading. The last column is not filled up: it may be long.
std::string text_table(std::vector<std::vector<std::string>> rows);

// 2026-01-02 03:04:05, in UTC; "-" outside what a calendar of four digits can say.
std::string time_text(std::int64_t unix_s);

}  // namespace filegate::cli
