#include "catalog/catalog_conformance.hpp"

namespace filegate::catalog {
namespace {

using enum ErrorCode;
using Names = std::vector<std::string>;
using MaybePurpose = std::optional<Purpose>;

TEST_P(CatalogConformance, gives_back_every_field_of_a_queued_delivery) {
    auto const file = add("ann", "content");
    auto delivery = records_.delivery(file.id);
    delivery.purpose = Purpose("it's \"vision\"");
    delivery.last_error = "HTTP 503, \u4e2d\u6587\n<html>";
    get(catalog().queue_delivery(delivery));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))),
              describe(std::vector{delivery}));
}

TEST_P(CatalogConformance, a_delivery_keeps_its_list_of_providers_and_its_lack_of_a_purpose) {
    auto const file = add("ann", "content");
    std::vector<QueuedDelivery> queued;
    for (auto const& names : {Names{}, Names{"kimi"}, Names{"kimi", "glm-cn", "openai"},
                              Names{"openai", "kimi", "openai"}, Names{""}}) {
        for (auto const& purpose :
             {MaybePurpose(), MaybePurpose(Purpose()), MaybePurpose(Purpose("batch"))}) {
            auto delivery = records_.delivery(file.id);
            delivery.purpose = purpose;
            delivery.providers.clear();
            for (auto const& name : names)
                delivery.providers.emplace_back(name);
            get(catalog().queue_delivery(delivery));
            queued.push_back(delivery);
        }
    }
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 99, {}))), describe(queued));
}

TEST_P(CatalogConformance, a_delivery_is_queued_for_a_file_that_is_there) {
    auto const file = add("ann", "content");
    expect_error(file_not_found, catalog().queue_delivery(records_.delivery(FileId("file-none"))));
    get(catalog().delete_file(file.owner, file.id, now()));
    expect_error(file_not_found, catalog().queue_delivery(records_.delivery(file.id)));
    EXPECT_EQ(get(catalog().count_deliveries()), 0U);
}

TEST_P(CatalogConformance, a_delivery_is_queued_once_by_an_id) {
    auto const file = add("ann", "content");
    auto const delivery = records_.delivery(file.id);
    get(catalog().queue_delivery(delivery));
    auto again = records_.delivery(add("ann", "other").id);
    again.id = delivery.id;
    again.next_try_at = now() - seconds(1);
    expect_error(database_error, catalog().queue_delivery(again));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))),
              describe(std::vector{delivery}));
}

TEST_P(CatalogConformance, deliveries_are_due_by_time_and_then_by_id) {
    auto const file = add("ann", "content");
    auto const queue = [&](milliseconds later) {
        auto delivery = records_.delivery(file.id);
        delivery.next_try_at = now() + later;
        get(catalog().queue_delivery(delivery));
        return delivery;
    };
    auto const later = queue(milliseconds(1));
    auto const first = queue(milliseconds(0));
    auto const second = queue(milliseconds(0));
    auto const overdue = queue(-seconds(60));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))),
              describe(std::vector{overdue, first, second}));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 2, {}))),
              describe(std::vector{overdue, first}));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now() - milliseconds(1), 9, {}))),
              describe(std::vector{overdue}));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now() + milliseconds(1), SIZE_MAX, {}))),
              describe(std::vector{overdue, first, second, later}));
    EXPECT_EQ(get(catalog().due_deliveries(now(), 0, {})).size(), 0U);
    EXPECT_EQ(get(catalog().due_deliveries(now() - seconds(61), 9, {})).size(), 0U);
}

TEST_P(CatalogConformance, deliveries_under_way_are_left_out_of_those_that_are_due) {
    auto const file = add("ann", "content");
    std::vector<QueuedDelivery> queued;
    std::vector<DeliveryId> ids;
    for (int i = 0; i < 4; ++i) {
        queued.push_back(records_.delivery(file.id));
        ids.push_back(queued.back().id);
        get(catalog().queue_delivery(queued.back()));
    }
    auto const due = [&](std::size_t limit, std::vector<DeliveryId> except) {
        return describe(get(catalog().due_deliveries(now(), limit, std::move(except))));
    };
    EXPECT_EQ(due(9, {ids[1], ids[3]}), describe(std::vector{queued[0], queued[2]}));
    EXPECT_EQ(due(1, {ids[0]}), describe(std::vector{queued[1]}));
    EXPECT_EQ(due(2, {ids[0], ids[0], ids[1]}), describe(std::vector{queued[2], queued[3]}));
    EXPECT_EQ(due(2, {records_.ids().delivery(), DeliveryId("")}),
              describe(std::vector{queued[0], queued[1]}));
    EXPECT_EQ(due(9, ids), "[]");
    EXPECT_EQ(due(0, {ids[0]}), "[]");
}

TEST_P(CatalogConformance, a_postponed_delivery_changes_what_a_try_changes_and_nothing_else) {
    auto const file = add("ann", "content");
    auto delivery = records_.delivery(file.id);
    auto const other = records_.delivery(file.id);
    get(catalog().queue_delivery(delivery));
    get(catalog().queue_delivery(other));
    auto told = records_.delivery(add("ben", "other").id);
    told.id = delivery.id;
    told.providers = {ProviderName("openai")};
    told.purpose = std::nullopt;
    told.queued_at = now() + seconds(1);
    told.deadline = now() + seconds(2);
    told.next_try_at = now() + milliseconds(1);
    told.tries = 4;
    told.last_error = "another";
    get(catalog().postpone_delivery(told));
    delivery.providers = told.providers;
    delivery.next_try_at = told.next_try_at;
    delivery.tries = told.tries;
    delivery.last_error = told.last_error;
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))), describe(std::vector{other}));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now() + seconds(1), 9, {}))),
              describe(std::vector{other, delivery}));
}

TEST_P(CatalogConformance, a_delivery_may_be_brought_forward) {
    auto const file = add("ann", "content");
    auto const first = records_.delivery(file.id);
    auto second = records_.delivery(file.id);
    get(catalog().queue_delivery(first));
    get(catalog().queue_delivery(second));
    second.next_try_at = now() - milliseconds(1);
    get(catalog().postpone_delivery(second));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))),
              describe(std::vector{second, first}));
}

TEST_P(CatalogConformance, a_delivery_that_ended_is_not_postponed_back_into_the_queue) {
    auto const file = add("ann", "content");
    auto const delivery = records_.delivery(file.id);
    get(catalog().queue_delivery(delivery));
    get(catalog().end_delivery(delivery.id));
    get(catalog().end_delivery(delivery.id));
    get(catalog().postpone_delivery(delivery));
    get(catalog().postpone_delivery(records_.delivery(file.id)));
    EXPECT_EQ(get(catalog().due_deliveries(now(), 9, {})).size(), 0U);
    EXPECT_EQ(get(catalog().count_deliveries()), 0U);
    get(catalog().queue_delivery(delivery));  // its id is free again
    EXPECT_EQ(get(catalog().count_deliveries()), 1U);
}

TEST_P(CatalogConformance, all_deliveries_are_counted_due_or_not) {
    auto const file = add("ann", "content");
    std::vector<DeliveryId> ids;
    for (int i = 0; i < 3; ++i) {
        auto delivery = records_.delivery(file.id);
        delivery.next_try_at = now() + seconds(i);
        ids.push_back(delivery.id);
        get(catalog().queue_delivery(delivery));
        EXPECT_EQ(get(catalog().count_deliveries()), ids.size());
    }
    get(catalog().end_delivery(ids[1]));
    EXPECT_EQ(get(catalog().count_deliveries()), 2U);
}

TEST_P(CatalogConformance, deleting_a_file_ends_its_deliveries_and_no_others) {
    auto const file = add("ann", "content");
    auto const copy = add("ann", "content", "of another name");
    auto const other = records_.delivery(copy.id);
    get(catalog().queue_delivery(records_.delivery(file.id)));
    get(catalog().queue_delivery(other));
    get(catalog().queue_delivery(records_.delivery(file.id)));
    expect_error(file_not_found, catalog().delete_file(PrincipalId("ben"), file.id, now()));
    EXPECT_EQ(get(catalog().count_deliveries()), 3U);
    get(catalog().delete_file(file.owner, file.id, now()));
    EXPECT_EQ(describe(get(catalog().due_deliveries(now(), 9, {}))), describe(std::vector{other}));
    EXPECT_EQ(get(catalog().count_deliveries()), 1U);
}

TEST_P(CatalogConformance, deliveries_that_are_due_are_bounded) {
    auto const file = add("ann", "content");
    std::vector<Task<Result<void>>> tasks;
    std::vector<DeliveryId> ids;
    for (std::size_t i = 0; i < list_limit_max + 1; ++i) {
        auto delivery = records_.delivery(file.id);
        ids.push_back(delivery.id);
        tasks.push_back(catalog().queue_delivery(std::move(delivery)));
        if (tasks.size() == 1000) get_all(std::exchange(tasks, {}));
    }
    get_all(std::move(tasks));
    EXPECT_EQ(get(catalog().due_deliveries(now(), SIZE_MAX, {})).size(), list_limit_max);
    EXPECT_EQ(get(catalog().due_deliveries(now(), SIZE_MAX, {ids[0]})).size(), list_limit_max);
    ids.pop_back();
    EXPECT_EQ(get(catalog().due_deliveries(now(), SIZE_MAX, ids)).size(), 1U);
}

TEST_P(CatalogConformance, a_file_is_read_whoever_owns_it_until_it_is_deleted) {
    auto const file = add("ann", "content");
    EXPECT_EQ(describe(get(catalog().file_record(file.id))), describe(file));
    get(catalog().set_file_status(file.id, FileStatus::failed, "why"));
    EXPECT_EQ(get(catalog().file_record(file.id)).status_details, "why");
    get(catalog().delete_file(file.owner, file.id, now()));
    expect_error(file_not_found, catalog().file_record(file.id));
    expect_error(file_not_found, catalog().file_record(records_.ids().file()));
}

}  // namespace
}  // namespace filegate::catalog
