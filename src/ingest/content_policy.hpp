#pragma once
// Whether a file passes, from what is known of it. Pure; content_check.hpp finds out.

#include <string_view>

#include "ingest/archive_reader.hpp"
#include "ingest/content_options.hpp"
#include "ingest/verdict.hpp"

namespace filegate::ingest {

struct ContentFacts {
    std::string_view type;           // by content
    std::string_view executable;     // what kind; empty: none
    std::string_view second_format;  // what it is as well; empty: nothing
    ArchiveFinding archive;          // sound when it is none
};

// Before a byte is there: invalid_extension when the name's is blocked.
Result<void> check_extension(std::string_view filename, ContentOptions const& options);

// In this order: blocked extension (invalid_extension); executable, second format, archive bomb,
// program in an archive (malicious_file); type not allowed, type that the extension does not
// promise (invalid_file_type); archive that could not be looked into (not checked). An empty
// `filename` is a name without an extension.
Verdict judge_content(ContentFacts const& facts, std::string_view filename,
                      ContentOptions const& options);

}  // namespace filegate::ingest
