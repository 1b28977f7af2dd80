#pragma once
// Where bytes wait until they have proved themselves. A staged file is invisible, belongs to one
// upload and is deleted by its destructor unless a store takes it over.

#include <filesystem>
#include <span>

#include "base/result.hpp"
#include "base/worker_pool.hpp"

namespace filegate::store {

// Blocking calls, for worker threads; one thread at a time except write_at(), which any number of
// threads may call for ranges that do not overlap.
class StagedFile {
public:
    StagedFile(StagedFile&&) noexcept;
    StagedFile& operator=(StagedFile&&) noexcept;
    ~StagedFile();  // closes and unlinks on a worker thread, unless released

    Result<void> write_at(std::uint64_t offset, std::span<std::byte const> bytes);
    Result<void> flush();  // its bytes are on the disk when this returns
    int descriptor() const;
    std::filesystem::path const& path() const;
    void release();  // the file has been renamed away

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
    static Result<StagingArea> open(std::filesystem::path folder, WorkerPool& workers);

    Result<StagedFile> create();  // blocking; store_full when the disk is
    std::filesystem::path const& folder() const { return folder_; }

private:
    StagingArea(std::filesystem::path folder, WorkerPool& workers);
    std::filesystem::path folder_;
    WorkerPool* workers_;
};

}  // namespace filegate::store
