#pragma once
// Blobs as files of one local folder; the layout stands atop the .cpp. The folder must be on the
// file system of the staging folder, because a blob gets into place by a rename.

#include <atomic>

#include "base/keyed_mutex.hpp"
#include "observe/log.hpp"
#include "store/blob_store.hpp"

namespace filegate::store {

class DiskBlobStore final : public BlobStore {
public:
    // Creates `folder` when missing. Blocking, for start-up; the caller holds the data folder's
    // lock. `workers` outlives the store and every body it opened.
    static Result<std::unique_ptr<DiskBlobStore>> open(std::filesystem::path folder,
                                                       WorkerPool& workers, observe::Log& log,
                                                       DiskCalls& disk = real_disk());

    // A blob of the wrong size is damaged: it is replaced, and that is logged.
    Task<Result<KeepOutcome>> keep(StagedFile staged, Sha256Digest digest) override;
    // The body keeps the file open: a blob that is removed meanwhile stays readable.
    Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) override;
    Task<Result<bool>> contains(Sha256Digest digest) override;
    Task<Result<void>> remove(Sha256Digest digest) override;
    Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest> after,
                                                 std::size_t count_max) override;
    Task<Result<void>> check() override;

private:
    struct Opened {};

public:
    DiskBlobStore(Opened, std::filesystem::path folder, WorkerPool& workers, observe::Log& log,
                  DiskCalls& disk);

private:
    std::filesystem::path shard_of(Sha256Digest const& digest) const;
    Result<void> ensure_shard(Sha256Digest const& digest);
    enum class Placed : std::uint8_t { added, met, replaced };
    Result<KeepOutcome> keep_now(StagedFile const& staged, Sha256Digest const& digest);
    Result<Placed> place(StagedFile const& staged, std::filesystem::path const& path);
    Result<bool> is_whole(StagedFile const& staged, std::filesystem::path const& path);
    Result<void> remove_now(Sha256Digest const& digest);
    Result<void> probe();

    std::filesystem::path folder_;
    WorkerPool& workers_;
    observe::Log& log_;
    DiskCalls& disk_;
    KeyedMutex changing_;  // one change per digest at a time: an undo never hits another's blob
    std::vector<std::atomic<bool>> durable_shards_;  // by the digest's first two bytes
};

}  // namespace filegate::store
