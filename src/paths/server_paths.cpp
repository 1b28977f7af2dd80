#include "paths/server_paths.hpp"

#include "base/deadline.hpp"

namespace filegate::paths {
namespace {

constexpr std::size_t read_bytes_max = 256 * 1024;

// File systems keep times in steps of the kernel's tick (at most 10 ms): a write within the step in
// which the file was looked at would not show. So a file that was written just now is looked at
// again when that step is over for certain.
constexpr milliseconds settle_time{25};

std::unexpected<Error> changed_meanwhile() {
    return fail(Error{.code = ErrorCode::invalid_path,
                      .message = "the file at this path changed while it was read; try again when "
                                 "nobody writes to it",
                      .param = "path"});
}

bool was_just_written(FileMark const& mark, WallTime now) {
    auto const age = now.time_since_epoch() - std::chrono::nanoseconds(mark.modified_ns);
    return age < settle_time && age > -settle_time;
}

}  // namespace

PathFile::~PathFile() {
    // The last close of a removed file gives back its blocks, which can take long.
    workers_.submit([file = std::move(opened_.file)]() mutable { file = Descriptor(); });
}

Task<Result<std::size_t>> PathFile::read(std::span<std::byte> into) {
    auto const size = size_bytes();
    auto const wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>({into.size(), read_bytes_max, size - position_}));
    auto const file = opened_.file.number();
    if (wanted == 0) {
        if (is_checked_) co_return 0;
        auto look = [file] { return mark_of(file); };
        CO_TRY(auto const mark, co_await workers_.run(look));
        if (mark != opened_.mark) co_return changed_meanwhile();
        is_checked_ = true;
        co_return 0;
    }
    auto read_now = [file, position = position_, part = into.first(wanted)] {
        return read_at(file, position, part);
    };
    CO_TRY(auto const count, co_await workers_.run(read_now));
    if (count < wanted) co_return changed_meanwhile();
    position_ += count;
    co_return count;
}

Result<std::unique_ptr<ServerPaths>> ServerPaths::open(PathOptions const& options,
                                                       WorkerPool& workers) {
    TRY(auto map, PathMap::make(options));
    std::vector<Descriptor> roots;
    for (auto const& folder : map.roots()) {
        TRY(auto root, open_root(folder));
        roots.push_back(std::move(root));
    }
    return std::unique_ptr<ServerPaths>(new ServerPaths(std::move(map), std::move(roots), workers));
}

Task<Result<std::unique_ptr<PathFile>>> ServerPaths::open_file(std::string path) const {
    CO_TRY(auto const place, map_.find(path));
    auto open_now = [&] { return open_beneath(roots_[place.root], place.below); };
    CO_TRY(auto opened, co_await workers_.run(open_now));
    if (was_just_written(opened.mark, (co_await this_context()).executor().clock().wall_now())) {
        co_await sleep_for(settle_time);
        auto look = [&] { return mark_of(opened.file.number()); };
        CO_TRY(opened.mark, co_await workers_.run(look));
    }
    co_return std::make_unique<PathFile>(workers_, std::move(opened));
}

}  // namespace filegate::paths
