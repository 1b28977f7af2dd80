// data/lock holds the decimal process id of its holder and a newline. The id is for people; what
// counts is the flock on the file. The file is never removed: a process that waits at an unlinked
// one would hold a lock nobody else sees.

#include "store/data_folder_lock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

namespace filegate::store {
namespace {

constexpr std::string_view locking = "locking the data folder";

std::string holder_of(DiskCalls& disk, int file) {
    std::array<std::byte, 20> text{};
    auto const count = read_fully(disk, file, 0, text, locking).value_or(0);
    std::string digits;
    for (auto const byte : std::span(text).first(count)) {
        auto const c = static_cast<char>(byte);
        if (c < '0' || c > '9') break;
        digits += c;
    }
    return digits.empty() ? "of unknown id" : digits;
}

// At start the operator reads this, so it says which folder and why.
std::unexpected<Error> unusable(std::filesystem::path const& folder, Error error) {
    auto const reason =
        error.detail.substr(std::min(error.detail.rfind(": "), error.detail.size()));
    error.message = fmt::format("the data folder {} cannot be used{}; name another with --data",
                                folder.string(), reason);
    return fail(std::move(error));
}

}  // namespace

Result<DataFolderLock> DataFolderLock::acquire(std::filesystem::path const& data_folder,
                                               DiskCalls& disk) {
    if (auto made = ensure_folder(disk, data_folder, locking); !made) {
        return unusable(data_folder, std::move(made).error());
    }
    auto opened = open_file(disk, data_folder / "lock", O_RDWR | O_CREAT, 0600, locking);
    if (!opened) return unusable(data_folder, std::move(opened).error());
    auto file = *std::move(opened);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK) return disk_failure(locking, errno);
        return fail(ErrorCode::store_in_use,
                    fmt::format("the data folder is in use by another Filegate process ({}); stop "
                                "it, or give this one a data folder of its own",
                                holder_of(disk, file.number())));
    }
    auto const holder = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file.number(), 0) < 0) return disk_failure(locking, errno);
    TRY(write_fully(disk, file.number(), 0, std::as_bytes(std::span(holder)), locking));
    return DataFolderLock(std::move(file));
}

}  // namespace filegate::store
