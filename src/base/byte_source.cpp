#include "base/byte_source.hpp"

#include <cstring>

#include <fmt/format.h>

namespace filegate {

Task<Result<std::size_t>> MemorySource::read(std::span<std::byte> into) {
    auto const count = std::min(into.size(), bytes_.size() - position_);
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    co_return count;
}

Task<Result<std::unique_ptr<ByteSource>>> MemoryBody::open(std::uint64_t offset) const {
    auto const from = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size()));
    co_return std::make_unique<MemorySource>(bytes_.substr(from));
}

Task<Result<std::size_t>> read_full(ByteSource& source, std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        CO_TRY(auto const count, co_await source.read(into.subspan(filled)));
        if (count == 0) break;
        filled += count;
    }
    co_return filled;
}

Task<Result<std::string>> read_all(ByteSource& source, std::size_t bytes_max) {
    constexpr std::size_t step_bytes = 16 * 1024;
    std::string text;
    while (true) {
        auto const filled = text.size();
        text.resize(filled + step_bytes);
        CO_TRY(auto const count,
               co_await source.read(std::as_writable_bytes(std::span(text).subspan(filled))));
        text.resize(filled + count);
        if (count == 0) co_return text;
        if (text.size() > bytes_max) {
            co_return fail(
                ErrorCode::validation_failed,
                fmt::format("the body is larger than the {} bytes allowed here", bytes_max));
        }
    }
}

}  // namespace filegate
