// One buffer's way, and on which thread:
//
//   pump: wait for a flight, take a buffer, fill it from the body      executor
//     launch: hash (in order, on the lane) and write, side by side     workers
//             scan, when there is a scanner                            its own
//       finish_step: the last of them posts land                       any
//         land: give the buffer back, note an error, wake the pump     executor
//
// Everything but `is_given_up_`, the hash and the flight's own steps is touched on the executor
// only. A flight always lands, after everything else that its steps posted, and land() is its last
// use of the writer; so waiting for all flights, which cancellation does not cut short, makes it
// safe to let go of file and buffers.

#include "ingest/staging_writer.hpp"

#include <algorithm>
#include <exception>
#include <ranges>

#include "base/deadline.hpp"

namespace filegate::ingest {
namespace {

// Write-back is started early in steps of this, so that the final flush is short.
constexpr std::uint64_t writeback_bytes = 8 << 20;

}  // namespace

struct StagingWriter::Flight {
    Filled filled;
    std::uint64_t offset = 0;
    Result<void> written;
    std::atomic<int> steps = 0;
    std::optional<Completion<>> landed;  // engaged from launch() until somebody has waited

    std::span<std::byte const> content() const { return filled.buffer.bytes().first(filled.bytes); }
};

StagingWriter::StagingWriter(Parts parts, store::StagedFile file, std::size_t buffers_in_flight)
    : parts_(parts),
      file_(std::move(file)),
      hash_lane_(parts.workers),
      flights_(std::max<std::size_t>(1, buffers_in_flight)) {}

StagingWriter::~StagingWriter() {
    for (auto const& flight : flights_)
        FG_CHECK(!flight.landed, "every flight has landed before the writer goes");
}

Task<Result<void>> StagingWriter::write_all(ByteSource& body, Filled first) {
    auto& context = co_await this_context();
    Result<void> pumped;
    std::exception_ptr thrown;
    {
        DeadlineContext reading(context, no_deadline);
        reading_ = &reading.context();
        try {
            pumped = co_await pump(body, std::move(first)).in(reading.context());
        } catch (...) {  // flights use the file and the buffers: they land before anything unwinds
            thrown = std::current_exception();
        }
        reading_ = nullptr;
    }
    if (thrown || !pumped) give_up();
    co_await land_all();
    context.throw_if_cancelled();
    if (failure_) co_return fail(std::move(*failure_));
    if (thrown) std::rethrow_exception(thrown);
    co_return pumped;
}

Task<Result<void>> StagingWriter::pump(ByteSource& body, Filled first) {
    launch(std::move(first));
    while (!failure_) {
        Filled next;
        CO_TRY(next.buffer, co_await next_buffer());
        // Up to a multiple of the buffer's size, so that every later write is aligned to it.
        auto const room = next.buffer.size() - offset_ % next.buffer.size();
        CO_TRY(next.bytes, co_await read_full(body, next.buffer.bytes().first(room)));
        auto const is_end = next.bytes < room;
        if (next.bytes > 0) launch(std::move(next));
        if (is_end) break;
    }
    co_return {};
}

Task<Result<BufferPool::Buffer>> StagingWriter::next_buffer() {
    co_await wait_for(flights_[flights_started_ % flights_.size()]);
    if (auto buffer = largest_there_is()) co_return std::move(*buffer);
    co_await land_all();  // the pool's rule: wait only while holding nothing
    if (auto buffer = largest_there_is()) co_return std::move(*buffer);
    co_return co_await parts_.pool.take_soon(parts_.pool.sizes().front());
}

std::optional<BufferPool::Buffer> StagingWriter::largest_there_is() {
    for (auto const size : parts_.pool.sizes() | std::views::reverse) {
        if (auto buffer = parts_.pool.try_take(size)) return buffer;
    }
    return std::nullopt;
}

Task<void> StagingWriter::wait_for(Flight& flight) {
    if (!flight.landed) co_return;
    co_await *flight.landed;
    flight.landed.reset();
}

Task<void> StagingWriter::land_all() {
    bool was_cancelled = false;
    for (auto& flight : flights_) {
        if (!flight.landed) continue;
        try {
            co_await *flight.landed;
        } catch (Cancelled const&) {
            was_cancelled = true;
        }
        flight.landed.reset();
    }
    if (was_cancelled) throw Cancelled();
}

void StagingWriter::launch(Filled filled) {
    auto& flight = flights_[flights_started_++ % flights_.size()];
    FG_CHECK(!flight.landed, "a flight is waited for before it starts again");
    flight.offset = offset_;
    offset_ += filled.bytes;
    flight.filled = std::move(filled);
    flight.steps = parts_.scan != nullptr ? 3 : 2;
    // Whoever is cancelled while he waits for it does not wait for a slow scanner.
    flight.landed.emplace([this] { give_up(); });
    hash_lane_.submit([this, &flight] { hash(flight); });
    parts_.workers.submit([this, &flight] { write(flight); });
    if (parts_.scan == nullptr) return;
    parts_.scan->feed(flight.content(), [this, &flight] { finish_step(flight); });
}

void StagingWriter::give_up() {
    is_given_up_ = true;
    if (parts_.scan != nullptr) parts_.scan->give_up();
}

void StagingWriter::hash(Flight& flight) {
    if (!is_given_up_) hash_.update(flight.content());
    finish_step(flight);
}

void StagingWriter::write(Flight& flight) {
    if (!is_given_up_) {
        flight.written = file_.write_at(flight.offset, flight.content());
        auto const end = (flight.offset + flight.filled.bytes) / writeback_bytes * writeback_bytes;
        if (flight.written && end > flight.offset) {
            file_.start_writeback(end - writeback_bytes, writeback_bytes);
        }
        // At once: the flight lands when the scan, too, has let go of its bytes.
        if (!flight.written) parts_.executor.post([this] { give_up(); });
    }
    finish_step(flight);
}

void StagingWriter::finish_step(Flight& flight) {
    if (flight.steps.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    parts_.executor.post([this, &flight] { land(flight); });
}

void StagingWriter::land(Flight& flight) {
    flight.filled.buffer.release();
    if (!flight.written && !failure_) {
        failure_ = flight.written.error();
        give_up();
        if (reading_ != nullptr) reading_->cancel();
    }
    flight.landed->complete();
}

}  // namespace filegate::ingest
