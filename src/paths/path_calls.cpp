#include "paths/path_calls.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "paths/path_map.hpp"

namespace filegate::paths {
namespace {

// Somebody renames folders while the kernel walks a path with `..`: it then wants to be asked
// again.
constexpr int tries_max = 16;

std::string system_text(int error) {
    return std::error_code(error, std::system_category()).message();
}

std::int64_t nanoseconds(timespec const& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int open_within(int root, std::string const& below, std::uint64_t flags) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int i = 0; i < tries_max; ++i) {
        auto const file = syscall(SYS_openat2, root, below.c_str(), &how, sizeof how);
        if (file >= 0) return static_cast<int>(file);
        if (errno != EAGAIN && errno != EINTR) break;
    }
    return -1;
}

Result<OpenedFile> open_checked(Descriptor const& root, std::string const& below,
                                std::uint64_t flags) {
    Descriptor file(open_within(root.number(), below, flags));
    if (file.number() < 0) return fail(open_failure(errno));
    struct stat status{};
    if (fstat(file.number(), &status) != 0) return fail(open_failure(errno));
    if (!S_ISREG(status.st_mode)) {
        return fail(Error{.code = ErrorCode::invalid_path,
                          .message = "the path names something that is not a regular file",
                          .param = "path"});
    }
    TRY(auto const mark, mark_of(file.number()));
    return OpenedFile{.file = std::move(file), .mark = mark};
}

}  // namespace

Descriptor::~Descriptor() {
    if (file_ >= 0) close(file_);
}

Result<Descriptor> open_root(std::string const& folder) {
    auto const refuse = [&](std::string_view why) {
        return fail(Error{.code = ErrorCode::configuration_error,
                          .message = fmt::format("paths.roots: '{}' {}", folder, why),
                          .param = "paths.roots"});
    };
    Descriptor root(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root.number() < 0) return refuse("cannot be opened: " + system_text(errno));
    Descriptor const probe(open_within(root.number(), ".", O_PATH | O_DIRECTORY));
    if (probe.number() < 0) {
        return refuse("cannot be guarded: openat2 says " + system_text(errno) +
                      "; it needs Linux 5.6 and must not be filtered");
    }
    return root;
}

// First without opening it for anything: a device or a FIFO that is opened does something already.
// Then for reading, and what was opened is looked at again, since the name may lead elsewhere now.
Result<OpenedFile> open_beneath(Descriptor const& root, std::string const& below) {
    TRY(open_checked(root, below, O_PATH));
    return open_checked(root, below, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

Result<FileMark> mark_of(int file) {
    struct stat status{};
    if (fstat(file, &status) != 0) return fail(open_failure(errno));
    return FileMark{.device = status.st_dev,
                    .inode = status.st_ino,
                    .bytes = status.st_size,
                    .modified_ns = nanoseconds(status.st_mtim),
                    .changed_ns = nanoseconds(status.st_ctim)};
}

Result<std::size_t> read_at(int file, std::uint64_t offset, std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        auto const count = pread(file, into.data() + filled, into.size() - filled,
                                 static_cast<off_t>(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            return fail(ErrorCode::storage_error, "the file at the path could not be read",
                        system_text(errno));
        }
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    return filled;
}

Error open_failure(int system_error) {
    auto const detail = "openat2: " + system_text(system_error);
    switch (system_error) {
        case ENOENT:
        case ENOTDIR:
            return {.code = ErrorCode::file_not_found,
                    .message = "there is no file at this path",
                    .detail = detail,
                    .param = "path"};
        case EACCES:
        case EPERM:
            return {.code = ErrorCode::invalid_path,
                    .message = "the gateway may not read the file at this path",
                    .detail = detail,
                    .param = "path"};
        case ENAMETOOLONG:
            return {.code = ErrorCode::invalid_path,
                    .message = "a name in the path is longer than the file system takes",
                    .detail = detail,
                    .param = "path"};
        case ENXIO:  // a socket, or a device without a driver
        case ENODEV:
            return {.code = ErrorCode::invalid_path,
                    .message = "the path names something that is not a regular file",
                    .detail = detail,
                    .param = "path"};
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return {.code = ErrorCode::overloaded,
                    .message = "the gateway has too many files open; try again shortly",
                    .detail = detail};
        default: {  // EXDEV and ELOOP: the path leaves the root, or goes in circles
            auto error = outside_of_roots();
            error.detail = detail;
            return error;
        }
    }
}

}  // namespace filegate::paths
