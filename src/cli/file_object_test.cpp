#include "cli/file_object.hpp"

#include <gtest/gtest.h>

#include "cli/fake_http.hpp"
#include "cli/file_table.hpp"

namespace filegate::cli {
namespace {

TEST(file_object, a_file_is_read) {
    auto const file = parse_file(file_json("file-1", placement_json()));
    ASSERT_TRUE(file) << file.error().error.message;
    EXPECT_EQ(file->id, "file-1");
    EXPECT_EQ(file->filename, "a b.txt");
    EXPECT_EQ(file->bytes, 5);
    EXPECT_EQ(file->created_at, 1'767'323'045);
    EXPECT_FALSE(file->is_deduplicated);
    ASSERT_EQ(file->placements.size(), 1);
    EXPECT_EQ(file->placements[0].provider_file_id, "cq1");
}

TEST(file_object, what_is_not_filegates_is_refused) {
    std::string const deep = R"({"id":)" + std::string(100, '[') + std::string(100, ']') + "}";
    for (std::string const& body :
         {std::string(), std::string("<html>502</html>"), std::string("[]"), std::string("{}"),
          std::string(R"({"id":"file-1"})"), std::string(R"({"id":5,"filegate":{}})"),
          std::string(R"({"id":"","filegate":{}})"), deep, std::string("{\"id\":\"\xff\"}")}) {
        auto const file = parse_file(body);
        ASSERT_FALSE(file) << body;
        EXPECT_EQ(file.error().error.code, ErrorCode::network_error);
        EXPECT_LT(file.error().error.message.size(), 1500);
        EXPECT_FALSE(parse_list(body)) << body;
    }
}

TEST(file_object, odd_members_do_no_harm) {
    auto const file = parse_file(
        R"({"id":"file-1","bytes":-5,"created_at":"soon","filename":null,"purpose":[],)"
        R"("filegate":{"deduplicated":"yes","placements":{"a":1},"failed_deliveries":[1,null]}})");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->bytes, 0);
    EXPECT_EQ(file->created_at, 0);
    EXPECT_EQ(file->filename, "");
    EXPECT_FALSE(file->is_deduplicated);
    EXPECT_TRUE(file->placements.empty());
}

TEST(file_object, a_list_is_read) {
    auto const list = parse_list(R"({"object":"list","data":[)" + file_json("file-2") + "," +
                                 file_json("file-1") + R"(],"has_more":true})");
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->has_more);
    ASSERT_EQ(list->files.size(), 2);
    EXPECT_EQ(list->files[1].id, "file-1");
    EXPECT_FALSE(parse_list(R"({"object":"list","data":[{"id":"x"}]})"));
}

TEST(file_object, a_failure_carries_the_servers_words) {
    auto const failure =
        parse_failure({.status = 502, .body = error_json(3006, "all tries failed", "file-9")});
    EXPECT_EQ(failure.error.code, ErrorCode::upload_failed);
    EXPECT_EQ(failure.error.message, "all tries failed");
    EXPECT_EQ(failure.request_id, "req-1");
    EXPECT_EQ(failure_line(failure, "a.pdf"),
              "filegate: a.pdf: all tries failed (UPLOAD_FAILED, request id req-1); the file is "
              "kept: try again with `filegate deliver file-9`\n");
}

TEST(file_object, a_failure_of_somebody_else_is_told_by_its_status) {
    for (auto const& [status, code] : {std::pair{401, ErrorCode::unauthorized},
                                       {403, ErrorCode::permission_denied},
                                       {413, ErrorCode::file_too_large},
                                       {429, ErrorCode::rate_limited},
                                       {503, ErrorCode::overloaded},
                                       {302, ErrorCode::network_error},
                                       {500, ErrorCode::network_error}}) {
        for (std::string const& body :
             {std::string("<html>"), error_json(7777, "?"), error_json(0, "?"),
              std::string(R"({"error":"x"})"), std::string()}) {
            auto const failure = parse_failure({.status = status, .body = body});
            EXPECT_EQ(failure.error.code, code) << status << body;
            EXPECT_NE(failure.error.message.find(std::to_string(status)), std::string::npos);
        }
    }
}

TEST(file_object, a_line_of_a_terminal_is_never_broken_by_a_server) {
    auto const line = failure_line(
        {.error = {.code = ErrorCode::validation_failed, .message = "a\x1b[2J\nb"}}, "c\rd");
    EXPECT_EQ(line, "filegate: c\\rd: a\\u001b[2J\\nb (VALIDATION_FAILED)\n");
    FileObject file{.id = "file-1", .filename = "\x1b]0;x\x07"};
    EXPECT_EQ(file_line(file).find('\x1b'), std::string::npos);
    EXPECT_EQ(file_table({&file, 1}).find('\x1b'), std::string::npos);
}

TEST(file_object, each_json_line_is_one_object_on_one_line) {
    auto const file = parse_file(file_json("file-1"));
    auto const& json = file->json;
    EXPECT_EQ(json_line("path", "a \"b\".txt", file),
              json.substr(0, json.size() - 1) + R"(,"path":"a \"b\".txt"})" + "\n");
    EXPECT_EQ(json_line("id", "file-1", file), json + "\n");
    Failure const failure{.error = {.code = ErrorCode::file_locked, .message = "m\n"},
                          .request_id = "req-2"};
    EXPECT_EQ(json_line("path", "x\n\xff", Answer<FileObject>(std::unexpected(failure))),
              R"({"path":"x\n\\xff","error":{"error_code":"4001","error_name":"FILE_LOCKED",)"
              R"("message":"m\n","provider":null,"file_id":null,"request_id":"req-2"}})"
              "\n");
}

TEST(file_object, the_delivery_wish_leaves_out_what_is_not_asked) {
    EXPECT_EQ(deliver_body({}), "{}");
    EXPECT_EQ(deliver_body({.provider = "kimi,glm", .deliver = "later"}),
              R"({"provider":"kimi,glm","deliver":"later"})");
}

TEST(file_line, tells_where_the_file_is) {
    FileObject file{.id = "file-1", .filename = "a.txt", .bytes = 5};
    EXPECT_EQ(file_line(file), "a.txt  file-1  5  -> kept\n");
    file.placements = {{"kimi", "cq1", "completed"}};
    file.is_deduplicated = true;
    EXPECT_EQ(file_line(file), "a.txt  file-1  5  -> kimi:cq1 (deduplicated)\n");
    file.failed_deliveries = {{"glm", "no such key"}};
    EXPECT_EQ(file_line(file),
              "a.txt  file-1  5  -> kimi:cq1, glm failed: no such key (deduplicated)\n");
}

TEST(file_table, columns_are_aligned_by_width) {
    std::vector<FileObject> files(2);
    files[0] = {.id = "file-1",
                .filename = "a.txt",
                .purpose = "assistants",
                .status = "processed",
                .bytes = 5,
                .created_at = 1'767'323'045};
    files[1] = {.id = "file-22",
                .filename = "文件.pdf",
                .purpose = "文",
                .status = "uploaded",
                .bytes = 1536,
                .created_at = -1,
                .placements = {{"kimi", "x", ""}, {"glm", "y", ""}, {"kimi", "z", ""}}};
    EXPECT_EQ(file_table(files),
              "ID       SIZE     CREATED (UTC)     PURPOSE     STATUS     PLACED AT  NAME\n"
              "file-1   5 B      2026-01-02 03:04  assistants  processed  -          a.txt\n"
              "file-22  1.5 KiB  -                 文          uploaded   glm,kimi   文件.pdf\n");
    EXPECT_EQ(file_table({}), "");
}

}  // namespace
}  // namespace filegate::cli
