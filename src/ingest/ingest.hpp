#pragma once
// Body -> verified, staged blob. Knows nothing of users and providers. Memory per upload is bounded
// by a few buffers of a shared pool, whatever the file's size.

#include <memory>
#include <optional>
#include <string>

#include "base/byte_source.hpp"
#include "base/digest.hpp"
#include "store/staging.hpp"

namespace filegate::ingest {

struct IngestOptions {
    std::uint64_t buffer_memory_bytes_max = 48 << 20;  // all uploads together
    std::size_t buffer_bytes = 1 << 20;                // per buffer of a large upload
    std::size_t buffers_in_flight = 3;                 // per upload: read, hash and write overlap
    std::size_t inline_bytes_max = 256 * 1024;         // smaller bodies take one buffer, one hop
    std::string magic_file;                            // empty: libmagic's own database
};

// What the caller knows before the first byte.
struct Expectation {
    std::uint64_t bytes_max = 0;         // the limit in force for this upload
    std::optional<Sha256Digest> sha256;  // announced by the client: verified
    std::string filename;                // a hint for the type of text formats
};

struct ReceivedFile {
    store::StagedFile staged;  // flushed
    Sha256Digest sha256;
    std::uint64_t bytes = 0;
    std::string mime_type;  // by content
};

class Ingest {
public:
    Ingest(store::StagingArea& staging, WorkerPool& workers, IngestOptions options);
    ~Ingest();

    // Reads `body` to its end. Fails with the body's own error, file_too_large (naming the limit),
    // validation_failed (empty file), digest_mismatch, store_full or storage_error; nothing is left
    // behind then, nor when the caller is cancelled at any point. `expected` may gain its filename
    // while the body is read (form fields in any order): `filename` is looked at after the end.
    Task<Result<ReceivedFile>> receive(ByteSource& body, Expectation const& expected);

    std::uint64_t buffer_memory_bytes() const;  // any thread: what the uploads' buffers take now

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::ingest
