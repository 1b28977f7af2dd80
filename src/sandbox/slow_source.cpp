#include "sandbox/slow_source.hpp"

#include "base/deadline.hpp"

namespace filegate::sandbox {

namespace {

constexpr std::uint64_t steps_max = 16;

std::uint64_t divide_up(std::uint64_t total, std::uint64_t by) {
    return total / by + (total % by == 0 ? 0 : 1);
}

}  // namespace

SlowSource::SlowSource(ByteSource& source, std::optional<std::uint64_t> size_bytes,
                       milliseconds total)
    : source_(source), step_bytes_(UINT64_MAX), pause_(total), steps_left_(1) {
    if (!size_bytes || *size_bytes == 0) return;
    step_bytes_ = divide_up(*size_bytes, steps_max);
    steps_left_ = divide_up(*size_bytes, step_bytes_);
    pause_ /= static_cast<std::int64_t>(steps_left_);
}

Task<Result<std::size_t>> SlowSource::read(std::span<std::byte> into) {
    if (left_in_step_ == 0 && steps_left_ > 0) {
        --steps_left_;
        left_in_step_ = step_bytes_;
        co_await sleep_for(pause_);
    }
    // A body longer than it said is no slower for it.
    auto const bytes_max =
        left_in_step_ == 0
            ? into.size()
            : static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_in_step_));
    CO_TRY(auto const count, co_await source_.read(into.first(bytes_max)));
    left_in_step_ -= std::min<std::uint64_t>(count, left_in_step_);
    co_return count;
}

}  // namespace filegate::sandbox
