#pragma once
// Content-addressed bytes: a blob is named by its SHA-256 and stored once. Every implementation
// passes blob_store_conformance.hpp. Any executor may call; results are durable when they return.

#include <memory>
#include <optional>
#include <vector>

#include "base/byte_source.hpp"
#include "base/digest.hpp"
#include "store/staging.hpp"

namespace filegate::store {

enum class KeepOutcome : std::uint8_t { stored, already_there };

class BlobStore {
public:
    virtual ~BlobStore() = default;

    // Takes over a flushed staged file whose SHA-256 is `digest`. When the blob is there already
    // one of the two copies is dropped. On failure nothing is visible and the staged file is gone.
    // A caller that is cancelled while the blob gets into place leaves one that no file shows;
    // reconciliation finds it.
    virtual Task<Result<KeepOutcome>> keep(StagedFile staged, Sha256Digest digest) = 0;

    // The blob's bytes, re-openable; storage_error when there is no such blob.
    virtual Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) = 0;
    virtual Task<Result<bool>> contains(Sha256Digest digest) = 0;

    // Removing what is not there succeeds.
    virtual Task<Result<void>> remove(Sha256Digest digest) = 0;

    // Digests after `after` in ascending order, at most `count_max`; for reconciliation.
    virtual Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest> after,
                                                         std::size_t count_max) = 0;

    // Can it write? For readiness.
    virtual Task<Result<void>> check() = 0;
};

// What every open() says of a blob that is not there.
std::unexpected<Error> missing_blob(Sha256Digest const& digest);

}  // namespace filegate::store
