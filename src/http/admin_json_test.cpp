#include "http/admin_json.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace filegate::http {
namespace {

namespace json = boost::json;

using coordination::BreakerPhase;
using gateway::PartHealth;
using gateway::RecoveryItem;

constexpr WallTime time{seconds(1'700'000'000)};

json::object body(net::ServerResponse const& answer) {
    return json::parse(std::get<std::string>(answer.body)).as_object();
}

TEST(admin_json, a_breaker_tells_its_state_and_why_it_changed) {
    coordination::BreakerView const view{.key = {ProviderName("kimi"), "openai"},
                                         .phase = BreakerPhase::open,
                                         .failures = 5,
                                         .successes = 1,
                                         .wait = seconds(60),
                                         .retry_at = time + seconds(60),
                                         .changed_at = time,
                                         .reason = "HTTP 503"};
    auto const answer = breakers_answer({view, {.key = {ProviderName("glm"), "native"}}});
    EXPECT_EQ(answer.status, 200);
    auto const list = body(answer);
    EXPECT_EQ(list.at("object"), "list");
    auto const& breakers = list.at("breakers").as_array();
    ASSERT_EQ(breakers.size(), 2U);
    json::value const expected{{"key", "kimi/openai"},
                               {"provider", "kimi"},
                               {"transport", "openai"},
                               {"state", "open"},
                               {"failures", 5},
                               {"successes", 1},
                               {"wait_s", 60},
                               {"retry_at", 1'700'000'060},
                               {"changed_at", 1'700'000'000},
                               {"reason", "HTTP 503"}};
    EXPECT_EQ(breakers[0], expected);
    EXPECT_EQ(body(breaker_answer(view)), expected.as_object());
    for (auto const* const name : {"retry_at", "changed_at", "reason"})
        EXPECT_TRUE(breakers[1].at(name).is_null()) << name;
}

TEST(admin_json, locks_come_with_statistics) {
    gateway::LockReport const report{.statistics = {.held = 1,
                                                    .waiting = 2,
                                                    .acquired = 3,
                                                    .contended = 4,
                                                    .timed_out = 5,
                                                    .expired = 6,
                                                    .forced = 7},
                                     .locks = {{.key = "aa",
                                                .label = "kimi/main/file",
                                                .holder = "node",
                                                .fencing_token = 9,
                                                .acquired_at = time,
                                                .expires_at = time + seconds(300),
                                                .waiters = 2}}};
    json::object const expected{{"statistics",
                                 {{"held", 1},
                                  {"waiting", 2},
                                  {"acquired", 3},
                                  {"contended", 4},
                                  {"timed_out", 5},
                                  {"expired", 6},
                                  {"forced", 7}}},
                                {"locks", json::array{{{"key", "aa"},
                                                       {"label", "kimi/main/file"},
                                                       {"holder", "node"},
                                                       {"fencing_token", 9},
                                                       {"acquired_at", 1'700'000'000},
                                                       {"expires_at", 1'700'000'300},
                                                       {"waiters", 2}}}}};
    EXPECT_EQ(body(locks_answer(report)), expected);
}

TEST(admin_json, an_unlocked_key_is_told_back_whatever_it_is) {
    auto const answer = body(unlock_answer("a\xff\n", false));
    EXPECT_EQ(answer.at("released"), false);
    EXPECT_EQ(answer.at("key").as_string().find('\xff'), json::string::npos);
    EXPECT_EQ(body(unlock_answer("aa", true)), (json::object{{"key", "aa"}, {"released", true}}));
}

TEST(admin_json, a_reconciliation_counts_every_end) {
    RecoveryItem const item{.end = RecoveryItem::End::adopted,
                            .intent = {.id = IntentId("int-1"),
                                       .key = {ProviderName("kimi"), AccountName("main"),
                                               WirePurpose("file-extract"), sha256("x")},
                                       .filename = "年.pdf",
                                       .bytes = 5,
                                       .started_at = time},
                            .copies = {ProviderFileId("c1"), ProviderFileId("c2")},
                            .reason = ""};
    gateway::RecoveryReport report{.items = {item, item}, .copies_removed = 3};
    report.items[1].end = RecoveryItem::End::waiting;
    report.items[1].reason = "may still turn up";
    report.is_complete = false;
    auto const answer = body(recovery_answer(report, gateway::RecoveryMode::dry));
    EXPECT_EQ(answer.at("dry_run"), true);
    EXPECT_EQ(answer.at("complete"), false);
    EXPECT_EQ(answer.at("copies_removed"), 3);
    EXPECT_EQ(answer.at("items").at(0), (json::value{{"intent", "int-1"},
                                                     {"end", "adopted"},
                                                     {"provider", "kimi"},
                                                     {"account", "main"},
                                                     {"purpose", "file-extract"},
                                                     {"filename", "年.pdf"},
                                                     {"bytes", 5},
                                                     {"sha256", sha256("x").hex()},
                                                     {"started_at", 1'700'000'000},
                                                     {"copies", json::array{"c1", "c2"}},
                                                     {"reason", nullptr}}));
    EXPECT_EQ(answer.at("items").at(1).at("reason"), "may still turn up");
    EXPECT_EQ(answer.at("summary"),
              (json::value{
                  {"adopted", 1}, {"removed", 0}, {"absent", 0}, {"waiting", 1}, {"unknown", 0}}));
    auto const acted = body(recovery_answer({}, gateway::RecoveryMode::act));
    EXPECT_EQ(acted.at("dry_run"), false);
    EXPECT_EQ(acted.at("complete"), true);
}

TEST(admin_json, an_event_by_nobody_in_particular_has_no_principal) {
    auto const answer = body(events_answer({{.at = time,
                                             .action = "copy.adopted",
                                             .subject = "c1",
                                             .outcome = "done",
                                             .detail = "found"}}));
    EXPECT_EQ(answer.at("object"), "list");
    auto const& event = answer.at("events").at(0).as_object();
    EXPECT_EQ(event.at("at"), 1'700'000'000);
    EXPECT_TRUE(event.at("principal").is_null());
    EXPECT_TRUE(event.at("peer_address").is_null());
    EXPECT_EQ(event.at("action"), "copy.adopted");
    EXPECT_EQ(event.at("error_code"), 0);
}

TEST(admin_json, a_row_of_the_trail_has_all_that_its_hash_covers) {
    catalog::AuditPage const page{
        .rows = {{.id = 7,
                  .event = {.at = time + milliseconds(5),
                            .principal = PrincipalId("ann"),
                            .action = "path.refused",
                            .subject = "a\nb\xff",
                            .outcome = "refused",
                            .detail = "line\nbreak",
                            .door = "http",
                            .peer_address = "::1",
                            .request = RequestId("req-1"),
                            .file = FileId("file-1"),
                            .error_code = 1005},
                  .hash = "ab"}},
        .looked_at_to = 9,
        .has_more = true,
        .bounds = {.anchor = {.id = 6, .hash = "cd"}, .head = {.id = 20, .hash = "ef"}}};
    auto const answer = body(audit_answer(page));
    EXPECT_EQ(answer.at("data").at(0), (json::value{{"at", 1'700'000'000},
                                                    {"at_ms", 1'700'000'000'005},
                                                    {"principal", "ann"},
                                                    {"door", "http"},
                                                    {"peer_address", "::1"},
                                                    {"request_id", "req-1"},
                                                    {"action", "path.refused"},
                                                    {"subject", "a\\nb\\xff"},
                                                    {"file_id", "file-1"},
                                                    {"outcome", "refused"},
                                                    {"error_code", 1005},
                                                    {"detail", "line\nbreak"},
                                                    {"id", 7},
                                                    {"hash", "ab"}}));
    EXPECT_EQ(answer.at("next_after"), 9);
    EXPECT_EQ(answer.at("has_more"), true);
    EXPECT_EQ(answer.at("head"), (json::value{{"id", 20}, {"hash", "ef"}}));
}

TEST(admin_json, a_verdict_says_what_is_broken_or_null) {
    auto const whole = body(verdict_answer({.broken = std::nullopt, .rows = 3}));
    EXPECT_EQ(whole.at("ok"), true);
    EXPECT_EQ(whole.at("rows"), 3);
    EXPECT_TRUE(whole.at("broken").is_null());
    auto const broken =
        body(verdict_answer({.broken = catalog::ChainBreak{.id = 5, .what = "gone"}}));
    EXPECT_EQ(broken.at("ok"), false);
    EXPECT_EQ(broken.at("broken"), (json::value{{"id", 5}, {"what", "gone"}}));
}

TEST(admin_json, readiness_is_the_short_form_of_health_and_its_status_decides) {
    gateway::HealthReport report{
        .is_ready = true,
        .parts = {{.name = "catalog"},
                  {.name = "deliveries", .what = "3 deliveries wait"},
                  {.name = "provider kimi/main",
                   .state = PartHealth::State::impaired,
                   .what = "openai is half-open"},
                  {.name = "blobs", .state = PartHealth::State::unwell, .what = "full\xff"}}};
    auto const full = body(health_answer(report));
    EXPECT_EQ(full.at("ready"), true);
    EXPECT_EQ(full.at("parts").at(2), (json::value{{"name", "provider kimi/main"},
                                                   {"state", "impaired"},
                                                   {"what", "openai is half-open"}}));
    auto const ready = readiness_answer(report);
    EXPECT_EQ(ready.status, 200);
    auto const parts = body(ready).at("parts").as_object();
    EXPECT_EQ(parts.at("catalog"), "ok");
    EXPECT_EQ(parts.at("deliveries"), "3 deliveries wait");
    EXPECT_EQ(parts.at("provider kimi/main"), "impaired: openai is half-open");
    EXPECT_TRUE(parts.at("blobs").as_string().starts_with("unwell: full"));
    report.is_ready = false;
    EXPECT_EQ(readiness_answer(report).status, 503);
    EXPECT_EQ(body(readiness_answer(report)).at("ready"), false);
    EXPECT_EQ(health_answer(report).status, 200);
}

TEST(admin_json, a_breakers_state_is_open_or_closed_and_nothing_else) {
    EXPECT_EQ(parse_breaker_state(R"({"state":"open"})"), BreakerPhase::open);
    EXPECT_EQ(parse_breaker_state(R"({"state":"closed"})"), BreakerPhase::closed);
    for (std::string_view const text :
         {"", "[]", "{}", "open", R"({"state":"half-open"})", R"({"state":"OPEN"})",
          R"({"state":null})", R"({"state":true})", R"({"state":"open","for":"60s"})",
          R"({"State":"open"})", R"({"state":"open"} x)"}) {
        auto const state = parse_breaker_state(text);
        ASSERT_FALSE(state) << text;
        EXPECT_EQ(state.error().code, ErrorCode::validation_failed) << text;
    }
}

}  // namespace
}  // namespace filegate::http
