#pragma once
// A body of any length into a staged file, hashed on the way. Reading, hashing and writing overlap
// over a few buffers; the memory is the pool's.

#include <atomic>
#include <optional>
#include <vector>

#include "base/byte_source.hpp"
#include "base/digest.hpp"
#include "ingest/buffer_pool.hpp"
#include "ingest/scanner.hpp"
#include "store/staging.hpp"

namespace filegate::ingest {

// A buffer and how much of its front has been read.
struct Filled {
    BufferPool::Buffer buffer;
    std::size_t bytes = 0;
};

// For one body, on one executor. Its address is known to worker threads while write_all() runs.
class StagingWriter {
public:
    struct Parts {
        Executor& executor;
        WorkerPool& workers;
        BufferPool& pool;
        Scan* scan = nullptr;  // is shown every byte, beside the hash
    };
    StagingWriter(Parts parts, store::StagedFile file, std::size_t buffers_in_flight);
    ~StagingWriter();
    StagingWriter(StagingWriter const&) = delete;
    StagingWriter& operator=(StagingWriter const&) = delete;

    // Writes `first` and then `body` to its end. However it ends, by an error of the body or of the
    // disk, by cancellation or well, no worker uses the file or a buffer any more when it returns.
    // An error of the disk interrupts the read that is waiting.
    Task<Result<void>> write_all(ByteSource& body, Filled first);

    // After write_all().
    std::uint64_t bytes() const { return offset_; }
    store::StagedFile& file() { return file_; }
    Sha256Digest finish_digest() { return hash_.finish(); }

private:
    struct Flight;

    Task<Result<void>> pump(ByteSource& body, Filled first);
    Task<Result<BufferPool::Buffer>> next_buffer();
    std::optional<BufferPool::Buffer> largest_there_is();
    Task<void> wait_for(Flight& flight);
    Task<void> land_all();
    void launch(Filled filled);
    void give_up();
    void hash(Flight& flight);
    void write(Flight& flight);
    void finish_step(Flight& flight);
    void land(Flight& flight);

    Parts parts_;
    store::StagedFile file_;
    Sha256 hash_;
    Lane hash_lane_;
    std::vector<Flight> flights_;  // a ring
    std::uint64_t flights_started_ = 0;
    std::uint64_t offset_ = 0;
    std::optional<Error> failure_;           // the disk's; set on the executor
    TaskContext* reading_ = nullptr;         // of the pump, while it runs
    std::atomic<bool> is_given_up_ = false;  // workers skip what they have not begun
};

}  // namespace filegate::ingest
