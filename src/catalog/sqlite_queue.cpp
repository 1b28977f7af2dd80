#include "catalog/sqlite_queue.hpp"

#include <set>

#include "catalog/refusals.hpp"
#include "catalog/sqlite_files.hpp"
#include "catalog/sqlite_rows.hpp"

namespace filegate::catalog::sqlite {
namespace {

using db::Connection;
using db::Query;
using db::Sql;

// ?5 tells a purpose that is empty from none.
constexpr Sql insert_delivery{
    "queueing a delivery",
    "INSERT INTO queued_deliveries (id, file_id, providers, purpose, queued_at, deadline,"
    " next_try_at, tries, last_error)"
    " VALUES (?1, ?2, ?3, CASE WHEN ?5 THEN ?4 END, ?6, ?7, ?8, ?9, ?10)"};
constexpr Sql update_delivery{
    "postponing a delivery",
    "UPDATE queued_deliveries SET providers = ?2, next_try_at = ?3, tries = ?4, last_error = ?5"
    " WHERE id = ?1"};
constexpr Sql delete_delivery{"ending a delivery", "DELETE FROM queued_deliveries WHERE id = ?1"};
constexpr Sql delete_deliveries_of_file{"ending a file's deliveries",
                                        "DELETE FROM queued_deliveries WHERE file_id = ?1"};
constexpr Sql select_due{
    "listing due deliveries",
    "SELECT id, file_id, providers, purpose, queued_at, deadline, next_try_at, tries, last_error"
    " FROM queued_deliveries WHERE next_try_at <= ?1 ORDER BY next_try_at, id LIMIT ?2"};
constexpr Sql select_count{"counting deliveries", "SELECT count(*) FROM queued_deliveries"};

constexpr char name_end = ',';

std::string text_of(std::vector<ProviderName> const& providers) {
    std::string text;
    for (auto const& provider : providers)
        text += provider.text() + name_end;
    return text;
}

Result<std::vector<ProviderName>> providers_of(std::string_view text) {
    std::vector<ProviderName> providers;
    while (!text.empty()) {
        auto const end = text.find(name_end);
        if (end == text.npos) {
            return fail(unreadable_row("a list of providers ends with " + std::string(text)));
        }
        providers.emplace_back(std::string(text.substr(0, end)));
        text.remove_prefix(end + 1);
    }
    return providers;
}

Result<QueuedDelivery> delivery_of(Query const& row) {
    TRY(auto providers, providers_of(row.text(2)));
    QueuedDelivery delivery{.id = DeliveryId(row.text(0)),
                            .file = FileId(row.text(1)),
                            .providers = std::move(providers),
                            .purpose = {},
                            .queued_at = wall_time(row.integer(4)),
                            .deadline = wall_time(row.integer(5)),
                            .next_try_at = wall_time(row.integer(6)),
                            .tries = static_cast<int>(row.integer(7)),
                            .last_error = row.text(8)};
    if (!row.is_null(3)) delivery.purpose = Purpose(row.text(3));
    return delivery;
}

}  // namespace

Result<void> queue_delivery(Connection& connection, QueuedDelivery const& delivery) {
    TRY(auto const file, load_file(connection, delivery.file));
    if (!file) return fail(unknown_file(delivery.file));
    return connection.run(insert_delivery, delivery.id.text(), delivery.file.text(),
                          text_of(delivery.providers), delivery.purpose.value_or(Purpose()).text(),
                          delivery.purpose.has_value(), column(delivery.queued_at),
                          column(delivery.deadline), column(delivery.next_try_at), delivery.tries,
                          delivery.last_error);
}

Result<void> postpone_delivery(Connection& connection, QueuedDelivery const& delivery) {
    return connection.run(update_delivery, delivery.id.text(), text_of(delivery.providers),
                          column(delivery.next_try_at), delivery.tries, delivery.last_error);
}

Result<void> end_delivery(Connection& connection, DeliveryId const& delivery) {
    return connection.run(delete_delivery, delivery.text());
}

Result<void> end_deliveries_of(Connection& connection, FileId const& file) {
    return connection.run(delete_deliveries_of_file, file.text());
}

Result<std::vector<QueuedDelivery>> due_deliveries(Connection& connection, WallTime now,
                                                   std::size_t limit,
                                                   std::vector<DeliveryId> const& except) {
    std::set<DeliveryId> const left_out(except.begin(), except.end());
    auto const count_max = std::min(limit, list_limit_max);
    auto rows = connection.query(select_due, column(now), count_max + left_out.size());
    std::vector<QueuedDelivery> found;
    while (found.size() < count_max) {
        TRY(bool const has_row, rows.step());
        if (!has_row) break;
        if (left_out.contains(DeliveryId(rows.text(0)))) continue;
        TRY(auto delivery, delivery_of(rows));
        found.push_back(std::move(delivery));
    }
    return found;
}

Result<std::uint64_t> count_deliveries(Connection& connection) {
    auto row = connection.query(select_count);
    TRY(row.step());
    return static_cast<std::uint64_t>(row.integer(0));
}

}  // namespace filegate::catalog::sqlite
