#include "catalog/refusals.hpp"

#include "base/result.hpp"
#include "catalog/queries.hpp"

namespace filegate::catalog {

Error unknown_file(FileId const& id) {
    return {.code = ErrorCode::file_not_found,
            .message = fmt::format("no file {}; it was never yours or has been deleted, list your "
                                   "files to see what there is",
                                   id.text())};
}

Error unknown_placement(PlacementId const& id) {
    return {.code = ErrorCode::file_not_found,
            .message = fmt::format("no placement {} is known", id.text())};
}

Error placement_not_live(PlacementId const& id) {
    return {
        .code = ErrorCode::concurrent_upload,
        .message = "the provider's copy is being removed at this moment; deliver the file again",
        .detail = "placement " + id.text() + " is not live"};
}

Error key_has_live_placement(PlacementKey const& key) {
    return {.code = ErrorCode::concurrent_upload,
            .message = fmt::format("another delivery placed these bytes at {} first; use its copy",
                                   key.provider.text()),
            .detail = fmt::format("live placement for {}/{}/{}/{}", key.provider.text(),
                                  key.account.text(), key.purpose.text(), key.sha256.hex())};
}

Error file_gone_meanwhile() {
    return {.code = ErrorCode::file_not_found,
            .message =
                "the file was deleted while it was being delivered; its copy at the provider "
                "will be removed"};
}

Error intent_not_open(IntentId const& id) {
    return {
        .code = ErrorCode::concurrent_upload,
        .message = "another delivery has finished or given up this upload; deliver the file again",
        .detail = "intent " + id.text() + " is not open"};
}

Error id_is_taken(std::string const& id) {
    return {.code = ErrorCode::database_error,
            .message = "the catalog refused a change that breaks one of its rules",
            .detail = "id " + id + " is in use already"};
}

Error too_many_revocations() {
    return {
        .code = ErrorCode::overloaded,
        .message = fmt::format("{} tokens are revoked already, the most that are kept; exchange "
                               "the signing key instead: filegate token rotate, then remove the "
                               "old line from auth.jwt_secret_file",
                               list_limit_max)};
}

}  // namespace filegate::catalog
