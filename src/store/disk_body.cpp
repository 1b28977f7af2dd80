#include "store/disk_body.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace filegate::store {
namespace {

constexpr std::size_t read_bytes_max = 256 * 1024;
constexpr std::string_view reading = "reading a blob";

class DiskSource final : public ByteSource {
public:
    DiskSource(DiskCalls& disk, WorkerPool& workers, int file, std::uint64_t position,
               std::uint64_t end)
        : disk_(disk), workers_(workers), file_(file), position_(position), end_(end) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const wanted = static_cast<std::size_t>(
            std::min<std::uint64_t>({into.size(), read_bytes_max, end_ - position_}));
        if (wanted == 0) co_return 0;
        auto read_now = [this, part = into.first(wanted)] {
            return read_fully(disk_, file_, position_, part, reading);
        };
        CO_TRY(auto const count, co_await workers_.run(read_now));
        if (count < wanted) {
            co_return fail(ErrorCode::storage_error,
                           fmt::format("a stored file is damaged: it ends after {} bytes instead "
                                       "of {}; upload it again",
                                       position_ + count, end_));
        }
        position_ += count;
        co_return count;
    }

private:
    DiskCalls& disk_;
    WorkerPool& workers_;
    int file_;
    std::uint64_t position_;
    std::uint64_t end_;
};

}  // namespace

DiskBody::~DiskBody() {
    // The last close of a removed blob gives back its blocks, which can take long.
    workers_.submit([file = std::move(file_)]() mutable { file = Descriptor(); });
}

Task<Result<std::unique_ptr<ByteSource>>> DiskBody::open(std::uint64_t offset) const {
    co_return std::make_unique<DiskSource>(disk_, workers_, file_.number(),
                                           std::min(offset, size_bytes_), size_bytes_);
}

}  // namespace filegate::store
