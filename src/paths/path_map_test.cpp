#include "paths/path_map.hpp"

#include <gtest/gtest.h>

namespace filegate::paths {
namespace {

PathMap map_of(std::vector<std::string> roots, std::vector<std::string> drives = {}) {
    return PathMap::make({.roots = std::move(roots), .drive_mappings = std::move(drives)}).value();
}

// root:below, or the error's number.
std::string found(PathMap const& map, std::string_view path) {
    auto const place = map.find(path);
    if (!place) return std::to_string(static_cast<int>(place.error().code));
    return map.roots()[place->root] + ":" + place->below;
}

TEST(path_map, a_path_belongs_to_the_longest_root_by_whole_components) {
    auto const map = map_of({"/app", "/app/data/", "/srv//files"});
    struct Case {
        char const* path;
        char const* place;
    };
    for (auto const& [path, place] : std::to_array<Case>({
             {"/app/a.pdf", "/app:a.pdf"},
             {"/app/data/a.pdf", "/app/data/:a.pdf"},
             {"/app/database/a.pdf", "/app:database/a.pdf"},
             {"//app/./b//a.pdf", "/app:b/a.pdf"},
             {"/srv/files/x", "/srv//files:x"},
             {"/app", "/app:."},
             {"/app/", "/app:."},
             {"/app/a.pdf/", "/app:a.pdf/"},
             {"/app_evil/a.pdf", "1005"},
             {"/ap", "1005"},
             {"/srv/file", "1005"},
             {"/etc/passwd", "1005"},
             {"/", "1005"},
             {"app/a.pdf", "1005"},
             {"./app/a.pdf", "1005"},
             {"~/a.pdf", "1005"},
             {"file:///app/a.pdf", "1005"},
             {"\\app\\a.pdf", "1005"},
             {"/APP/a.pdf", "1005"},
             {"", "1005"},
         })) {
        EXPECT_EQ(found(map, path), place) << path;
    }
}

// By its text such a path may be below a root; where it leads is for the kernel to find out.
TEST(path_map, two_dots_are_left_to_the_kernel) {
    auto const map = map_of({"/app"});
    EXPECT_EQ(found(map, "/app/../etc/passwd"), "/app:../etc/passwd");
    EXPECT_EQ(found(map, "/app/a/../b"), "/app:a/../b");
    EXPECT_EQ(found(map, "/x/../app/a"), "1005");
}

TEST(path_map, a_drive_leads_to_its_folder_whatever_the_case_of_its_letter) {
    auto const map = map_of({"/app", "/data"}, {"C:/app", "d:/data/d", "E:/other"});
    EXPECT_EQ(found(map, "C:\\Project\\a b.pdf"), "/app:Project/a b.pdf");
    EXPECT_EQ(found(map, "c:/Project\\a.pdf"), "/app:Project/a.pdf");
    EXPECT_EQ(found(map, "D:\\x"), "/data:d/x");
    EXPECT_EQ(found(map, "d:\\..\\..\\x"), "/data:d/../../x");
    EXPECT_EQ(found(map, "E:\\x"), "1005") << "a mapping opens no folder";
    EXPECT_EQ(found(map, "F:\\x"), "1005");
    EXPECT_EQ(found(map, "C:x"), "1005") << "relative to a folder that nobody knows";
    EXPECT_EQ(found(map, "C:"), "1005");
    EXPECT_EQ(found(map, "\\\\?\\C:\\x"), "1005");
    EXPECT_EQ(found(map, "\\\\server\\share\\x"), "1005");
    EXPECT_EQ(found(map, "/app/a\\b"), "/app:a\\b") << "a name's own character on this system";
}

TEST(path_map, what_cannot_be_a_path_is_refused) {
    auto const map = map_of({"/app"});
    EXPECT_EQ(found(map, std::string_view("/app/a\0/../../etc", 17)), "1005");
    EXPECT_EQ(found(map, "/app/" + std::string(path_bytes_max, 'a')), "1005");
    EXPECT_EQ(found(map, "/app/" + std::string(path_bytes_max - 5, 'a')),
              "/app:" + std::string(path_bytes_max - 5, 'a'));
}

TEST(path_map, without_roots_every_path_is_refused_and_the_key_is_named) {
    auto const map = map_of({}, {"C:/app"});
    for (auto const* path : {"/app/a", "C:\\a", "/", ""}) {
        auto const refused = map.find(path);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_path);
        EXPECT_TRUE(refused.error().message.contains("paths.roots"));
    }
}

TEST(path_map, everything_outside_is_refused_in_the_same_words) {
    auto const map = map_of({"/app"});
    auto const words = outside_of_roots().message;
    for (auto const* path : {"/etc/passwd", "/no/such/file", "/app_evil", "Z:\\x", "x"})
        EXPECT_EQ(map.find(path).error().message, words);
    EXPECT_FALSE(words.contains("/app")) << "what is open is nobody's business but the operator's";
}

TEST(path_map, a_wrong_configuration_is_refused_by_its_key) {
    struct Case {
        PathOptions options;
        char const* key;
    };
    for (auto const& [options, key] : std::to_array<Case>({
             {{.roots = {"app"}}, "paths.roots"},
             {{.roots = {""}}, "paths.roots"},
             {{.roots = {"/"}}, "paths.roots"},
             {{.roots = {"/."}}, "paths.roots"},
             {{.roots = {"/app/../etc"}}, "paths.roots"},
             {{.roots = {"/app"}, .drive_mappings = {"C"}}, "paths.drive_mappings"},
             {{.roots = {"/app"}, .drive_mappings = {"C:app"}}, "paths.drive_mappings"},
             {{.roots = {"/app"}, .drive_mappings = {"CD:/app"}}, "paths.drive_mappings"},
             {{.roots = {"/app"}, .drive_mappings = {"1:/app"}}, "paths.drive_mappings"},
             {{.roots = {"/app"}, .drive_mappings = {"C:/a", "c:/b"}}, "paths.drive_mappings"},
         })) {
        auto const made = PathMap::make(options);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, ErrorCode::configuration_error);
        EXPECT_EQ(made.error().param, key) << made.error().message;
    }
}

}  // namespace
}  // namespace filegate::paths
