#pragma once
// A zip's end record (APPNOTE 4.3.16), wherever content ends with one.

#include <optional>

#include "ingest/content.hpp"

namespace filegate::ingest {

struct ZipEnd {
    std::uint64_t at = 0;  // where the record begins
    std::uint64_t members = 0;
    bool is_last = false;            // nothing but the archive's comment, and no "%%EOF", follows
    std::uint64_t directory_at = 0;  // of a zip64 not known: 0
    std::uint64_t directory_bytes = 0;

    bool is_zip64() const { return members == 0xFFFF; }  // the true count stands elsewhere
};

enum class ZipEndPlace : std::uint8_t { anywhere, last };

// The last record within the last 65,557 bytes whose central directory really stands where its size
// or its offset says, or which a zip64 record precedes: readers go by any of these, and none is met
// by chance. `last`: of those with is_last.
Result<std::optional<ZipEnd>> find_zip_end(Content const& content, ZipEndPlace place);

}  // namespace filegate::ingest
