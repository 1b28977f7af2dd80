#pragma once
// Where bytes wait until they have proved themselves. A staged file is invisible, belongs to one
// upload and is deleted by its destructor unless a store takes it over.

#include <atomic>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "store/disk_calls.hpp"

namespace filegate::store {

// Blocking calls, for worker threads; one thread at a time except write_at(), which any number of
// threads may call for ranges that do not overlap. Goes before the worker pool does.
class StagedFile {
public:
    StagedFile(StagedFile&&) noexcept;
    StagedFile& operator=(StagedFile&&) noexcept;
    ~StagedFile();  // closes and unlinks on a worker thread, unless released

    Result<void> write_at(std::uint64_t offset, std::span<std::byte const> bytes);
    // Reads until `into` is full or the file ends; answers how much.
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const;
    void start_writeback(std::uint64_t offset, std::uint64_t bytes);  // so that flush() is short
    Result<void> flush();  // its bytes are on the disk when this returns
    int descriptor() const;
    std::filesystem::path const& path() const;
    void release();  // the file has been renamed away
    void discard();  // closes and unlinks now, for who is on a worker thread already

private:
    friend class StagingArea;
    struct State;
    explicit StagedFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

class StagingArea {
public:
    // `folder` is created when missing, and emptied: leftovers are of uploads that died with the
    // process before (the caller holds the data folder's lock).
    static Result<StagingArea> open(std::filesystem::path folder, WorkerPool& workers,
                                    DiskCalls& disk = real_disk());
    StagingArea(StagingArea&& other) noexcept;

    Result<StagedFile> create();  // any thread, blocking; store_full when the disk is
    std::filesystem::path const& folder() const { return folder_; }

private:
    StagingArea(std::filesystem::path folder, WorkerPool& workers, DiskCalls& disk);

    std::filesystem::path folder_;
    WorkerPool* workers_;
    DiskCalls* disk_;
    std::atomic<std::uint64_t> created_ = 0;
};

}  // namespace filegate::store
