#include "store/memory_blob_store.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace filegate::store {
namespace {

using Bytes = std::shared_ptr<std::string const>;

class SharedSource final : public ByteSource {
public:
    SharedSource(Bytes bytes, std::size_t position)
        : bytes_(std::move(bytes)), position_(position) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const count = std::min(into.size(), bytes_->size() - position_);
        std::memcpy(into.data(), bytes_->data() + position_, count);
        position_ += count;
        co_return count;
    }

private:
    Bytes bytes_;
    std::size_t position_;
};

class SharedBody final : public ReopenableBody {
public:
    explicit SharedBody(Bytes bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t size_bytes() const override { return bytes_->size(); }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override {
        auto const position = std::min<std::uint64_t>(offset, bytes_->size());
        co_return std::make_unique<SharedSource>(bytes_, static_cast<std::size_t>(position));
    }

private:
    Bytes bytes_;
};

Result<std::string> read_staged(StagedFile const& staged, std::uint64_t bytes_max) {
    constexpr std::size_t step_bytes = 256 * 1024;
    std::string text;
    while (true) {
        auto const filled = text.size();
        text.resize(filled + step_bytes);
        TRY(auto const count,
            staged.read_at(filled, std::as_writable_bytes(std::span(text).subspan(filled))));
        text.resize(filled + count);
        if (text.size() > bytes_max) {
            return fail(ErrorCode::store_full,
                        fmt::format("the memory store holds at most {} bytes; delete files, or "
                                    "keep blobs on a disk",
                                    bytes_max));
        }
        if (count < step_bytes) return text;
    }
}

}  // namespace

Task<Result<KeepOutcome>> MemoryBlobStore::keep(StagedFile staged, Sha256Digest digest) {
    auto keep_it = [&] {
        auto kept = keep_now(staged, digest);
        staged.discard();
        return kept;
    };
    co_return co_await workers_.run(keep_it);
}

Result<KeepOutcome> MemoryBlobStore::keep_now(StagedFile const& staged,
                                              Sha256Digest const& digest) {
    std::unique_lock lock(mutex_);
    if (blobs_.contains(digest)) return KeepOutcome::already_there;
    auto const room = bytes_max_ - bytes_;
    lock.unlock();
    TRY(auto text, read_staged(staged, room));
    lock.lock();
    auto const bytes = text.size();
    if (bytes > bytes_max_ - bytes_) {
        return fail(ErrorCode::store_full,
                    fmt::format("the memory store is full ({} of {} bytes); delete files, or keep "
                                "blobs on a disk",
                                bytes_, bytes_max_));
    }
    auto const [_, is_new] =
        blobs_.try_emplace(digest, std::make_shared<std::string const>(std::move(text)));
    if (!is_new) return KeepOutcome::already_there;
    bytes_ += bytes;
    return KeepOutcome::stored;
}

Task<Result<std::unique_ptr<ReopenableBody>>> MemoryBlobStore::open(Sha256Digest digest) {
    std::scoped_lock const lock(mutex_);
    auto const found = blobs_.find(digest);
    if (found == blobs_.end()) co_return missing_blob(digest);
    co_return std::make_unique<SharedBody>(found->second);
}

Task<Result<bool>> MemoryBlobStore::contains(Sha256Digest digest) {
    std::scoped_lock const lock(mutex_);
    co_return blobs_.contains(digest);
}

Task<Result<void>> MemoryBlobStore::remove(Sha256Digest digest) {
    std::scoped_lock const lock(mutex_);
    auto const found = blobs_.find(digest);
    if (found != blobs_.end()) {
        bytes_ -= found->second->size();
        blobs_.erase(found);
    }
    co_return {};
}

Task<Result<std::vector<Sha256Digest>>> MemoryBlobStore::list(std::optional<Sha256Digest> after,
                                                              std::size_t count_max) {
    std::scoped_lock const lock(mutex_);
    std::vector<Sha256Digest> found;
    auto next = after ? blobs_.upper_bound(*after) : blobs_.begin();
    for (; next != blobs_.end() && found.size() < count_max; ++next)
        found.push_back(next->first);
    co_return found;
}

Task<Result<void>> MemoryBlobStore::check() {
    co_return {};
}

}  // namespace filegate::store
