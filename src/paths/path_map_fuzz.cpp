// Whatever path a stranger names: it is refused, or below one of the roots by whole components and
// free of what would mean something else to the kernel.

#include "paths/path_map.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using filegate::paths::PathMap;
    static auto const map = PathMap::make({.roots = {"/app", "/app/data", "/srv/a b"},
                                           .drive_mappings = {"C:/app", "D:/data", "E:/srv/a b/c"}})
                                .value();
    std::string_view const path(reinterpret_cast<char const*>(data), size);
    auto const place = map.find(path);
    if (!place) return 0;
    auto const& below = place->below;
    FG_CHECK(place->root < map.roots().size(), "a root of the map");
    FG_CHECK(!below.empty() && !below.starts_with('/'), "relative to the root");
    FG_CHECK(!below.contains('\0'), "one C string");
    FG_CHECK(below.size() <= size + 16, "no longer than what was asked for and its drive's folder");
    auto const again = map.find(map.roots()[place->root] + "/" + below);
    FG_CHECK(again || size + 16 >= filegate::paths::path_bytes_max, "and found there again");
    return 0;
}
