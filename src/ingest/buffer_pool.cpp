#include "ingest/buffer_pool.hpp"

#include <algorithm>
#include <new>
#include <sys/mman.h>

#include "base/deadline.hpp"

namespace filegate::ingest {
namespace {

constexpr std::size_t smallest_bytes = 16 * 1024;
constexpr std::size_t kept_bytes = 1 << 20;  // per size, however quiet it is
constexpr std::size_t kept_buffers = 4;

std::vector<std::size_t> sizes_up_to(std::size_t largest) {
    std::vector<std::size_t> sizes;
    for (auto size = smallest_bytes; size < largest; size *= 4)
        sizes.push_back(size);
    sizes.push_back(largest);
    return sizes;
}

}  // namespace

BufferPool::BufferPool(std::uint64_t memory_bytes_max, std::size_t buffer_bytes,
                       std::optional<seconds> patience)
    : memory_bytes_max_(std::max<std::size_t>(memory_bytes_max, buffer_bytes)),
      patience_(patience),
      sizes_(sizes_up_to(buffer_bytes)),
      memory_(memory_bytes_max_),
      growth_(memory_bytes_max_ - memory_bytes_max_ / 4) {
    FG_CHECK(buffer_bytes > 0 && buffer_bytes % 4096 == 0, "buffers are whole pages");
}

BufferPool::~BufferPool() {
    for (auto& [size, shelf] : shelves_) {
        FG_CHECK(shelf.in_use == 0, "every buffer is back before the pool goes");
        while (!shelf.free.empty())
            unmap_one(shelf);
    }
}

BufferPool::Buffer& BufferPool::Buffer::operator=(Buffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(memory_, other.memory_);
    std::swap(permit_, other.permit_);
    std::swap(growth_permit_, other.growth_permit_);
    return *this;
}

void BufferPool::Buffer::release() {
    if (pool_ == nullptr) return;
    // Memory first: whoever the permits wake must find it on the shelf, or the sum could pass the
    // limit.
    std::exchange(pool_, nullptr)->put_back(std::exchange(memory_, {}));
    growth_permit_.release();
    permit_.release();
}

Task<BufferPool::Buffer> BufferPool::take(std::size_t size) {
    auto permit = co_await memory_.acquire(size);
    co_return hand_out(size, std::move(permit), {});
}

Task<Result<BufferPool::Buffer>> BufferPool::take_soon(std::size_t size) {
    if (!patience_) co_return co_await take_in_turn(size);
    auto const now = (co_await this_context()).executor().clock().monotonic_now();
    Error late{.code = ErrorCode::overloaded,
               .message = "too many uploads are under way; try again shortly"};
    late.retry_after_s = static_cast<int>(patience_->count());
    co_return co_await with_deadline(now + *patience_, std::move(late), take_in_turn(size));
}

Task<Result<BufferPool::Buffer>> BufferPool::take_in_turn(std::size_t size) {
    auto buffer = co_await take(size);
    co_return buffer;
}

std::optional<BufferPool::Buffer> BufferPool::try_take(std::size_t size) {
    if (size > memory_bytes_max_ - memory_bytes_max_ / 4) return std::nullopt;
    auto growth_permit = growth_.try_acquire(size);
    if (!growth_permit) return std::nullopt;
    auto permit = memory_.try_acquire(size);
    if (!permit) return std::nullopt;
    return hand_out(size, std::move(*permit), std::move(*growth_permit));
}

std::size_t BufferPool::memory_bytes() const {
    std::scoped_lock const lock(mutex_);
    return mapped_bytes_;
}

BufferPool::Buffer BufferPool::hand_out(std::size_t size, Semaphore::Permit permit,
                                        Semaphore::Permit growth_permit) {
    Buffer buffer;
    std::scoped_lock const lock(mutex_);
    auto& shelf = shelves_[size];
    if (shelf.free.empty()) {
        make_room(size);
        auto* const memory =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        mapped_bytes_ += size;
        shelf.free.emplace_back(static_cast<std::byte*>(memory), size);
    }
    buffer.pool_ = this;
    buffer.memory_ = shelf.free.back();
    buffer.permit_ = std::move(permit);
    buffer.growth_permit_ = std::move(growth_permit);
    shelf.free.pop_back();
    ++shelf.in_use;
    return buffer;
}

void BufferPool::put_back(std::span<std::byte> memory) {
    std::scoped_lock const lock(mutex_);
    auto& shelf = shelves_[memory.size()];
    --shelf.in_use;
    shelf.free.push_back(memory);
    // As many stay as are in use, so that a steady load maps nothing and an idle pool is small.
    auto const kept = std::max({kept_buffers, kept_bytes / memory.size(), shelf.in_use});
    while (shelf.free.size() > kept)
        unmap_one(shelf);
}

// Memory kept in other sizes counts too: gives it up until `bytes` more fit.
void BufferPool::make_room(std::size_t bytes) {
    for (auto& [size, shelf] : shelves_) {
        while (!shelf.free.empty() && mapped_bytes_ + bytes > memory_bytes_max_)
            unmap_one(shelf);
    }
}

void BufferPool::unmap_one(Shelf& shelf) {
    auto const memory = shelf.free.back();
    shelf.free.pop_back();
    mapped_bytes_ -= memory.size();
    ::munmap(memory.data(), memory.size());
}

}  // namespace filegate::ingest
