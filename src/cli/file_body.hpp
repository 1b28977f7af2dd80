#pragma once
// A local file as the body of a request: read from disk while it is sent, again from any offset.

#include <string>

#include "base/byte_source.hpp"
#include "base/worker_pool.hpp"

namespace filegate::cli {

// open() and spool() block: for worker threads. Sources read on `workers` and must not outlive the
// body. A file that shrinks while it is read is an error; what is appended to it is not sent.
class FileBody final : public ReopenableBody {
public:
    static Result<std::unique_ptr<FileBody>> open(std::string const& path, WorkerPool& workers);

    // Standard input cannot be read twice, so it goes into a nameless file in `folder` first.
    static Result<std::unique_ptr<FileBody>> spool(int descriptor, std::string const& folder,
                                                   WorkerPool& workers);

    ~FileBody() override;
    FileBody(FileBody const&) = delete;
    FileBody& operator=(FileBody const&) = delete;

    std::uint64_t size_bytes() const override { return bytes_; }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override;

private:
    FileBody(int descriptor, std::uint64_t bytes, std::string name, WorkerPool& workers)
        : descriptor_(descriptor), bytes_(bytes), name_(std::move(name)), workers_(workers) {}

    int descriptor_;
    std::uint64_t bytes_;
    std::string name_;
    WorkerPool& workers_;
};

}  // namespace filegate::cli
