#include "access/upload_grant.hpp"

#include <fmt/format.h>

namespace filegate::access {

Error UploadGrant::explain(Error error) const {
    if (error.code != ErrorCode::file_too_large || !is_cut_by_quota_) return error;
    error.code = ErrorCode::quota_exceeded;
    error.message = fmt::format(
        "the file has more than the {} bytes that were left of your quota when the upload began "
        "(at least {} were sent); delete files, or ask an operator for a larger quota (filegate "
        "quota set)",
        bytes_max_, bytes_max_ + 1);
    return error;
}

}  // namespace filegate::access
