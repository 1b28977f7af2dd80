// A body that ends within `inline_bytes_max` stays in one buffer and needs one job on a worker; a
// longer one goes on to a StagingWriter.

#include "ingest/ingest.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/deadline.hpp"
#include "base/semaphore.hpp"
#include "ingest/archive_reader.hpp"
#include "ingest/content_check.hpp"
#include "ingest/content_policy.hpp"
#include "ingest/size_limit.hpp"
#include "ingest/staging_writer.hpp"

namespace filegate::ingest {
namespace {

// A hostile archive may hold its worker for seconds; the others go on storing and reading.
constexpr std::size_t examinations_at_once = 2;
constexpr seconds turn_patience{30};

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

// What was stored, from its beginning. Both outlive it.
class StagedSource final : public ByteSource {
public:
    StagedSource(WorkerPool& workers, store::StagedFile const& file)
        : workers_(workers), file_(file) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto read_it = [&] { return file_.read_at(offset_, into); };
        CO_TRY(auto const count, co_await workers_.run(read_it));
        offset_ += count;
        co_return count;
    }

private:
    WorkerPool& workers_;
    store::StagedFile const& file_;
    std::uint64_t offset_ = 0;
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
    Impl(store::StagingArea& staging_, WorkerPool& workers_, IngestOptions options_,
         Scanner* scanner_)
        : staging(staging_),
          workers(workers_),
          options(std::move(options_)),
          scanner(scanner_),
          pool(options.buffer_memory_bytes_max, options.buffer_bytes, options.buffer_patience) {}

    Task<Result<Start>> read_start(ByteSource& body);
    std::optional<BufferPool::Buffer> larger_inline_buffer(std::size_t than);
    Task<Result<ReceivedFile>> receive_small(Filled whole, Expectation const& expected);
    Task<Result<ReceivedFile>> receive_large(ByteSource& body, Filled first,
                                             Expectation const& expected);
    // Held while an archive (most documents are) is looked into; others need none.
    Task<Result<Semaphore::Permit>> turn_to_examine(bool is_archive);
    Task<Result<Semaphore::Permit>> examination_permit();
    Task<Result<ReceivedFile>> await_scan(std::unique_ptr<Scan> scan, ReceivedFile received);

    // Where the parts of a finished body are checked and stored: on a worker.
    struct Examined {
        std::string type;
        std::string unchecked;
    };
    Result<Examined> examine(Content const& content, Expectation const& expected,
                             Clock const& clock) const;
    Result<ReceivedFile> store_small(std::span<std::byte const> content,
                                     Expectation const& expected, Clock const& clock);
    Result<ReceivedFile> finish_large(StagingWriter& writer, Expectation const& expected,
                                      Clock const& clock) const;

    store::StagingArea& staging;
    WorkerPool& workers;
    IngestOptions options;
    Scanner* scanner;
    BufferPool pool;
    Semaphore examinations{examinations_at_once};
};

Ingest::Ingest(store::StagingArea& staging, WorkerPool& workers, IngestOptions options,
               Scanner* scanner)
    : impl_(std::make_unique<Impl>(staging, workers, std::move(options), scanner)) {}

Ingest::~Ingest() = default;

Task<Result<ReceivedFile>> Ingest::receive(ByteSource& body, Expectation const& expected) {
    SizeLimit limited(body, expected.bytes_max);
    CO_TRY(auto start, co_await impl_->read_start(limited));
    auto received = start.is_whole
                        ? impl_->receive_small(std::move(start.filled), expected)
                        : impl_->receive_large(limited, std::move(start.filled), expected);
    co_return co_await std::move(received);
}

Result<void> Ingest::check_name(std::string_view filename) const {
    return check_extension(filename, impl_->options.content);
}

std::uint64_t Ingest::buffer_memory_bytes() const {
    return impl_->pool.memory_bytes();
}

// Fills one buffer from the front of `body`, exchanging it for larger ones as long as the body
// shows volume and memory is there: a stalled client holds little.
Task<Result<Start>> Ingest::Impl::read_start(ByteSource& body) {
    CO_TRY(auto buffer, co_await pool.take_soon(pool.sizes().front()));
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
    auto const& clock = (co_await this_context()).executor().clock();
    auto const content = whole.buffer.bytes().first(whole.bytes);
    CO_TRY(auto const turn, co_await turn_to_examine(is_readable_archive(content)));
    auto store_it = [&] { return store_small(content, expected, clock); };
    if (scanner == nullptr) co_return co_await workers.run(store_it);
    // Shared with the scan, which may need the bytes for longer than this upload is waited for.
    auto const kept = std::make_shared<Filled>(std::move(whole));
    auto scan = scanner->begin();
    scan->feed(content, [kept] {});
    CO_TRY(auto received, co_await workers.run(store_it));
    co_return co_await await_scan(std::move(scan), std::move(received));
}

Task<Result<Semaphore::Permit>> Ingest::Impl::turn_to_examine(bool is_archive) {
    if (!is_archive) co_return Semaphore::Permit();
    auto const now = (co_await this_context()).executor().clock().monotonic_now();
    Error late{.code = ErrorCode::overloaded,
               .message = "too many archives and documents are being examined; try again shortly"};
    late.retry_after_s = static_cast<int>(turn_patience.count());
    co_return co_await with_deadline(now + turn_patience, std::move(late), examination_permit());
}

Task<Result<Semaphore::Permit>> Ingest::Impl::examination_permit() {
    co_return co_await examinations.acquire();
}

Result<ReceivedFile> Ingest::Impl::store_small(std::span<std::byte const> content,
                                               Expectation const& expected, Clock const& clock) {
    Sha256 hash;
    hash.update(content);
    auto const digest = hash.finish();
    TRY(verify_digest(digest, expected));
    TRY(auto examined, examine(MemoryContent(content), expected, clock));
    TRY(auto staged, staging.create());
    TRY(staged.write_at(0, content));
    TRY(staged.flush());
    return ReceivedFile{std::move(staged), digest, content.size(), std::move(examined.type),
                        std::move(examined.unchecked)};
}

Result<Ingest::Impl::Examined> Ingest::Impl::examine(Content const& content,
                                                     Expectation const& expected,
                                                     Clock const& clock) const {
    TRY(auto checked,
        check_content(content, {expected.filename, options.magic_file}, options.content, clock));
    TRY(auto unchecked, settle(std::move(checked.verdict), options.content.unchecked));
    return Examined{std::move(checked.type), std::move(unchecked)};
}

Task<Result<ReceivedFile>> Ingest::Impl::receive_large(ByteSource& body, Filled first,
                                                       Expectation const& expected) {
    auto& executor = (co_await this_context()).executor();
    auto create = [this] { return staging.create(); };
    CO_TRY(auto staged, co_await workers.run(create));
    auto scan = scanner != nullptr ? scanner->begin() : nullptr;
    StagingWriter writer({executor, workers, pool, scan.get()}, std::move(staged),
                         options.buffers_in_flight);
    auto const is_archive = is_readable_archive(first.buffer.bytes().first(first.bytes));
    CO_TRY(co_await writer.write_all(body, std::move(first)));
    CO_TRY(auto const turn, co_await turn_to_examine(is_archive));
    auto finish = [&] { return finish_large(writer, expected, executor.clock()); };
    CO_TRY(auto received, co_await workers.run(finish));
    if (!scan) co_return received;
    co_return co_await await_scan(std::move(scan), std::move(received));
}

// Refused content is not flushed: the check goes first.
Result<ReceivedFile> Ingest::Impl::finish_large(StagingWriter& writer, Expectation const& expected,
                                                Clock const& clock) const {
    auto const digest = writer.finish_digest();
    TRY(verify_digest(digest, expected));
    TRY(auto examined, examine(StagedContent(writer.file(), writer.bytes()), expected, clock));
    TRY(writer.file().flush());
    return ReceivedFile{std::move(writer.file()), digest, writer.bytes(), std::move(examined.type),
                        std::move(examined.unchecked)};
}

Task<Result<ReceivedFile>> Ingest::Impl::await_scan(std::unique_ptr<Scan> scan,
                                                    ReceivedFile received) {
    StagedSource whole(workers, received.staged);
    CO_TRY(auto unchecked, settle(co_await scan->finish(whole), options.content.unchecked));
    if (!unchecked.empty() && !received.unchecked.empty()) received.unchecked += "; ";
    received.unchecked += unchecked;
    co_return received;
}

}  // namespace filegate::ingest
