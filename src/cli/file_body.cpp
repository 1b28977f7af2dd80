#include "cli/file_body.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace filegate::cli {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
// Far beyond any server's limit; keeps an endless pipe from filling the disk unnoticed.
constexpr std::uint64_t spool_bytes_max = 64ULL << 30;

std::unexpected<Error> refuse(ErrorCode code, std::string_view doing) {
    return fail(code, fmt::format("{}: {}", doing, std::strerror(errno)));
}

ErrorCode code_of_disk() {
    return errno == ENOSPC || errno == EDQUOT ? ErrorCode::store_full : ErrorCode::storage_error;
}

Result<std::size_t> read_some(int descriptor, std::span<std::byte> into) {
    while (true) {
        auto const count = ::read(descriptor, into.data(), into.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return refuse(ErrorCode::storage_error, "cannot read standard input");
    }
}

Result<void> write_whole(int descriptor, std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse(code_of_disk(), "cannot keep standard input on disk");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

int nameless_file(std::string const& folder) {
    auto pattern = folder + "/filegate-XXXXXX";
    int const descriptor = mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor >= 0) unlink(pattern.c_str());
    return descriptor;
}

Result<std::uint64_t> copy(int from, int to) {
    std::vector<std::byte> piece(piece_bytes);
    std::uint64_t total = 0;
    while (true) {
        TRY(auto const count, read_some(from, piece));
        if (count == 0) return total;
        total += count;
        if (total > spool_bytes_max) {
            return fail(ErrorCode::file_too_large,
                        fmt::format("standard input has more than {} bytes", spool_bytes_max));
        }
        TRY(write_whole(to, std::span(piece).first(count)));
    }
}

class FileSource final : public ByteSource {
public:
    FileSource(int descriptor, std::uint64_t offset, std::uint64_t end, std::string name,
               WorkerPool& workers)
        : descriptor_(descriptor),
          offset_(offset),
          end_(end),
          name_(std::move(name)),
          workers_(workers) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const wanted = std::min<std::uint64_t>(into.size(), end_ - offset_);
        if (wanted == 0) co_return 0;
        auto work = [&] { return read_at(into.first(wanted)); };
        CO_TRY(auto const count, co_await workers_.run(work));
        offset_ += count;
        co_return count;
    }

private:
    Result<std::size_t> read_at(std::span<std::byte> into) const {
        while (true) {
            auto const count =
                pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset_));
            if (count > 0) return static_cast<std::size_t>(count);
            if (count == 0) {
                return fail(ErrorCode::validation_failed,
                            fmt::format("{} became shorter while it was read: {} bytes instead "
                                        "of {}",
                                        name_, offset_, end_));
            }
            if (errno != EINTR) return refuse(ErrorCode::validation_failed, "cannot read " + name_);
        }
    }

    int descriptor_;
    std::uint64_t offset_;
    std::uint64_t end_;
    std::string name_;
    WorkerPool& workers_;
};

}  // namespace

Result<std::unique_ptr<FileBody>> FileBody::open(std::string const& path, WorkerPool& workers) {
    // O_NONBLOCK: a FIFO without a writer must be refused, not waited for.
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return refuse(ErrorCode::invalid_path, "cannot be opened");
    std::unique_ptr<FileBody> body(new FileBody(descriptor, 0, path, workers));
    struct stat status{};
    if (fstat(descriptor, &status) != 0) return refuse(ErrorCode::invalid_path, "cannot be read");
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::invalid_path, "is not a regular file; pipe it in with `-` instead");
    }
    body->bytes_ = static_cast<std::uint64_t>(status.st_size);
    return body;
}

Result<std::unique_ptr<FileBody>> FileBody::spool(int descriptor, std::string const& folder,
                                                  WorkerPool& workers) {
    int const file = nameless_file(folder);
    if (file < 0) return refuse(code_of_disk(), "cannot keep standard input in " + folder);
    std::unique_ptr<FileBody> body(new FileBody(file, 0, "standard input", workers));
    TRY(body->bytes_, copy(descriptor, file));
    return body;
}

FileBody::~FileBody() {
    close(descriptor_);
}

Task<Result<std::unique_ptr<ByteSource>>> FileBody::open(std::uint64_t offset) const {
    co_return std::make_unique<FileSource>(descriptor_, std::min(offset, bytes_), bytes_, name_,
                                           workers_);
}

}  // namespace filegate::cli
