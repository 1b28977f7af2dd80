// breakers, locks and reconcile against a scripted server.

#include <gtest/gtest.h>

#include "cli/fake_http.hpp"

namespace filegate::cli {
namespace {

using Stage = net::TransportFailure::Stage;

std::string const open_breaker =
    R"({"key":"kimi/openai","provider":"kimi","transport":"openai","state":"open","failures":5,)"
    R"("successes":0,"wait_s":60,"retry_at":1767323105,"changed_at":1767323045,)"
    R"("reason":"5 failures in a row; server: HTTP 503 down"})";
std::string const closed_breaker =
    R"({"key":"glm/native","provider":"glm","transport":"native","state":"closed","failures":0,)"
    R"("successes":0,"wait_s":0,"retry_at":null,"changed_at":null,"reason":null})";

class OperationsVerbs : public testing::Test {
protected:
    int run(Task<int> task) { return loop.run_task(std::move(task)); }

    SimLoop loop;
    FakeHttp http;
    WorkerPool workers{"test", 0};
    Captured captured;
    Console console = captured.console();
    ClientTools tools{.http = http, .workers = workers, .clock = loop, .console = console};
};

TEST_F(OperationsVerbs, breakers_are_shown_as_a_table) {
    http.answer(200,
                R"({"object":"list","breakers":[)" + open_breaker + "," + closed_breaker + "]}");
    BreakersCommand command;
    command.server.token = Secret("tok");
    EXPECT_EQ(run(breakers(command, tools)), 0);
    EXPECT_EQ(http.requests[0].method, "GET");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/breakers");
    EXPECT_EQ(http.requests[0].authorization, "Bearer tok");
    EXPECT_EQ(
        captured.out,
        "BREAKER      STATE   FAILURES  GOOD PROBES  WAIT  TRIED AGAIN (UTC)    CHANGED (UTC)  "
        "      REASON\n"
        "kimi/openai  open    5         0            60 s  2026-01-02 03:05:05  2026-01-02 "
        "03:04:05  5 failures in a row; server: HTTP 503 down\n"
        "glm/native   closed  0         0            -     -                    -             "
        "       -\n");
    EXPECT_EQ(captured.err, "");
}

TEST_F(OperationsVerbs, breakers_as_json_are_the_servers_objects_one_a_line) {
    http.answer(200, R"({"breakers":[)" + open_breaker + "," + closed_breaker + "]}");
    EXPECT_EQ(run(breakers({.is_json = true}, tools)), 0);
    EXPECT_EQ(captured.out, open_breaker + "\n" + closed_breaker + "\n");
}

std::string quota_of(std::string const& principal) {
    return R"({"principal":")" + principal +
           R"(","limit_bytes":2048,"used_bytes":1024,"reserved_bytes":0,"left_bytes":1024,)"
           R"("file_count":3,"is_default":true})";
}

TEST_F(OperationsVerbs, quotas_are_shown_page_by_page) {
    http.answer(200, R"({"quotas":[)" + quota_of("a b") + R"(],"has_more":true})");
    http.answer(200, R"({"quotas":[)" + quota_of("ben") + R"(],"has_more":false})");
    EXPECT_EQ(run(quota({}, tools)), 0);
    ASSERT_EQ(http.requests.size(), 2U);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/quotas");
    EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:8787/v1/admin/quotas?after=a%20b");
    EXPECT_EQ(captured.out,
              "PRINCIPAL  LIMIT    USED     RESERVED  LEFT     FILES  LIMIT FROM\n"
              "a b        2.0 KiB  1.0 KiB  0 B       1.0 KiB  3      default\n"
              "ben        2.0 KiB  1.0 KiB  0 B       1.0 KiB  3      default\n");
}

TEST_F(OperationsVerbs, a_server_that_has_always_more_and_sends_nothing_is_left_alone) {
    http.answer(200, R"({"quotas":[],"has_more":true})");
    EXPECT_EQ(run(quota({}, tools)), 0);
    EXPECT_EQ(http.requests.size(), 1U);
    EXPECT_EQ(captured.out, "nobody has uploaded anything yet\n");
}

TEST_F(OperationsVerbs, a_quota_is_set_and_reset_and_shown) {
    using Action = QuotaCommand::Action;
    http.answer(200, quota_of("a/b"));
    EXPECT_EQ(run(quota({.action = Action::set, .principal = "a/b", .limit_bytes = 2048}, tools)),
              0);
    EXPECT_EQ(http.requests[0].method, "PUT");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/quotas/a%2Fb");
    EXPECT_EQ(http.requests[0].body, R"({"limit_bytes":2048})");
    http.answer(200, quota_of("ann"));
    EXPECT_EQ(run(quota({.action = Action::set, .principal = "ann", .is_json = true}, tools)), 0);
    EXPECT_EQ(http.requests[1].body, R"({"limit_bytes":null})");
    EXPECT_NE(captured.out.find(quota_of("ann")), std::string::npos);
    http.answer(200, R"({"nothing":1})");
    EXPECT_NE(run(quota({.principal = "ann"}, tools)), 0);
}

TEST_F(OperationsVerbs, a_breaker_is_opened_and_closed_and_shown) {
    using Action = BreakersCommand::Action;
    http.answer(200, open_breaker);
    EXPECT_EQ(run(breakers({.action = Action::open, .name = {"kimi", "openai"}}, tools)), 0);
    EXPECT_EQ(http.requests[0].method, "POST");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/breakers/kimi/openai");
    EXPECT_EQ(http.requests[0].body, R"({"state":"open"})");
    EXPECT_NE(captured.out.find("kimi/openai  open"), std::string::npos) << captured.out;
    http.answer(200, closed_breaker);
    EXPECT_EQ(run(breakers({.action = Action::close, .name = {"g/m", "na tive"}}, tools)), 0);
    EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:8787/v1/admin/breakers/g%2Fm/na%20tive");
    EXPECT_EQ(http.requests[1].body, R"({"state":"closed"})");
}

TEST_F(OperationsVerbs, a_breaker_that_does_not_exist_ends_with_the_servers_words) {
    http.answer(400, error_json(1001, "there is no circuit breaker x/y; there are kimi/openai"));
    BreakersCommand const command{.action = BreakersCommand::Action::close, .name = {"x", "y"}};
    EXPECT_EQ(run(breakers(command, tools)), 10);
    EXPECT_EQ(captured.out, "");
    EXPECT_EQ(captured.err,
              "filegate: there is no circuit breaker x/y; there are kimi/openai "
              "(VALIDATION_FAILED, request id req-1)\n");
}

TEST_F(OperationsVerbs, without_a_server_each_verb_says_how_to_start_one) {
    auto const unreachable =
        "filegate: cannot reach http://127.0.0.1:8787: refused (NETWORK_ERROR); start one with "
        "`filegate serve`\n";
    auto const fails = [&](Task<int> verb) {
        http.fail({.stage = Stage::connecting, .message = "refused"});
        captured.err.clear();
        EXPECT_EQ(run(std::move(verb)), 90);
        EXPECT_EQ(captured.err, unreachable);
        EXPECT_EQ(captured.out, "");
    };
    fails(breakers({}, tools));
    fails(locks({}, tools));
    fails(locks({.action = LocksCommand::Action::force, .key = "k"}, tools));
    fails(reconcile({}, tools));
}

TEST_F(OperationsVerbs, an_answer_that_is_not_filegates_is_an_error) {
    for (auto const* const body : {"<html>", "{}", R"({"breakers":[{}]})", "[]"}) {
        http.answer(200, body);
        EXPECT_EQ(run(breakers({}, tools)), 90) << body;
    }
    for (auto const* const body : {"", "{}", R"({"statistics":[]})"}) {
        http.answer(200, body);
        EXPECT_EQ(run(locks({}, tools)), 90) << body;
        http.answer(200, body);
        EXPECT_EQ(run(locks({.action = LocksCommand::Action::force, .key = "k"}, tools)), 90);
        http.answer(200, body);
        EXPECT_EQ(run(reconcile({}, tools)), 90) << body;
    }
    EXPECT_EQ(captured.out, "");
}

std::string const locks_json =
    R"({"statistics":{"held":1,"waiting":2,"acquired":30,"contended":4,"timed_out":5,"expired":6,)"
    R"("forced":7},"locks":[{"key":"ab12","label":"kimi/main/file-extract","holder":"node-1",)"
    R"("fencing_token":17,"acquired_at":1767323045,"expires_at":1767323345,"waiters":2}]})";

TEST_F(OperationsVerbs, locks_are_shown_with_who_holds_them) {
    http.answer(200, locks_json);
    EXPECT_EQ(run(locks({}, tools)), 0);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/locks");
    EXPECT_EQ(captured.out,
              "LOCK                    HOLDER  SINCE (UTC)          EXPIRES (UTC)        WAITERS  "
              "TOKEN  KEY\n"
              "kimi/main/file-extract  node-1  2026-01-02 03:04:05  2026-01-02 03:09:05  2        "
              "17     ab12\n");
    captured.out.clear();
    http.answer(200, R"({"statistics":{},"locks":[]})");
    EXPECT_EQ(run(locks({}, tools)), 0);
    EXPECT_EQ(captured.out, "no lock is held\n");
}

TEST_F(OperationsVerbs, locks_as_json_are_one_a_line_and_nothing_when_there_is_none) {
    http.answer(200, locks_json);
    EXPECT_EQ(run(locks({.is_json = true}, tools)), 0);
    EXPECT_TRUE(captured.out.starts_with(R"({"key":"ab12","label")")) << captured.out;
    EXPECT_EQ(std::ranges::count(captured.out, '\n'), 1);
    captured.out.clear();
    http.answer(200, R"({"statistics":{},"locks":[]})");
    EXPECT_EQ(run(locks({.is_json = true}, tools)), 0);
    EXPECT_EQ(captured.out, "");
}

TEST_F(OperationsVerbs, lock_statistics_are_numbers_under_one_another) {
    LocksCommand command{.action = LocksCommand::Action::stats};
    http.answer(200, locks_json);
    EXPECT_EQ(run(locks(command, tools)), 0);
    EXPECT_EQ(captured.out,
              "held       1\nwaiting    2\nacquired   30\ncontended  4\ntimed_out  5\n"
              "expired    6\nforced     7\n");
    captured.out.clear();
    command.is_json = true;
    http.answer(200, locks_json);
    EXPECT_EQ(run(locks(command, tools)), 0);
    EXPECT_EQ(captured.out,
              R"({"held":1,"waiting":2,"acquired":30,"contended":4,"timed_out":5,"expired":6,)"
              R"("forced":7})"
              "\n");
}

TEST_F(OperationsVerbs, a_lock_is_forced_and_one_that_nobody_holds_is_a_mistake) {
    LocksCommand command{.action = LocksCommand::Action::force, .key = "ab/12"};
    http.answer(200, R"({"key":"ab/12","released":true})");
    EXPECT_EQ(run(locks(command, tools)), 0);
    EXPECT_EQ(http.requests[0].method, "DELETE");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/locks/ab%2F12");
    EXPECT_EQ(captured.out, "ab/12 released\n");
    captured.out.clear();
    command.is_json = true;
    http.answer(200, R"({"key":"ab/12","released":false})");
    EXPECT_EQ(run(locks(command, tools)), 10);
    EXPECT_EQ(captured.out, "{\"key\":\"ab/12\",\"released\":false}\n");
    EXPECT_EQ(captured.err, "filegate: nobody holds ab/12; `filegate locks` lists what is held\n");
}

std::string report_json(std::string const& items, bool is_dry, bool is_complete = true) {
    return fmt::format(
        R"({{"dry_run":{},"complete":{},"copies_removed":3,"items":[{}],)"
        R"("summary":{{"adopted":1,"removed":0,"absent":0,"waiting":1,"unknown":0}}}})",
        is_dry, is_complete, items);
}

std::string const items_json =
    R"({"intent":"int-1","end":"adopted","provider":"kimi","account":"main",)"
    R"("purpose":"file-extract","filename":"a\u001b[1m.pdf","bytes":2048,"sha256":"00",)"
    R"("started_at":1767323045,"copies":["c1","c2",5],"reason":null},)"
    R"({"intent":"int-2","end":"waiting","provider":"glm","account":"main","purpose":"agent",)"
    R"("filename":"b.pdf","bytes":-1,"sha256":"00","started_at":1767323045,"copies":[],)"
    R"("reason":"the provider may still be at work on it"})";

TEST_F(OperationsVerbs, a_dry_reconciliation_shows_every_intent_and_says_that_it_is_dry) {
    http.answer(200, report_json(items_json, true));
    EXPECT_EQ(run(reconcile({.mode = ReconcileMode::dry}, tools)), 0);
    EXPECT_EQ(http.requests[0].method, "POST");
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/reconcile?dry_run=true");
    EXPECT_EQ(
        captured.out,
        "END      PROVIDER   PURPOSE       SIZE     STARTED (UTC)        COPIES  NAME         "
        "   REASON\n"
        "adopted  kimi/main  file-extract  2.0 KiB  2026-01-02 03:04:05  c1,c2   "
        "a\\u001b[1m.pdf  -\n"
        "waiting  glm/main   agent         0 B      2026-01-02 03:04:05  -       b.pdf        "
        "   the provider may still be at work on it\n"
        "dry run, nothing changed; 2 open intents: 1 adopted, 1 waiting\n");
}

TEST_F(OperationsVerbs, a_reconciliation_tells_what_it_did_and_when_there_is_more_to_do) {
    http.answer(200, report_json("", false, false));
    EXPECT_EQ(run(reconcile({}, tools)), 0);
    EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:8787/v1/admin/reconcile?dry_run=false");
    EXPECT_EQ(captured.out, "0 open intents: 1 adopted, 1 waiting; 3 marked copies removed\n");
    EXPECT_EQ(captured.err, "filegate: there is more than one round looks into; run it again\n");
    captured.out.clear();
    http.answer(200, report_json("", false));
    EXPECT_EQ(run(reconcile({.is_json = true}, tools)), 0);
    EXPECT_EQ(captured.out, report_json("", false) + "\n");
}

TEST_F(OperationsVerbs, each_verb_fails_when_nobody_takes_its_output) {
    captured.is_full = true;
    http.answer(200, R"({"breakers":[]})");
    EXPECT_EQ(run(breakers({}, tools)), 50);
    http.answer(200, locks_json);
    EXPECT_EQ(run(locks({}, tools)), 50);
    http.answer(200, report_json("", false));
    EXPECT_EQ(run(reconcile({}, tools)), 50);
}

}  // namespace
}  // namespace filegate::cli
