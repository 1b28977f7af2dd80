#pragma once
// Body -> verified, staged blob. Knows nothing of users and providers. Memory per upload is bounded
// by a few buffers of a shared pool, whatever the file's size.

#include <memory>
#include <optional>
#include <string>

#include "base/byte_source.hpp"
#include "base/digest.hpp"
#include "ingest/content_options.hpp"
#include "ingest/scanner.hpp"
#include "store/staging.hpp"

namespace filegate::ingest {

struct IngestOptions {
    std::uint64_t buffer_memory_bytes_max = 48 << 20;  // all uploads together
    std::size_t buffer_bytes = 1 << 20;                // per buffer of a large upload
    std::optional<seconds> buffer_patience{30};        // waiting for one; none: for ever
    std::size_t buffers_in_flight = 3;                 // per upload: read, hash and write overlap
    std::size_t inline_bytes_max = 256 * 1024;         // smaller bodies take one buffer, one hop
    std::string magic_file;                            // empty: libmagic's own database
    ContentOptions content;
};

// What the caller knows before the first byte.
struct Expectation {
    std::uint64_t bytes_max = 0;         // the limit in force for this upload
    std::optional<Sha256Digest> sha256;  // announced by the client: verified
    std::string filename;                // as it will be recorded; empty: has none
};

struct ReceivedFile {
    store::StagedFile staged;  // flushed
    Sha256Digest sha256;
    std::uint64_t bytes = 0;
    std::string mime_type;  // by content
    std::string unchecked;  // which check could not run, and why; empty: all did
};

class Ingest {
public:
    // `scanner`: none when files are not scanned for malware.
    Ingest(store::StagingArea& staging, WorkerPool& workers, IngestOptions options,
           Scanner* scanner = nullptr);
    ~Ingest();

    // Reads `body` to its end. Fails with the body's own error, file_too_large (naming the limit),
    // validation_failed (empty file), digest_mismatch, store_full or storage_error, with what the
    // content policy says (content_policy.hpp) or what the scanner found or could not check;
    // nothing is left behind then, nor when the caller is cancelled at any point. `expected` may
    // gain its filename while the body is read (form fields in any order): it is looked at after
    // the end.
    Task<Result<ReceivedFile>> receive(ByteSource& body, Expectation const& expected);

    // What can be said of a name before the first byte: invalid_extension.
    Result<void> check_name(std::string_view filename) const;

    std::uint64_t buffer_memory_bytes() const;  // any thread: what the uploads' buffers take now

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::ingest
