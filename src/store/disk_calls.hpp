#pragma once
// The system calls of the disk stores, in one place, so that a test can make each of them fail.
// They behave as their manual pages say: -1 and errno on failure.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/types.h>

struct stat;

namespace filegate::store {

// Any thread. The base class is the real disk.
class DiskCalls {
public:
    using Path = std::filesystem::path;

    virtual ~DiskCalls() = default;
    virtual int open(Path const& path, int flags, mode_t mode);
    virtual ssize_t pwrite(int file, std::span<std::byte const> bytes, std::uint64_t offset);
    virtual ssize_t pread(int file, std::span<std::byte> into, std::uint64_t offset);
    virtual int fdatasync(int file);
    virtual int fsync(int file);
    virtual int start_writeback(int file, std::uint64_t offset, std::uint64_t bytes);
    virtual int stat(int file, struct stat& out);
    virtual int stat(Path const& path, struct stat& out);  // of a link itself
    virtual int make_folder(Path const& path, mode_t mode);
    virtual int rename(Path const& from, Path const& to);      // replaces
    virtual int rename_new(Path const& from, Path const& to);  // EEXIST instead of replacing
    virtual int link(Path const& from, Path const& to);
    virtual int unlink(Path const& path);
    void close(int file);
};

DiskCalls& real_disk();

}  // namespace filegate::store
