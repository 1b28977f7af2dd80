// The layout, from the data folder down:
//
//   data    = lock staging/ blobs/
//   staging = upload-<number>            uploads in progress, see staging.cpp
//   blobs   = <2 hex>/<2 hex>/<64 hex>   the first two bytes of the digest, then all of it
//
// Folders have mode 0700, blobs 0440. A blob appears by one rename of a flushed file and is never
// written to again, only replaced by the same bytes, so whatever has a blob's name is whole. An
// answer is given only when the names on the way to the blob are flushed too.

#include "store/disk_blob_store.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include "store/disk_body.hpp"
#include "store/disk_files.hpp"

namespace filegate::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view keeping = "moving an upload to the blob folder";
constexpr std::string_view opening = "opening a blob";
constexpr std::string_view removing = "removing a blob";
constexpr std::string_view listing = "listing the blob folder";
constexpr std::size_t shard_count = 256 * 256;

std::size_t shard_index(Sha256Digest const& digest) {
    return static_cast<std::size_t>(digest.bytes[0]) << 8 | digest.bytes[1];
}

// The names of a folder in order; a folder that has gone meanwhile is empty.
Result<std::vector<std::string>> names_in(fs::path const& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory &&
        error != std::errc::not_a_directory) {
        return disk_failure(listing, error.value());
    }
    std::ranges::sort(names);
    return names;
}

// Adds the digests of one shard that come after `after` until there are `count_max`.
Result<void> list_shard(fs::path const& shard, std::string const& after, std::size_t count_max,
                        std::vector<Sha256Digest>& out) {
    TRY(auto const names, names_in(shard));
    for (auto const& name : names) {
        auto const digest = Sha256Digest::from_hex(name);
        if (!digest || digest->hex() != name || name <= after) continue;
        if (out.size() == count_max) return {};
        out.push_back(*digest);
    }
    return {};
}

Result<std::vector<Sha256Digest>> list_blobs(fs::path const& folder, std::string const& after,
                                             std::size_t count_max) {
    std::vector<Sha256Digest> found;
    TRY(auto const upper_names, names_in(folder));
    for (auto const& upper : upper_names) {
        if (upper.size() != 2 || upper < after.substr(0, 2)) continue;
        TRY(auto const lower_names, names_in(folder / upper));
        for (auto const& lower : lower_names) {
            if (lower.size() != 2 || upper + lower < after.substr(0, 4)) continue;
            TRY(list_shard(folder / upper / lower, after, count_max, found));
            if (found.size() == count_max) return found;
        }
    }
    return found;
}

}  // namespace

DiskBlobStore::DiskBlobStore(Opened, fs::path folder, WorkerPool& workers, observe::Log& log,
                             DiskCalls& disk)
    : folder_(std::move(folder)),
      workers_(workers),
      log_(log),
      disk_(disk),
      durable_shards_(shard_count) {}

Result<std::unique_ptr<DiskBlobStore>> DiskBlobStore::open(fs::path folder, WorkerPool& workers,
                                                           observe::Log& log, DiskCalls& disk) {
    constexpr std::string_view preparing = "preparing the blob folder";
    TRY(ensure_folder(disk, folder, preparing));
    // Also when it was there: whoever made it may have died before its name was durable.
    TRY(flush_folder(disk, folder.parent_path(), preparing));
    return std::make_unique<DiskBlobStore>(Opened{}, std::move(folder), workers, log, disk);
}

Task<Result<KeepOutcome>> DiskBlobStore::keep(StagedFile staged, Sha256Digest digest) {
    auto const changing = co_await changing_.lock(digest.hex());
    auto keep_it = [&] {
        auto kept = keep_now(staged, digest);
        staged.discard();  // what is left under the staging name: a second copy, a link, a failure
        return kept;
    };
    co_return co_await workers_.run(keep_it);
}

Task<Result<std::unique_ptr<ReopenableBody>>> DiskBlobStore::open(Sha256Digest digest) {
    auto const path = shard_of(digest) / digest.hex();
    auto open_it = [&]() -> Result<std::unique_ptr<ReopenableBody>> {
        struct stat status{};
        if (disk_.stat(path, status) < 0) {
            if (errno == ENOENT) return missing_blob(digest);
            return disk_failure(opening, errno);
        }
        TRY(auto file, open_file(disk_, path, O_RDONLY | O_NOFOLLOW, 0, opening));
        TRY(auto const bytes, file_bytes(disk_, file.number(), opening));
        ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
        return std::make_unique<DiskBody>(disk_, workers_, std::move(file), bytes);
    };
    co_return co_await workers_.run(open_it);
}

Task<Result<bool>> DiskBlobStore::contains(Sha256Digest digest) {
    auto const path = shard_of(digest) / digest.hex();
    auto look = [&]() -> Result<bool> {
        struct stat status{};
        if (disk_.stat(path, status) == 0) return S_ISREG(status.st_mode);
        if (errno == ENOENT) return false;
        return disk_failure("looking for a blob", errno);
    };
    co_return co_await workers_.run(look);
}

Task<Result<void>> DiskBlobStore::remove(Sha256Digest digest) {
    auto const changing = co_await changing_.lock(digest.hex());
    auto remove_it = [&] { return remove_now(digest); };
    co_return co_await workers_.run(remove_it);
}

Task<Result<std::vector<Sha256Digest>>> DiskBlobStore::list(std::optional<Sha256Digest> after,
                                                            std::size_t count_max) {
    auto const from = after ? after->hex() : std::string();
    auto list_it = [&] { return list_blobs(folder_, from, count_max); };
    co_return co_await workers_.run(list_it);
}

Task<Result<void>> DiskBlobStore::check() {
    auto const probing = co_await changing_.lock("probe");
    auto probe_it = [this] { return probe(); };
    co_return co_await workers_.run(probe_it);
}

fs::path DiskBlobStore::shard_of(Sha256Digest const& digest) const {
    auto const hex = digest.hex();
    return folder_ / hex.substr(0, 2) / hex.substr(2, 2);
}

Result<void> DiskBlobStore::ensure_shard(Sha256Digest const& digest) {
    auto& is_durable = durable_shards_[shard_index(digest)];
    if (is_durable.load(std::memory_order_acquire)) return {};
    auto const shard = shard_of(digest);
    TRY(ensure_folder(disk_, shard, keeping));
    // Once per shard and process, also when the folders were there: whoever made them may be in
    // another thread, or dead, and not have flushed their names yet.
    TRY(flush_folder(disk_, shard.parent_path(), keeping));
    TRY(flush_folder(disk_, folder_, keeping));
    is_durable.store(true, std::memory_order_release);
    return {};
}

Result<KeepOutcome> DiskBlobStore::keep_now(StagedFile const& staged, Sha256Digest const& digest) {
    TRY(ensure_shard(digest));
    auto const shard = shard_of(digest);
    auto const path = shard / digest.hex();
    TRY(auto const placed, place(staged, path));
    if (auto flushed = flush_folder(disk_, shard, keeping); !flushed) {
        // Nobody has been told of it, and nobody can have met it: `changing_` is held.
        if (placed == Placed::added) disk_.unlink(path);
        return fail(std::move(flushed).error());
    }
    return placed == Placed::met ? KeepOutcome::already_there : KeepOutcome::stored;
}

// Known bytes take the place of the same bytes: so the time that an answer takes does not tell
// whether somebody had them.
Result<DiskBlobStore::Placed> DiskBlobStore::place(StagedFile const& staged, fs::path const& path) {
    if (disk_.rename_new(staged.path(), path) == 0) return Placed::added;
    // EINVAL: a file system without RENAME_NOREPLACE. A link does not replace either.
    if (errno == EINVAL && disk_.link(staged.path(), path) == 0) return Placed::added;
    if (errno != EEXIST) return disk_failure(keeping, errno);

    TRY(bool const was_whole, is_whole(staged, path));
    if (disk_.rename(staged.path(), path) < 0) return disk_failure(keeping, errno);
    return was_whole ? Placed::met : Placed::replaced;
}

Result<bool> DiskBlobStore::is_whole(StagedFile const& staged, fs::path const& path) {
    TRY(auto const bytes, file_bytes(disk_, staged.descriptor(), keeping));
    struct stat found{};
    if (disk_.stat(path, found) < 0) return disk_failure(keeping, errno);
    if (S_ISREG(found.st_mode) && static_cast<std::uint64_t>(found.st_size) == bytes) return true;
    log_.write(observe::LogLevel::warning, "damaged_blob_replaced",
               {{"sha256", path.filename().string()},
                {"bytes_found", static_cast<std::int64_t>(found.st_size)},
                {"bytes_expected", static_cast<std::int64_t>(bytes)}});
    return false;
}

Result<void> DiskBlobStore::remove_now(Sha256Digest const& digest) {
    auto const shard = shard_of(digest);
    if (disk_.unlink(shard / digest.hex()) < 0) {
        if (errno == ENOENT) return {};
        return disk_failure(removing, errno);
    }
    return flush_folder(disk_, shard, removing);
}

Result<void> DiskBlobStore::probe() {
    constexpr std::string_view probing = "checking that the blob folder can be written";
    constexpr std::string_view content = "probe";
    auto const path = folder_ / "probe";
    auto const write_it = [&]() -> Result<void> {
        TRY(auto const file, open_file(disk_, path, O_WRONLY | O_CREAT | O_TRUNC, 0600, probing));
        TRY(write_fully(disk_, file.number(), 0, std::as_bytes(std::span(content)), probing));
        return flush_file(disk_, file.number(), probing);
    };
    auto written = write_it();
    if (disk_.unlink(path) < 0 && written) return disk_failure(probing, errno);
    return written;
}

}  // namespace filegate::store
