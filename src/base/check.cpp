#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace filegate {

void check_failed(char const* condition, char const* file, int line, char const* reason) {
    std::fprintf(stderr, "filegate: bug: %s (%s does not hold, %s:%d)\n", reason, condition, file,
                 line);
    std::abort();
}

}  // namespace filegate
