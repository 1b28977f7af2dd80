#pragma once
// The release, as CMakeLists.txt has it (tested).

#include <string_view>

namespace filegate::config {

inline constexpr std::string_view version = "0.1.0";

}  // namespace filegate::config
