#pragma once
// A file that the build put inside the binary (cmake/embed.cmake).

#include <span>
#include <string_view>

namespace filegate {

struct EmbeddedFile {
    std::string_view name;
    std::string_view content;
};

}  // namespace filegate
