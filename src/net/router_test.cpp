#include "net/router.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

using Kind = RouteMatch::Kind;

constexpr std::array table{
    RoutePattern{"GET", "/"},
    RoutePattern{"GET", "/v1/files"},
    RoutePattern{"POST", "/v1/files"},
    RoutePattern{"PUT", "/v1/files"},
    RoutePattern{"POST", "/v1/files:batch"},
    RoutePattern{"GET", "/v1/files/{id}"},
    RoutePattern{"DELETE", "/v1/files/{id}"},
    RoutePattern{"GET", "/v1/files/{id}/content"},
    RoutePattern{"PUT", "/v1/uploads/{id}/parts/{part}"},
    RoutePattern{"HEAD", "/tus/{id}"},
    RoutePattern{"GET", "/tus/{id}"},
};

struct Row {
    char const* method;
    char const* path;
    Kind kind;
    std::size_t index;
    std::vector<std::string> values;
    char const* allow;
};

TEST(router, matches_by_method_and_path) {
    for (auto const& row : std::vector<Row>{
             {"GET", "/", Kind::found, 0, {}, ""},
             {"GET", "/v1/files", Kind::found, 1, {}, ""},
             {"POST", "/v1/files", Kind::found, 2, {}, ""},
             {"POST", "/v1/files:batch", Kind::found, 4, {}, ""},
             {"GET", "/v1/files/file-1", Kind::found, 5, {"file-1"}, ""},
             {"GET", "/v1/files/file-1/content", Kind::found, 7, {"file-1"}, ""},
             {"PUT", "/v1/uploads/u/parts/3", Kind::found, 8, {"u", "3"}, ""},
             {"HEAD", "/v1/files/file-1/content", Kind::found, 7, {"file-1"}, ""},
             {"HEAD", "/tus/x", Kind::found, 9, {"x"}, ""},
             // Decoded after splitting: an escaped slash does not make a segment.
             {"GET", "/v1/files/a%2Fb", Kind::found, 5, {"a/b"}, ""},
             {"GET", "/v1/%66iles", Kind::found, 1, {}, ""},
             {"PATCH", "/v1/files", Kind::wrong_method, 0, {}, "GET, HEAD, POST, PUT"},
             {"POST", "/v1/files/x", Kind::wrong_method, 0, {}, "GET, HEAD, DELETE"},
             {"HEAD", "/v1/files:batch", Kind::wrong_method, 0, {}, "POST"},
             {"get", "/v1/files", Kind::wrong_method, 0, {}, "GET, HEAD, POST, PUT"},
             {"PUT", "/tus/x", Kind::wrong_method, 0, {}, "HEAD, GET"},
             {"GET", "/v1/files/", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/files//content", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1", Kind::no_such_path, 0, {}, ""},
             {"GET", "//v1/files", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/files/a/b", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/files/%zz/x", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/fil%zzes", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/fil%00es/x", Kind::no_such_path, 0, {}, ""},
             {"GET", "", Kind::no_such_path, 0, {}, ""},
             {"GET", "*", Kind::no_such_path, 0, {}, ""},
             {"GET", "/v1/files/{id}/x", Kind::no_such_path, 0, {}, ""},
         }) {
        auto const match = match_route(table, row.method, row.path);
        EXPECT_EQ(match.kind, row.kind) << row.method << " " << row.path;
        EXPECT_EQ(match.values, row.values) << row.method << " " << row.path;
        EXPECT_EQ(match.allow, row.allow) << row.method << " " << row.path;
        if (match.kind == Kind::found)
            EXPECT_EQ(match.index, row.index) << row.method << " " << row.path;
    }
}

TEST(router, takes_the_first_row_of_several) {
    constexpr std::array overlapping{RoutePattern{"GET", "/a/special"},
                                     RoutePattern{"GET", "/a/{any}"}};
    EXPECT_EQ(match_route(overlapping, "GET", "/a/special").index, 0U);
    EXPECT_EQ(match_route(overlapping, "GET", "/a/other").index, 1U);
}

TEST(router, names_the_segment_whose_value_cannot_be_read) {
    struct BadRow {
        char const* method;
        char const* path;
        char const* segment;
    };
    for (auto const& row :
         {BadRow{"GET", "/v1/files/%zz", "id"}, BadRow{"HEAD", "/v1/files/a%00b", "id"},
          BadRow{"DELETE", "/v1/files/%", "id"}, BadRow{"PUT", "/v1/uploads/u/parts/%0", "part"},
          BadRow{"PUT", "/v1/uploads/%00/parts/%0", "id"}}) {
        auto const match = match_route(table, row.method, row.path);
        EXPECT_EQ(match.kind, Kind::bad_value) << row.path;
        ASSERT_TRUE(match.problem) << row.path;
        EXPECT_EQ(match.problem->code, ErrorCode::validation_failed);
        EXPECT_EQ(match.problem->param, row.segment);
        EXPECT_TRUE(match.values.empty() || match.problem->param == "part");
    }
    EXPECT_EQ(match_route(table, "PATCH", "/v1/files/%zz").kind, Kind::wrong_method);
}

}  // namespace
}  // namespace filegate::net
