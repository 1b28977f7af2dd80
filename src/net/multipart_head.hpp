#pragma once
// The header block of one part: which field it is, its file name, its type.

#include "net/multipart.hpp"

namespace filegate::net {

// `block` is what stands between the boundary line and the part's body: header lines, each with
// its CRLF, and the blank line's CRLF. validation_failed when it breaks the grammar in the .cpp or
// names no field.
Result<PartHead> parse_part_head(std::string_view block);

}  // namespace filegate::net
