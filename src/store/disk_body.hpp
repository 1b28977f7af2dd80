#pragma once
// An open blob file as a ReopenableBody: positioned reads on the worker pool, any number of readers
// at once.

#include "base/byte_source.hpp"
#include "base/worker_pool.hpp"
#include "store/disk_files.hpp"

namespace filegate::store {

class DiskBody final : public ReopenableBody {
public:
    DiskBody(DiskCalls& disk, WorkerPool& workers, Descriptor file, std::uint64_t size_bytes)
        : disk_(disk), workers_(workers), file_(std::move(file)), size_bytes_(size_bytes) {}
    ~DiskBody() override;  // closes on a worker thread

    std::uint64_t size_bytes() const override { return size_bytes_; }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override;

private:
    DiskCalls& disk_;
    WorkerPool& workers_;
    Descriptor file_;
    std::uint64_t size_bytes_;
};

}  // namespace filegate::store
