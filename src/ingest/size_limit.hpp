#pragma once
// A source that ends in file_too_large once more than `bytes_max` bytes have come. It never asks
// for more than one byte beyond the limit.

#include "base/byte_source.hpp"

namespace filegate::ingest {

class SizeLimit final : public ByteSource {
public:
    SizeLimit(ByteSource& body, std::uint64_t bytes_max) : body_(body), bytes_max_(bytes_max) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    ByteSource& body_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
};

}  // namespace filegate::ingest
