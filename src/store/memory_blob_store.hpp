#pragma once
// Blobs in memory, for tests and demonstrations: gone with the process, bounded by `bytes_max`.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/blob_store.hpp"

namespace filegate::store {

class MemoryBlobStore final : public BlobStore {
public:
    explicit MemoryBlobStore(WorkerPool& workers, std::uint64_t bytes_max = 256 << 20)
        : workers_(workers), bytes_max_(bytes_max) {}

    Task<Result<KeepOutcome>> keep(StagedFile staged, Sha256Digest digest) override;
    Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) override;
    Task<Result<bool>> contains(Sha256Digest digest) override;
    Task<Result<void>> remove(Sha256Digest digest) override;
    Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest> after,
                                                 std::size_t count_max) override;
    Task<Result<void>> check() override;

private:
    // Shared: a removed blob stays readable for whoever has it open.
    using Bytes = std::shared_ptr<std::string const>;

    Result<KeepOutcome> keep_now(StagedFile const& staged, Sha256Digest const& digest);

    WorkerPool& workers_;
    std::uint64_t bytes_max_;
    std::mutex mutex_;
    std::map<Sha256Digest, Bytes> blobs_;
    std::uint64_t bytes_ = 0;
};

}  // namespace filegate::store
