#pragma once
// Bytes that take their time: in at most sixteen steps, with a pause before each.

#include "base/byte_source.hpp"
#include "base/clock.hpp"

namespace filegate::sandbox {

class SlowSource final : public ByteSource {
public:
    // `source` outlives it. `total` is shared out over `size_bytes`; when that is not known, it
    // all passes before the first byte.
    SlowSource(ByteSource& source, std::optional<std::uint64_t> size_bytes, milliseconds total);

    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    ByteSource& source_;
    std::uint64_t step_bytes_;
    std::chrono::nanoseconds pause_;
    std::uint64_t steps_left_;
    std::uint64_t left_in_step_ = 0;
};

}  // namespace filegate::sandbox
