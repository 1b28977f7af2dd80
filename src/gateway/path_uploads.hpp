#pragma once
// Uploads of files that lie on the gateway's own machine: the path is decided upon and the decision
// written down before the first byte is read; then it is an upload like any other.

#include "gateway/gateway.hpp"
#include "paths/server_paths.hpp"

namespace filegate::gateway {

struct PathUpload {
    std::string path;
    UploadRequest request;  // without a name it gets the path's last part
};

// Each outlives them.
struct PathUploadParts {
    Gateway& gateway;
    paths::ServerPaths const& paths;
    access::Access& access;
    Audit& audit;
    Clock const& clock;
};

class PathUploads {
public:
    explicit PathUploads(PathUploadParts parts) : parts_(parts) {}

    // Any executor. Fails as Gateway::upload does, and with invalid_path or file_not_found. A path
    // whose use cannot be written down is not read. Each counts towards the caller's rates like a
    // request with a body, whatever becomes of it.
    Task<Result<FileView>> upload(access::Principal const& caller, PathUpload wish);

private:
    Task<Result<std::unique_ptr<paths::PathFile>>> open(access::Principal const& caller,
                                                        std::string const& path);

    PathUploadParts parts_;
};

}  // namespace filegate::gateway
