// A body that ends within `inline_bytes_max` stays in one buffer and needs one job on a worker; a
// longer one goes on to a StagingWriter.

#include "ingest/ingest.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "ingest/size_limit.hpp"
#include "ingest/sniff.hpp"
#include "ingest/staging_writer.hpp"

namespace filegate::ingest {
namespace {

struct Start {
    Filled filled;
    bool is_whole = false;  // the body ended within the buffer
};

class StagedContent final : public Content {
public:
    StagedContent(store::StagedFile const& file, std::uint64_t size_bytes)
        : file_(file), size_bytes_(size_bytes) {}
    std::uint64_t size_bytes() const override { return size_bytes_; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
        return file_.read_at(offset, into);
    }

private:
    store::StagedFile const& file_;
    std::uint64_t size_bytes_;
};

Result<void> verify_digest(Sha256Digest const& seen, Expectation const& expected) {
    if (!expected.sha256 || *expected.sha256 == seen) return {};
    return fail(ErrorCode::digest_mismatch,
                fmt::format("the body's SHA-256 is {}, but the request announced {}; send the "
                            "file again, or correct the announced digest",
                            seen.hex(), expected.sha256->hex()));
}

}  // namespace

struct Ingest::Impl {
    Impl(store::StagingArea& staging_, WorkerPool& workers_, IngestOptions options_)
        : staging(staging_),
          workers(workers_),
          options(std::move(options_)),
          pool(options.buffer_memory_bytes_max, options.buffer_bytes) {}

    Task<Result<Start>> read_start(ByteSource& body);
    std::optional<BufferPool::Buffer> larger_inline_buffer(std::size_t than);
    Task<Result<ReceivedFile>> receive_small(Filled whole, Expectation const& expected);
    Task<Result<ReceivedFile>> receive_large(ByteSource& body, Filled first,
                                             Expectation const& expected);
    Result<ReceivedFile> store_small(std::span<std::byte const> content,
                                     Expectation const& expected);
    Result<ReceivedFile> finish_large(StagingWriter& writer, Expectation const& expected);

    store::StagingArea& staging;
    WorkerPool& workers;
    IngestOptions options;
    BufferPool pool;
};

Ingest::Ingest(store::StagingArea& staging, WorkerPool& workers, IngestOptions options)
    : impl_(std::make_unique<Impl>(staging, workers, std::move(options))) {}

Ingest::~Ingest() = default;

Task<Result<ReceivedFile>> Ingest::receive(ByteSource& body, Expectation const& expected) {
    SizeLimit limited(body, expected.bytes_max);
    CO_TRY(auto start, co_await impl_->read_start(limited));
    auto received = start.is_whole
                        ? impl_->receive_small(std::move(start.filled), expected)
                        : impl_->receive_large(limited, std::move(start.filled), expected);
    co_return co_await std::move(received);
}

std::uint64_t Ingest::buffer_memory_bytes() const {
    return impl_->pool.memory_bytes();
}

// Fills one buffer from the front of `body`, exchanging it for larger ones as long as the body
// shows volume and memory is there: a stalled client holds little.
Task<Result<Start>> Ingest::Impl::read_start(ByteSource& body) {
    auto buffer = co_await pool.take(pool.sizes().front());
    std::size_t filled = 0;
    while (true) {
        CO_TRY(auto const count, co_await read_full(body, buffer.bytes().subspan(filled)));
        filled += count;
        auto const is_whole = filled < buffer.size();
        auto larger = is_whole ? std::nullopt : larger_inline_buffer(buffer.size());
        if (!larger) co_return Start{{std::move(buffer), filled}, is_whole};
        std::memcpy(larger->bytes().data(), buffer.bytes().data(), filled);
        buffer = std::move(*larger);
    }
}

std::optional<BufferPool::Buffer> Ingest::Impl::larger_inline_buffer(std::size_t than) {
    auto const sizes = pool.sizes();
    auto const next = std::ranges::upper_bound(sizes, than);
    if (next == sizes.end() || *next > options.inline_bytes_max) return std::nullopt;
    return pool.try_take(*next);
}

Task<Result<ReceivedFile>> Ingest::Impl::receive_small(Filled whole, Expectation const& expected) {
    if (whole.bytes == 0) {
        co_return fail(ErrorCode::validation_failed,
                       "the file is empty (0 bytes); send at least 1 byte");
    }
    auto store_it = [&] { return store_small(whole.buffer.bytes().first(whole.bytes), expected); };
    co_return co_await workers.run(store_it);
}

Result<ReceivedFile> Ingest::Impl::store_small(std::span<std::byte const> content,
                                               Expectation const& expected) {
    Sha256 hash;
    hash.update(content);
    auto const digest = hash.finish();
    TRY(verify_digest(digest, expected));
    TRY(auto type, sniff(MemoryContent(content), {expected.filename, options.magic_file}));
    TRY(auto staged, staging.create());
    TRY(staged.write_at(0, content));
    TRY(staged.flush());
    return ReceivedFile{std::move(staged), digest, content.size(), std::move(type)};
}

Task<Result<ReceivedFile>> Ingest::Impl::receive_large(ByteSource& body, Filled first,
                                                       Expectation const& expected) {
    auto& executor = (co_await this_context()).executor();
    auto create = [this] { return staging.create(); };
    CO_TRY(auto staged, co_await workers.run(create));
    StagingWriter writer({executor, workers, pool}, std::move(staged), options.buffers_in_flight);
    CO_TRY(co_await writer.write_all(body, std::move(first)));
    auto finish = [&] { return finish_large(writer, expected); };
    co_return co_await workers.run(finish);
}

Result<ReceivedFile> Ingest::Impl::finish_large(StagingWriter& writer,
                                                Expectation const& expected) {
    auto const digest = writer.finish_digest();
    TRY(verify_digest(digest, expected));
    TRY(writer.file().flush());
    StagedContent const content(writer.file(), writer.bytes());
    TRY(auto type, sniff(content, {expected.filename, options.magic_file}));
    return ReceivedFile{std::move(writer.file()), digest, writer.bytes(), std::move(type)};
}

}  // namespace filegate::ingest
