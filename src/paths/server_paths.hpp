#pragma once
// Files on the gateway's machine that a caller names by path (SPEC section 6): only below
// configured roots, only regular files, one descriptor from the check to the last byte.

#include <memory>

#include "base/byte_source.hpp"
#include "base/worker_pool.hpp"
#include "paths/path_calls.hpp"
#include "paths/path_map.hpp"

namespace filegate::paths {

// The bytes that were there when it was opened, all of them, or an error at the end: invalid_path
// when anything about the file has changed meanwhile (size, times). Read once, by one caller.
class PathFile final : public ByteSource {
public:
    PathFile(WorkerPool& workers, OpenedFile opened)
        : workers_(workers), opened_(std::move(opened)) {}
    ~PathFile() override;  // closes on a worker thread
    PathFile(PathFile const&) = delete;
    PathFile& operator=(PathFile const&) = delete;

    std::uint64_t size_bytes() const { return static_cast<std::uint64_t>(opened_.mark.bytes); }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    WorkerPool& workers_;
    OpenedFile opened_;
    std::uint64_t position_ = 0;
    bool is_checked_ = false;
};

class ServerPaths {
public:
    // Opens the roots; they stay open, so that a root that is renamed or replaced afterwards still
    // is the folder that was meant. Blocks: for start-up. configuration_error names what is wrong.
    static Result<std::unique_ptr<ServerPaths>> open(PathOptions const& options,
                                                     WorkerPool& workers);

    // invalid_path for everything outside the roots, whether it exists or not, and for what is no
    // regular file; file_not_found for what is missing below a root.
    Task<Result<std::unique_ptr<PathFile>>> open_file(std::string path) const;

private:
    ServerPaths(PathMap map, std::vector<Descriptor> roots, WorkerPool& workers)
        : map_(std::move(map)), roots_(std::move(roots)), workers_(workers) {}

    PathMap map_;
    std::vector<Descriptor> roots_;
    WorkerPool& workers_;
};

}  // namespace filegate::paths
