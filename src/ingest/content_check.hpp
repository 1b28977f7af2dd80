#pragma once
// Looks at received bytes and says whether they pass: type, executables, second formats, archives.

#include <string>

#include "base/clock.hpp"
#include "ingest/content_options.hpp"
#include "ingest/sniff.hpp"
#include "ingest/verdict.hpp"

namespace filegate::ingest {

struct CheckedContent {
    std::string type;
    Verdict verdict;
};

// Blocking: for worker threads. An error is of reading the content or of the type database.
Result<CheckedContent> check_content(Content const& content, SniffHints const& hints,
                                     ContentOptions const& options, Clock const& clock);

}  // namespace filegate::ingest
