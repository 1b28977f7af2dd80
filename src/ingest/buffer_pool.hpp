#pragma once
// Page-aligned buffers for all uploads together, never more than a fixed number of bytes.
//
// No deadlock, by one rule for its users: wait in take() only while holding no buffer; whoever
// holds one may only try_take(). And try_take() leaves a quarter of the memory for take(), so that
// stalled clients with large buffers do not lock out new ones.

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/semaphore.hpp"

namespace filegate::ingest {

class BufferPool {
public:
    // The sizes on offer: 16 KiB and its multiples by four below `buffer_bytes`, and that.
    // take_soon() waits for `patience`; none: for ever.
    BufferPool(std::uint64_t memory_bytes_max, std::size_t buffer_bytes,
               std::optional<seconds> patience = {});
    ~BufferPool();
    BufferPool(BufferPool const&) = delete;
    BufferPool& operator=(BufferPool const&) = delete;

    // Goes back to the pool by itself, on any thread.
    class Buffer {
    public:
        Buffer() = default;
        Buffer(Buffer&& other) noexcept { *this = std::move(other); }
        Buffer& operator=(Buffer&& other) noexcept;
        ~Buffer() { release(); }

        std::span<std::byte> bytes() const { return memory_; }
        std::size_t size() const { return memory_.size(); }
        void release();

    private:
        friend class BufferPool;
        BufferPool* pool_ = nullptr;
        std::span<std::byte> memory_;
        Semaphore::Permit permit_;
        Semaphore::Permit growth_permit_;
    };

    // Ascending; the smallest is what an upload starts with.
    std::span<std::size_t const> sizes() const { return sizes_; }

    // Waits its turn; `size` is one of sizes(). First come, first served, on any executor.
    Task<Buffer> take(std::size_t size);
    std::optional<Buffer> try_take(std::size_t size);  // never waits, never overtakes a waiter
    // As take(), for so long at most; then overloaded.
    Task<Result<Buffer>> take_soon(std::size_t size);

    std::size_t memory_bytes() const;  // in use and kept for the next upload

private:
    struct Shelf {
        std::vector<std::span<std::byte>> free;
        std::size_t in_use = 0;
    };
    Task<Result<Buffer>> take_in_turn(std::size_t size);
    Buffer hand_out(std::size_t size, Semaphore::Permit permit, Semaphore::Permit growth_permit);
    void put_back(std::span<std::byte> memory);
    void make_room(std::size_t bytes);
    void unmap_one(Shelf& shelf);

    std::size_t const memory_bytes_max_;
    std::optional<seconds> const patience_;
    std::vector<std::size_t> sizes_;
    Semaphore memory_;  // in bytes
    Semaphore growth_;  // in bytes: what try_take() may have handed out
    mutable std::mutex mutex_;
    std::map<std::size_t, Shelf> shelves_;  // by buffer size
    std::size_t mapped_bytes_ = 0;
};

}  // namespace filegate::ingest
