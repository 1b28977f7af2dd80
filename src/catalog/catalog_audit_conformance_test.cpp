#include "catalog/audit_conformance.hpp"

namespace filegate::catalog {
namespace {

TEST_P(AuditConformance, an_empty_trail_is_whole) {
    auto const verdict = verify();
    EXPECT_FALSE(verdict.broken);
    EXPECT_EQ(verdict.rows, 0U);
    EXPECT_EQ(verdict.bounds.head, chain_start());
    EXPECT_EQ(rows().size(), 0U);
}

TEST_P(AuditConformance, gives_back_every_field_of_a_row) {
    EventRecord const event{.at = now() - milliseconds(1),
                            .principal = PrincipalId("ann"),
                            .action = "path.refused",
                            .subject = "'; DROP TABLE audit_events; --\n\u4e2d",
                            .outcome = "refused",
                            .detail = "outside",
                            .door = "http",
                            .peer_address = "127.0.0.1",
                            .request = records_.ids().request(),
                            .file = records_.ids().file(),
                            .error_code = 1005};
    get(catalog().add_event(event));
    auto const found = rows();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(describe(found[0]),
              fmt::format("1: {} {}", describe(event), chain_hash(chain_start(), event)));
}

TEST_P(AuditConformance, rows_are_numbered_without_gaps_and_chained) {
    write(3);
    get(catalog().add_event(records_.event("last")));
    auto const found = rows();
    ASSERT_EQ(found.size(), 4U);
    ChainLink last = chain_start();
    for (auto const& row : found) {
        EXPECT_EQ(row.id, last.id + 1);
        EXPECT_EQ(row.hash, chain_hash(last, row.event));
        last = {.id = row.id, .hash = row.hash};
    }
    auto const verdict = verify();
    EXPECT_FALSE(verdict.broken);
    EXPECT_EQ(verdict.rows, 4U);
    EXPECT_EQ(verdict.bounds.head, last);
}

TEST_P(AuditConformance, appends_that_race_make_one_chain) {
    std::vector<Task<Result<void>>> tasks;
    for (int i = 0; i < 500; ++i)
        tasks.push_back(catalog().add_event(records_.event(std::to_string(i))));
    get_all(std::move(tasks));
    auto const verdict = verify();
    EXPECT_FALSE(verdict.broken) << verdict.broken->what;
    EXPECT_EQ(verdict.rows, 500U);
}

TEST_P(AuditConformance, every_change_of_a_file_is_a_row) {
    auto const file = add("ann", "content");
    add("ann", "content");
    add("ann", "content", "other.pdf");
    auto const other = add("ben", "content");
    auto const placement = place(file, records_.key("content"));
    for (int i = 0; i < 2; ++i)
        get(catalog().link_placement(other.id, placement.id, now()));
    get(catalog().delete_file(file.owner, file.id, now()));
    EXPECT_EQ(actions(), (std::vector<std::string>{"file.created", "file.deduplicated",
                                                   "file.created", "file.created", "file.delivered",
                                                   "file.delivered", "file.deleted"}));
    auto const about_file = rows({.limit = 10, .file = file.id});
    ASSERT_EQ(about_file.size(), 4U);
    for (auto const& row : about_file)
        EXPECT_EQ(row.event.principal, PrincipalId("ann"));
    EXPECT_EQ(about_file[0].event.subject, "report.pdf");
    EXPECT_NE(about_file[2].event.detail.find(placement.provider_file_id.text()),
              std::string::npos);
}

TEST_P(AuditConformance, a_change_that_failed_is_no_row) {
    auto const file = add("ann", "content");
    expect_error(ErrorCode::file_not_found,
                 catalog().delete_file(PrincipalId("ben"), file.id, now()));
    expect_error(ErrorCode::file_not_found,
                 catalog().link_placement(file.id, records_.ids().placement(), now()));
    auto const intent = begin(file, records_.key("content"));
    auto const placement = records_.placement(intent.key);
    for (int i = 0; i < 2; ++i)
        get(catalog().finish_intent(intent.id, placement));  // the second time changes nothing
    EXPECT_EQ(actions(), (std::vector<std::string>{"file.created", "file.delivered"}));
}

TEST_P(AuditConformance, a_change_says_on_whose_behalf_and_from_where) {
    auto asked = records_.file("ann", "content");
    asked.cause = {.principal = PrincipalId("ann"),
                   .door = "http",
                   .peer_address = "10.0.0.7",
                   .request = records_.ids().request()};
    auto const file = get(catalog().add_file(asked)).file;
    auto cause = asked.cause;
    cause.principal = PrincipalId("operator");
    cause.request = records_.ids().request();
    get(catalog().delete_file(file.owner, file.id, now(), cause));
    auto const found = rows();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].event.principal, PrincipalId("ann"));
    EXPECT_EQ(found[0].event.peer_address, "10.0.0.7");
    EXPECT_EQ(found[0].event.request, asked.cause.request);
    EXPECT_EQ(found[1].event.principal, PrincipalId("operator"));
    EXPECT_EQ(found[1].event.request, cause.request);
    EXPECT_TRUE(found[1].event.detail.ends_with("owner=ann"));
}

TEST_P(AuditConformance, pages_go_on_where_the_last_one_ended) {
    write(7);
    std::vector<std::string> subjects;
    AuditQuery query{.limit = 3};
    for (int pages = 0; pages < 3; ++pages) {
        auto const page = get(catalog().audit_page(query));
        for (auto const& row : page.rows)
            subjects.push_back(row.event.subject);
        EXPECT_EQ(page.has_more, pages < 2);
        query.after = page.looked_at_to;
    }
    EXPECT_EQ(subjects, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6"}));
    EXPECT_EQ(rows({.after = 99}).size(), 0U);
    EXPECT_EQ(rows({.limit = 0}).size(), 0U);
}

TEST_P(AuditConformance, a_page_looks_at_a_bounded_stretch_whatever_is_asked_for) {
    write(audit_rows_looked_at_max);
    auto rare = records_.event("rare");
    rare.action = "token.issued";
    get(catalog().add_event(rare));
    AuditQuery query{.limit = 10, .action = "token."};
    auto const first = get(catalog().audit_page(query));
    EXPECT_EQ(first.rows.size(), 0U);
    EXPECT_TRUE(first.has_more);
    query.after = first.looked_at_to;
    auto const second = get(catalog().audit_page(query));
    ASSERT_EQ(second.rows.size(), 1U);
    EXPECT_EQ(second.rows[0].event.subject, "rare");
    EXPECT_FALSE(second.has_more);
}

TEST_P(AuditConformance, filters_pass_over_what_differs) {
    auto event = records_.event("1");
    get(catalog().add_event(event));
    event.principal = PrincipalId("ben");
    event.action = "breaker.close";
    event.at += seconds(10);
    get(catalog().add_event(event));
    event.action = "breakers";
    get(catalog().add_event(event));
    EXPECT_EQ(actions({.principal = PrincipalId("ben")}),
              (std::vector<std::string>{"breaker.close", "breakers"}));
    EXPECT_EQ(actions({.action = "breaker."}),
              (std::vector<std::string>{"breaker.open", "breaker.close"}));
    EXPECT_EQ(actions({.action = "breaker.close"}), std::vector<std::string>{"breaker.close"});
    EXPECT_EQ(actions({.action = "breaker"}), std::vector<std::string>{});
    EXPECT_EQ(actions({.since = event.at}).size(), 2U);
    EXPECT_EQ(actions({.until = event.at}).size(), 1U);
}

TEST_P(AuditConformance, retention_cuts_the_front_and_the_chain_still_holds) {
    write(10);
    auto const whole = rows();
    EXPECT_EQ(cut(20), 0U);
    EXPECT_EQ(cut(4), 6U);
    auto const left = rows();
    ASSERT_EQ(left.size(), 5U);
    EXPECT_EQ(describe(left[0]), describe(whole[6]));
    EXPECT_EQ(left.back().event.action, "trail.cut");
    EXPECT_EQ(left.back().event.subject, "6");
    EXPECT_FALSE(verify().broken);
    EXPECT_EQ(verify().bounds.anchor, (ChainLink{.id = 6, .hash = whole[5].hash}));
    write(3);
    EXPECT_EQ(cut(2), 6U);
    auto const verdict = verify();
    EXPECT_FALSE(verdict.broken) << verdict.broken->what;
    EXPECT_EQ(verdict.rows, 3U);
}

TEST_P(AuditConformance, retention_by_age_stops_at_the_first_row_that_is_young) {
    for (int const age : {30, 20, 5, 40}) {
        auto event = records_.event(std::to_string(age));
        event.at -= seconds(age);
        get(catalog().add_event(event));
    }
    EXPECT_EQ(cut(1000, now() - seconds(10)), 2U);
    EXPECT_EQ(rows()[0].event.subject, "5");
    EXPECT_FALSE(verify().broken);
}

TEST_P(AuditConformance, a_cut_takes_a_bounded_number_of_rows_at_once) {
    write(10);
    AuditCut const request{.rows_max = 1, .at_most = 4, .now = now()};
    EXPECT_EQ(get(catalog().cut_audit(request)), 4U);
    EXPECT_EQ(get(catalog().cut_audit(request)), 4U);
    EXPECT_FALSE(verify().broken);
}

TEST_P(AuditConformance, a_head_that_was_noted_elsewhere_must_still_be_there) {
    write(5);
    auto const head = verify().bounds.head;
    write(5);
    EXPECT_FALSE(verify(head).broken);
    auto other = head;
    other.hash[0] = other.hash[0] == 'a' ? 'b' : 'a';
    ASSERT_TRUE(verify(other).broken);
    EXPECT_EQ(verify(other).broken->id, 5);
    other = {.id = 11, .hash = head.hash};
    EXPECT_TRUE(verify(other).broken);
    cut(2);
    EXPECT_FALSE(verify(head).broken) << "retention took it, which is no break";
}

}  // namespace
}  // namespace filegate::catalog
