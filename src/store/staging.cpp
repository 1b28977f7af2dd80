// The staging folder holds one file per upload in progress, named by a counter of this process:
//
//   <folder>/upload-1  upload-2 ...   mode 0440: the mode its blob will have
//
// Nothing in it means anything to the next process, which empties it.

#include "store/staging.hpp"

#include <fcntl.h>

#include <fmt/format.h>

#include "store/disk_files.hpp"

namespace filegate::store {
namespace {

constexpr std::string_view writing = "writing an upload to the staging folder";

}  // namespace

struct StagedFile::State {
    DiskCalls& disk;
    WorkerPool& workers;
    Descriptor file;
    std::filesystem::path path;
};

StagedFile::StagedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
StagedFile::StagedFile(StagedFile&&) noexcept = default;

StagedFile& StagedFile::operator=(StagedFile&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

StagedFile::~StagedFile() {
    if (!state_) return;
    // Closing the last name of a large file gives back its blocks, which can take long.
    auto& workers = state_->workers;
    workers.submit([file = StagedFile(std::move(state_))]() mutable { file.discard(); });
}

Result<void> StagedFile::write_at(std::uint64_t offset, std::span<std::byte const> bytes) {
    return write_fully(state_->disk, descriptor(), offset, bytes, writing);
}

Result<std::size_t> StagedFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
    return read_fully(state_->disk, descriptor(), offset, into, "reading a staged upload again");
}

void StagedFile::start_writeback(std::uint64_t offset, std::uint64_t bytes) {
    // Only a hint; what fails here fails again, and is told, in flush().
    state_->disk.start_writeback(descriptor(), offset, bytes);
}

Result<void> StagedFile::flush() {
    return flush_file(state_->disk, descriptor(), "flushing an upload in the staging folder");
}

int StagedFile::descriptor() const {
    return state_->file.number();
}

std::filesystem::path const& StagedFile::path() const {
    return state_->path;
}

void StagedFile::release() {
    state_.reset();
}

void StagedFile::discard() {
    // A name that cannot be removed now is removed when the staging folder is opened next.
    state_->disk.unlink(state_->path);
    state_.reset();
}

StagingArea::StagingArea(std::filesystem::path folder, WorkerPool& workers, DiskCalls& disk)
    : folder_(std::move(folder)), workers_(&workers), disk_(&disk) {}

StagingArea::StagingArea(StagingArea&& other) noexcept
    : folder_(std::move(other.folder_)),
      workers_(other.workers_),
      disk_(other.disk_),
      created_(other.created_.load()) {}

Result<StagingArea> StagingArea::open(std::filesystem::path folder, WorkerPool& workers,
                                      DiskCalls& disk) {
    constexpr std::string_view opening = "preparing the staging folder";
    TRY(ensure_folder(disk, folder, opening));
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::filesystem::remove_all(entry->path(), error);
        if (error) break;
    }
    if (error) return disk_failure(opening, error.value());
    return StagingArea(std::move(folder), workers, disk);
}

Result<StagedFile> StagingArea::create() {
    auto path = folder_ / fmt::format("upload-{}", ++created_);
    TRY(auto file, open_file(*disk_, path, O_RDWR | O_CREAT | O_EXCL, 0440, writing));
    return StagedFile(std::make_unique<StagedFile::State>(
        StagedFile::State{*disk_, *workers_, std::move(file), std::move(path)}));
}

}  // namespace filegate::store
