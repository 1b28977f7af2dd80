#pragma once
// FG_CHECK: a condition that only a bug can break. Stops the process, in every build, with the
// place and a reason.

namespace filegate {

[[noreturn]] void check_failed(char const* condition, char const* file, int line,
                               char const* reason);

}  // namespace filegate

#define FG_CHECK(condition, reason)                                                \
    do {                                                                           \
        if (!(condition)) [[unlikely]] {                                           \
            ::filegate::check_failed(#condition, __FILE_NAME__, __LINE__, reason); \
        }                                                                          \
    } while (false)
