#include "net/pace.hpp"

namespace filegate::net {

bool Pace::is_too_slow() const {
    if (waited_ < limits_.idle_max) return false;
    auto const waited_s = std::chrono::duration<double>(waited_).count();
    return static_cast<double>(moved_bytes_) <
           static_cast<double>(limits_.bytes_per_second_min) * waited_s;
}

}  // namespace filegate::net
