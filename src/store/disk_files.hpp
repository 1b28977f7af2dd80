#pragma once
// Whole operations over DiskCalls: interrupted calls are repeated, short ones continued, errno
// becomes an Error. All block: for worker threads and for start-up.

#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "store/disk_calls.hpp"

namespace filegate::store {

// Closed by its destructor.
class Descriptor {
public:
    Descriptor() = default;
    Descriptor(DiskCalls& disk, int file) : disk_(&disk), file_(file) {}
    Descriptor(Descriptor&& other) noexcept
        : disk_(other.disk_), file_(std::exchange(other.file_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(disk_, other.disk_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~Descriptor() {
        if (file_ >= 0) disk_->close(file_);
    }

    int number() const { return file_; }

private:
    DiskCalls* disk_ = nullptr;
    int file_ = -1;
};

// store_full for a full disk or an exhausted disk quota, storage_error for anything else. `doing`
// completes "while ..." and names the folder's role, never its path: the text goes to clients.
std::unexpected<Error> disk_failure(std::string_view doing, int error);

Result<Descriptor> open_file(DiskCalls& disk, std::filesystem::path const& path, int flags,
                             mode_t mode, std::string_view doing);
Result<void> write_fully(DiskCalls& disk, int file, std::uint64_t offset,
                         std::span<std::byte const> bytes, std::string_view doing);

// Reads until `into` is full or the file ends; answers how much.
Result<std::size_t> read_fully(DiskCalls& disk, int file, std::uint64_t offset,
                               std::span<std::byte> into, std::string_view doing);
Result<void> flush_file(DiskCalls& disk, int file, std::string_view doing);
Result<std::uint64_t> file_bytes(DiskCalls& disk, int file, std::string_view doing);

// Makes the names in `folder` durable.
Result<void> flush_folder(DiskCalls& disk, std::filesystem::path const& folder,
                          std::string_view doing);

// Makes `folder`, mode 0700, and the parents it lacks; the names it made are durable then.
Result<void> ensure_folder(DiskCalls& disk, std::filesystem::path const& folder,
                           std::string_view doing);

}  // namespace filegate::store
