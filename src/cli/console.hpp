#pragma once
// Where a verb writes. Results go to `out`, everything else to `err`.

#include <functional>
#include <optional>
#include <string_view>

namespace filegate::cli {

struct Console {
    std::function<bool(std::string_view)> out;  // false: nobody takes it any more, or disk full
    std::function<void(std::string_view)> err;
    std::optional<std::size_t> progress_columns;  // none: err is no terminal
};

// Standard output and error. A line is visible when the call returns.
Console standard_console();

}  // namespace filegate::cli
