#pragma once
// The server's JSON, read with limits, and the JSON the command line writes. A server may be
// hostile or no Filegate at all: what does not fit is an error, never a crash.

#include <optional>
#include <string>
#include <vector>

#include "cli/failure.hpp"

namespace filegate::cli {

struct PlacementObject {
    std::string provider;
    std::string provider_file_id;
    std::string status;
};

struct FailedDelivery {
    std::string provider;
    std::string message;
};

struct FileObject {
    std::string id;
    std::string filename;
    std::string purpose;
    std::string status;
    std::uint64_t bytes = 0;
    std::int64_t created_at = 0;
    std::string sha256;
    bool is_deduplicated = false;
    std::vector<PlacementObject> placements;
    std::vector<FailedDelivery> failed_deliveries;
    std::string json;  // the whole object as the server sent it, on one line
};

struct FileList {
    std::vector<FileObject> files;
    bool has_more = false;
};

Answer<FileObject> parse_file(std::string_view body);
Answer<FileList> parse_list(std::string_view body);

// Of an answer that is not a success.
Failure parse_failure(net::ClientResponse const& response);

// What POST /v1/files/{id}/deliver takes; empty members are left out.
struct DeliverWish {
    std::string provider;
    std::string purpose;
    std::string deliver;
};
std::string deliver_body(DeliverWish const& wish);

// One line of --json: the file object with the path it came from, {"id":"file-...",...,"path":"a"},
// or {"path":"a","error":{...}}. `name` is what `subject` is called: path or id; the file object
// has an id of its own.
std::string json_line(std::string_view name, std::string_view subject,
                      Answer<FileObject> const& answer);
std::string json_line(std::string_view name, std::string_view subject, Failure const& failure);

}  // namespace filegate::cli
