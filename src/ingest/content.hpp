#pragma once
// Received bytes, looked at again to tell their type.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/result.hpp"

namespace filegate::ingest {

class Content {
public:
    virtual ~Content() = default;
    virtual std::uint64_t size_bytes() const = 0;
    // Fills `into` from `offset` on as far as there are bytes; answers how many. May block.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
};

class MemoryContent final : public Content {
public:
    explicit MemoryContent(std::span<std::byte const> bytes) : bytes_(bytes) {}
    std::uint64_t size_bytes() const override { return bytes_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
        if (offset >= bytes_.size()) return 0;
        auto const from = bytes_.subspan(static_cast<std::size_t>(offset));
        auto const count = std::min(into.size(), from.size());
        std::memcpy(into.data(), from.data(), count);
        return count;
    }

private:
    std::span<std::byte const> bytes_;
};

}  // namespace filegate::ingest
