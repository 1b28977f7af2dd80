// `filegate audit` against a scripted server.

#include <gtest/gtest.h>

#include "cli/fake_http.hpp"

namespace filegate::cli {
namespace {

using Action = AuditCommand::Action;
using Format = AuditCommand::Format;

std::string row_json(int id, std::string const& subject = "a.txt") {
    return fmt::format(
        R"({{"id":{},"at":1767323045,"at_ms":1767323045123,"principal":null,"door":"http",)"
        R"("peer_address":"::1","request_id":"req-1","action":"file.created","subject":"{}",)"
        R"("file_id":"file-1","outcome":"done","error_code":0,"detail":"bytes=1","hash":"ab"}})",
        id, subject);
}

std::string page_json(std::string const& rows, bool has_more = false, int next_after = 0) {
    return fmt::format(R"({{"data":[{}],"has_more":{},"next_after":{}}})", rows, has_more,
                       next_after);
}

class AuditVerb : public testing::Test {
protected:
    int run(AuditCommand command) { return loop.run_task(audit(std::move(command), tools)); }

    SimLoop loop;
    FakeHttp http;
    WorkerPool workers{"test", 0};
    Captured captured;
    Console console = captured.console();
    ClientTools tools{.http = http, .workers = workers, .clock = loop, .console = console};
};

TEST_F(AuditVerb, an_export_is_the_servers_rows_page_after_page) {
    http.answer(200, page_json(row_json(1) + "," + row_json(2), true, 2));
    http.answer(200, page_json("", true, 10'002));  // none that fit among ten thousand
    http.answer(200, page_json(row_json(10'003)));
    EXPECT_EQ(run({.action = Action::show, .wish = {.principal = "a b", .action = "file."}}), 0);
    EXPECT_EQ(captured.out, row_json(1) + "\n" + row_json(2) + "\n" + row_json(10'003) + "\n");
    ASSERT_EQ(http.requests.size(), 3U);
    EXPECT_TRUE(http.requests[0].url.contains("principal=a%20b")) << http.requests[0].url;
    EXPECT_TRUE(http.requests[1].url.contains("after=2&"));
    EXPECT_TRUE(http.requests[2].url.contains("after=10002&"));
}

TEST_F(AuditVerb, a_table_quotes_what_must_be_and_defuses_formulas) {
    http.answer(200, page_json(row_json(1, R"(=1+1,\"x\")") + "," + row_json(2, "-2") + "," +
                               row_json(3, R"(a\nb)")));
    EXPECT_EQ(run({.action = Action::show, .format = Format::csv}), 0);
    EXPECT_TRUE(captured.out.starts_with("id,at,at_ms,principal,door,"));
    EXPECT_TRUE(captured.out.contains(R"(,"'=1+1,""x""",file-1,)")) << captured.out;
    EXPECT_TRUE(captured.out.contains(",'-2,file-1,"));
    EXPECT_TRUE(captured.out.contains(",\"a\nb\",file-1,"));
}

TEST_F(AuditVerb, times_are_days_seconds_or_so_long_ago) {
    auto const asked = [&](std::string const& since) {
        http.answer(200, page_json(""));
        EXPECT_EQ(run({.action = Action::show, .since = since}), 0) << since;
        auto const& url = http.requests.back().url;
        return url.substr(std::min(url.find("since="), url.size()));
    };
    EXPECT_EQ(asked("1970-01-02"), "since=86400");
    EXPECT_EQ(asked("1767323045"), "since=1767323045");
    EXPECT_EQ(asked("1h"), fmt::format("since={}", unix_seconds(loop.wall_now()) - 3600));
    EXPECT_EQ(asked(""), "");
    auto const before = http.requests.size();
    for (auto const* wrong : {"yesterday", "2026-13-01", "2026-02-30", "-1", "1h "})
        EXPECT_EQ(run({.action = Action::show, .until = wrong}), 10) << wrong;
    EXPECT_EQ(http.requests.size(), before);
}

TEST_F(AuditVerb, a_server_that_does_not_get_on_is_left) {
    http.answer(200, page_json(row_json(1), true, 0));
    EXPECT_EQ(run({.action = Action::show}), 90);
    EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(AuditVerb, an_answer_that_is_none_is_told) {
    http.answer(200, "{}");
    EXPECT_NE(run({.action = Action::show}), 0);
    http.answer(200, R"({"ok":true})");
    EXPECT_NE(run({}), 0);
}

TEST_F(AuditVerb, a_whole_chain_is_said_with_its_head) {
    http.answer(200, R"({"ok":true,"rows":3,"broken":null,"head":{"id":3,"hash":"ab"}})");
    EXPECT_EQ(run({.noted = "2:cd"}), 0);
    EXPECT_EQ(captured.out, "whole: 3 rows; head 3:ab\n");
    EXPECT_TRUE(http.requests[0].url.ends_with("/v1/admin/audit/verify?noted=2%3Acd"));
}

TEST_F(AuditVerb, a_broken_chain_ends_with_the_exit_code_of_storage) {
    std::string const broken =
        R"({"ok":false,"rows":4,"broken":{"id":5,"what":"gone"},"head":{"id":9,"hash":"ab"}})";
    http.answer(200, broken);
    EXPECT_EQ(run({}), 50);
    EXPECT_TRUE(captured.out.starts_with("BROKEN at row 5: gone\n"));
    captured.out.clear();
    http.answer(200, broken);
    EXPECT_EQ(run({.is_json = true}), 50);
    EXPECT_EQ(captured.out,
              R"({"ok":false,"rows":4,"head":"9:ab","broken_id":5,"broken_what":"gone"})"
              "\n");
}

TEST_F(AuditVerb, a_folder_without_a_catalog_is_left_as_it_is) {
    EXPECT_EQ(run({.data_folder = "/no/such/folder"}), 10);
    EXPECT_EQ(run({.noted = "x", .data_folder = "/no/such/folder"}), 10);
    EXPECT_EQ(http.requests.size(), 0U);
    EXPECT_FALSE(std::filesystem::exists("/no/such/folder"));
}

TEST_F(AuditVerb, fails_when_nobody_takes_its_output) {
    captured.is_full = true;
    http.answer(200, page_json(row_json(1)));
    EXPECT_EQ(run({.action = Action::show}), 50);
}

}  // namespace
}  // namespace filegate::cli
