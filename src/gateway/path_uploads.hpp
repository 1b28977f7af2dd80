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

class PathUploads {
public:
    PathUploads(Gateway& gateway, paths::ServerPaths const& paths, Audit& audit, Clock const& clock)
        : gateway_(gateway), paths_(paths), audit_(audit), clock_(clock) {}

    // Any executor. Fails as Gateway::upload does, and with invalid_path or file_not_found. A path
    // whose use cannot be written down is not read.
    Task<Result<FileView>> upload(access::Principal const& caller, PathUpload wish);

private:
    Task<Result<std::unique_ptr<paths::PathFile>>> open(access::Principal const& caller,
                                                        std::string const& path);

    Gateway& gateway_;
    paths::ServerPaths const& paths_;
    Audit& audit_;
    Clock const& clock_;
};

}  // namespace filegate::gateway
