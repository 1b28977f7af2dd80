#pragma once
// Bytes, pulled. A stage is a source that wraps a source; backpressure follows from pulling, and
// memory is bounded by the reader's buffer.

#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"

namespace filegate {

class ByteSource {
public:
    virtual ~ByteSource() = default;

    // Fills the front of `into` (never empty) and answers how much; 0 is the end, and stays the
    // end. After an error the source is spent. `into` must live until the call has returned.
    virtual Task<Result<std::size_t>> read(std::span<std::byte> into) = 0;
};

// Bytes that can be read again from any offset: what a retry needs. May be opened many times, also
// at once; sources must not outlive it.
class ReopenableBody {
public:
    virtual ~ReopenableBody() = default;
    virtual std::uint64_t size_bytes() const = 0;
    virtual Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const = 0;
};

class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    std::string bytes_;
    std::size_t position_ = 0;
};

class MemoryBody final : public ReopenableBody {
public:
    explicit MemoryBody(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size_bytes() const override { return bytes_.size(); }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override;

private:
    std::string bytes_;
};

// Reads until `into` is full or the source ends; answers how much was read.
Task<Result<std::size_t>> read_full(ByteSource& source, std::span<std::byte> into);

// Reads a whole small body; fails with validation_failed beyond `bytes_max`.
Task<Result<std::string>> read_all(ByteSource& source, std::size_t bytes_max);

}  // namespace filegate
