#pragma once
// Which root a path belongs to. Pure: by its text alone, without a look at the disk.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace filegate::paths {

inline constexpr std::size_t path_bytes_max = 4096;

struct PathOptions {
    std::vector<std::string> roots;           // absolute folders; none: server-side paths are off
    std::vector<std::string> drive_mappings;  // C:/app: what C:\x means here, /app/x
};

class PathMap {
public:
    // configuration_error for a root that is not an absolute folder's name or is the whole disk,
    // and for a mapping of another form or of one drive twice.
    static Result<PathMap> make(PathOptions const& options);

    struct Place {
        std::size_t root = 0;  // index into roots()
        std::string below;     // relative; may hold `..`, which is the kernel's to judge
    };
    // The longest root whose components begin the path. invalid_path, in the same words whatever
    // is there; other words only for a path that cannot be one (empty, too long, a zero byte).
    Result<Place> find(std::string_view path) const;

    std::vector<std::string> const& roots() const { return roots_; }

private:
    struct Root {
        std::vector<std::string> components;
    };
    struct Drive {
        char letter = 'A';
        std::vector<std::string> components;
    };

    std::optional<std::vector<std::string>> components_of(std::string_view path) const;

    std::vector<std::string> roots_;
    std::vector<Root> split_roots_;
    std::vector<Drive> drives_;
};

// What every path gets that no root allows: it says nothing about what exists.
Error outside_of_roots();

}  // namespace filegate::paths
