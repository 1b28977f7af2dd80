#include "store/disk_calls.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filegate::store {

int DiskCalls::open(Path const& path, int flags, mode_t mode) {
    return ::open(path.c_str(), flags | O_CLOEXEC, mode);
}

ssize_t DiskCalls::pwrite(int file, std::span<std::byte const> bytes, std::uint64_t offset) {
    return ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
}

ssize_t DiskCalls::pread(int file, std::span<std::byte> into, std::uint64_t offset) {
    return ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
}

int DiskCalls::fdatasync(int file) {
    return ::fdatasync(file);
}

int DiskCalls::fsync(int file) {
    return ::fsync(file);
}

int DiskCalls::start_writeback(int file, std::uint64_t offset, std::uint64_t bytes) {
    return ::sync_file_range(file, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                             SYNC_FILE_RANGE_WRITE);
}

int DiskCalls::stat(int file, struct stat& out) {
    return ::fstat(file, &out);
}

int DiskCalls::stat(Path const& path, struct stat& out) {
    return ::lstat(path.c_str(), &out);
}

int DiskCalls::make_folder(Path const& path, mode_t mode) {
    return ::mkdir(path.c_str(), mode);
}

int DiskCalls::rename(Path const& from, Path const& to) {
    return ::rename(from.c_str(), to.c_str());
}

int DiskCalls::rename_new(Path const& from, Path const& to) {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
}

int DiskCalls::link(Path const& from, Path const& to) {
    return ::link(from.c_str(), to.c_str());
}

int DiskCalls::unlink(Path const& path) {
    return ::unlink(path.c_str());
}

void DiskCalls::close(int file) {
    // What must not be lost was flushed before; the answer of close() says nothing more.
    ::close(file);
}

DiskCalls& real_disk() {
    static DiskCalls disk;
    return disk;
}

}  // namespace filegate::store
