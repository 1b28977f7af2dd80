#include "store/blob_store.hpp"

#include <fmt/format.h>

namespace filegate::store {

std::unexpected<Error> missing_blob(Sha256Digest const& digest) {
    return fail(ErrorCode::storage_error,
                "the file's bytes are missing from the store; upload it again",
                fmt::format("no blob {}", digest.hex()));
}

}  // namespace filegate::store
