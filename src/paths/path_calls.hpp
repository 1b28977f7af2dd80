#pragma once
// The system calls behind server-side paths, and their errors in this program's words. All block.

#include <span>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "base/result.hpp"

namespace filegate::paths {

// Closed by its destructor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int file) : file_(file) {}
    Descriptor(Descriptor&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~Descriptor();
    int number() const { return file_; }

private:
    int file_ = -1;
};

// configuration_error for a folder that cannot be opened, and where the kernel (before 5.6) or a
// sandbox around this process does not have openat2: then nothing may be opened at all.
Result<Descriptor> open_root(std::string const& folder);

// What makes two looks at a file the same look.
struct FileMark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(FileMark const&, FileMark const&) = default;
};

struct OpenedFile {
    Descriptor file;
    FileMark mark;
};

// A regular file beneath `root`, whatever links lead to it there: `..`, absolute links and /proc's
// magic links that would leave the root are refused by the kernel, for which there is no moment
// between check and use. Nothing but a regular file is ever opened for reading; a root's mount
// points are crossed, they are the operator's.
Result<OpenedFile> open_beneath(Descriptor const& root, std::string const& below);

Result<FileMark> mark_of(int file);
// Answers how much; less than asked for only at the file's end.
Result<std::size_t> read_at(int file, std::uint64_t offset, std::span<std::byte> into);

// Why a path beneath a root was not opened. Whatever lies outside is told in one and the same way.
Error open_failure(int system_error);

}  // namespace filegate::paths
