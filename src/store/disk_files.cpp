#include "store/disk_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

namespace filegate::store {
namespace {

template <class Call>
auto repeated(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

}  // namespace

std::unexpected<Error> disk_failure(std::string_view doing, int error) {
    auto detail = fmt::format("while {}: {}", doing, std::generic_category().message(error));
    if (error == ENOSPC || error == EDQUOT) {
        return fail(ErrorCode::store_full,
                    fmt::format("the disk of the data folder is full (while {}); free space or "
                                "give it more, then send the file again",
                                doing),
                    std::move(detail));
    }
    if (error == EMFILE || error == ENFILE) {
        return fail(Error{.code = ErrorCode::overloaded,
                          .message = "the server has no file descriptor left; try again shortly",
                          .detail = std::move(detail),
                          .retry_after_s = 1});
    }
    return fail(ErrorCode::storage_error,
                fmt::format("the disk of the data folder failed (while {}); try again, and look "
                            "at the server's log when it happens again",
                            doing),
                std::move(detail));
}

Result<Descriptor> open_file(DiskCalls& disk, std::filesystem::path const& path, int flags,
                             mode_t mode, std::string_view doing) {
    auto const file = repeated([&] { return disk.open(path, flags, mode); });
    if (file < 0) return disk_failure(doing, errno);
    return Descriptor(disk, file);
}

Result<void> write_fully(DiskCalls& disk, int file, std::uint64_t offset,
                         std::span<std::byte const> bytes, std::string_view doing) {
    while (!bytes.empty()) {
        auto const count = repeated([&] { return disk.pwrite(file, bytes, offset); });
        if (count < 0) return disk_failure(doing, errno);
        if (count == 0) return disk_failure(doing, EIO);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<std::size_t> read_fully(DiskCalls& disk, int file, std::uint64_t offset,
                               std::span<std::byte> into, std::string_view doing) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        auto const count =
            repeated([&] { return disk.pread(file, into.subspan(filled), offset + filled); });
        if (count < 0) return disk_failure(doing, errno);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    return filled;
}

Result<void> flush_file(DiskCalls& disk, int file, std::string_view doing) {
    if (repeated([&] { return disk.fdatasync(file); }) < 0) return disk_failure(doing, errno);
    return {};
}

Result<std::uint64_t> file_bytes(DiskCalls& disk, int file, std::string_view doing) {
    struct stat status{};
    if (repeated([&] { return disk.stat(file, status); }) < 0) return disk_failure(doing, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> flush_folder(DiskCalls& disk, std::filesystem::path const& folder,
                          std::string_view doing) {
    TRY(auto const file, open_file(disk, folder, O_RDONLY | O_DIRECTORY, 0, doing));
    auto const number = file.number();
    if (repeated([&] { return disk.fsync(number); }) < 0) return disk_failure(doing, errno);
    return {};
}

Result<void> ensure_folder(DiskCalls& disk, std::filesystem::path const& folder,
                           std::string_view doing) {
    auto const parent = folder.has_parent_path() ? folder.parent_path() : ".";
    auto const make = [&] { return disk.make_folder(folder, 0700); };
    auto made = repeated(make);
    if (made < 0 && errno == ENOENT && parent != folder) {
        TRY(ensure_folder(disk, parent, doing));
        made = repeated(make);
    }
    if (made < 0 && errno == EEXIST) return {};
    if (made < 0) return disk_failure(doing, errno);
    return flush_folder(disk, parent, doing);
}

}  // namespace filegate::store
