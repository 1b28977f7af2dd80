#pragma once
// Which files pass: the operator's choice.

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/verdict.hpp"

namespace filegate::ingest {

struct ContentOptions {
    // Words for groups (content_types.hpp), media types ("application/zip") or "image/*".
    std::vector<std::string> allowed_types{"documents", "images", "text", "data", "audio", "video"};
    // Without the dot, any case.
    std::vector<std::string> blocked_extensions{"exe", "bat", "cmd",  "com", "pif", "sh", "bash",
                                                "zsh", "ps1", "psm1", "scr", "vbs", "js", "jar",
                                                "app", "deb", "rpm",  "msi", "dmg", "pkg"};
    Unchecked unchecked = Unchecked::refuse;
    // Archives, and documents that are archives inside.
    std::uint64_t archive_ratio_max = 100;         // unpacked to packed; small ones may have more
    std::uint64_t archive_bytes_max = 1ULL << 30;  // unpacked, all levels together
    std::uint64_t archive_members_max = 10'000;    // all levels together
    std::uint64_t archive_depth_max = 3;           // archives in archives; the file itself is 1
};

}  // namespace filegate::ingest
