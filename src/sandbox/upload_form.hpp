#pragma once
// An upload's form, read as it streams: the file is hashed and counted, and kept only when small.

#include <map>

#include "sandbox/dialect.hpp"

namespace filegate::sandbox {

struct FilePart {
    std::string filename;      // its last path segment; UTF-8, not empty
    std::string content_type;  // empty: the part did not say
    std::uint64_t bytes = 0;
    Sha256Digest sha256;
    std::optional<std::string> content;  // none: longer than what is kept
};

struct UploadForm {
    std::optional<FilePart> file;
    std::map<std::string, std::string> fields;  // the first of each name
};

// Reads the body to its end, past the closing boundary, so that a body that ends early is noticed.
Task<Accepted<UploadForm>> read_upload_form(net::ServerRequest& request,
                                            std::size_t content_bytes_max);

// Reads and drops what is left, so that the client has sent all before the answer comes.
Task<void> drop_body(net::ServerRequest& request);

// Reads and drops about half of it; of one that does not tell its length, what one read gives.
Task<void> drop_half_of_body(net::ServerRequest& request);

// drop_body() for a request that is refused by its head alone: a client that waits for leave to
// send (Expect: 100-continue) is answered at once.
Task<void> drop_body_unless_waiting(net::ServerRequest& request);

}  // namespace filegate::sandbox
