// One open intent, under its lease, with the provider's list read in this round:
//
//   the list shows            and                              then
//   a copy that is ours       the bytes have no placement      adopted: the intent is finished with
//   it a copy that is ours       they have one already            removed copies that may be ours
//   no upload alike can still run    removed, all of them copies that may be ours   one may waits
//   nothing                   it began long enough ago         absent: the intent is closed
//   nothing                   just now                         waits
//   (no list at all)               within its retention        unknown: an operator's to judge
//   (no list at all)               after it                    absent: the provider has deleted it

#include "gateway/recovery.hpp"

#include "base/task_group.hpp"
#include "gateway/catalog_journal.hpp"

namespace filegate::gateway {
namespace {

using catalog::IntentRecord;
using delivery::Finding;
using End = RecoveryItem::End;

constexpr std::size_t intents_per_page = 500;
constexpr std::size_t intents_max = 10'000;  // in one round
constexpr std::size_t removals_max = 10'000;

// The journal of an intent's bytes; its file may be gone.
catalog::FileRecord file_of(IntentRecord const& intent) {
    return {.id = intent.file,
            .name = intent.filename,
            .bytes = intent.bytes,
            .sha256 = intent.key.sha256};
}

delivery::OpenIntent open_intent(IntentRecord const& intent) {
    return {intent.id, intent.filename, intent.bytes, intent.started_at};
}

std::vector<ProviderFileId> ids_of(std::vector<delivery::ProviderFile> const& files) {
    std::vector<ProviderFileId> ids;
    for (auto const& file : files)
        ids.push_back(file.id);
    return ids;
}

std::string joined(std::vector<ProviderFileId> const& ids) {
    std::string text;
    for (auto const& id : ids)
        text += (text.empty() ? "" : " ") + id.text();
    return text;
}

}  // namespace

std::string_view name_of(End end) {
    switch (end) {
        case End::adopted:
            return "adopted";
        case End::removed:
            return "removed";
        case End::absent:
            return "absent";
        case End::waiting:
            return "waiting";
        case End::unknown:
            return "unknown";
    }
    return "unknown";
}

// Lists are read once for all intents of an account and purpose. What this round removed is taken
// out, so that no two intents share a copy.
struct Recovery::Round {
    RecoveryMode mode = RecoveryMode::act;
    std::map<std::string, delivery::ProviderResult<delivery::ProviderList>> lists;
};

// One intent, on its way to its end.
struct Recovery::Case {
    Round& round;
    IntentRecord const& intent;
    delivery::Account const& account;
    CatalogJournal& journal;
};

Task<Result<RecoveryReport>> Recovery::run(RecoveryMode mode) {
    if (mode == RecoveryMode::dry) co_return co_await run_round(mode);
    auto const turn = co_await turn_.acquire();
    CO_TRY(auto report, co_await run_round(mode));
    report.copies_removed = co_await remove_marked_copies();
    co_return report;
}

// Intents that only an operator can judge do not count: the others behind them get their turn.
Task<Result<RecoveryReport>> Recovery::run_round(RecoveryMode mode) {
    RecoveryReport report;
    Round round{.mode = mode};
    std::optional<IntentRecord> after;
    for (std::size_t looked = 0; looked < intents_max;) {
        CO_TRY(auto const page, co_await parts_.catalog.open_intents(intents_per_page, after));
        for (auto const& intent : page) {
            auto item = co_await look_into(round, intent);
            if (!item) continue;
            looked += item->is_looked_into ? 1 : 0;
            co_await tell(round, *item);
            if (report.items.size() < intents_max) report.items.push_back(*std::move(item));
        }
        if (page.size() < intents_per_page) co_return report;
        after = page.back();
    }
    report.is_complete = false;
    co_return report;
}

Task<void> Recovery::run_periodically() {
    while (true) {
        co_await sleep_for(options_.interval);
        auto const report = co_await run(RecoveryMode::act);
        if (!report) {
            parts_.log.write(
                observe::LogLevel::warning, "recovery.failed",
                {{"message", report.error().message}, {"detail", report.error().detail}});
        }
    }
}

// None: it was closed meanwhile, by its own delivery.
Task<std::optional<RecoveryItem>> Recovery::look_into(Round& round, IntentRecord const& intent) {
    RecoveryItem item{.intent = intent};
    auto const& key = intent.key;
    auto const* const account = parts_.delivery.find_account(key.provider, key.account);
    if (!account) {
        item.reason = "its account is not configured";
        co_return item;
    }
    if (!account->contract->has_list) {
        auto const ended = co_await settle_unlisted(round, *account, item);
        if (!ended) item.reason = ended.error().message;
        co_return item;
    }
    auto const lease = co_await parts_.leases.try_acquire(
        delivery::lease_request(key.provider, key.account, key.purpose, key.sha256, no_deadline));
    if (!lease) {
        item.reason = lease.error().message;
    } else if (!*lease) {
        item.reason = "a delivery of these bytes is under way";
    } else {
        auto const file = file_of(intent);
        CatalogJournal journal(parts_.catalog, parts_.clock, parts_.ids, file);
        auto const is_open = co_await settle({round, intent, *account, journal}, item);
        if (!is_open) item.reason = is_open.error().message;
        if (is_open && !*is_open) co_return std::nullopt;
    }
    co_return item;
}

// Nobody can look. But what the provider deletes by itself is gone in the end.
Task<Result<void>> Recovery::settle_unlisted(Round const& round, delivery::Account const& account,
                                             RecoveryItem& item) {
    auto const& retention = account.contract->retention;
    item.end = End::unknown;
    item.reason = "this provider has no list of its files to look at";
    if (!retention || parts_.clock.wall_now() < item.intent.started_at + *retention) {
        co_return Result<void>();
    }
    item.end = End::absent;
    item.reason = "the provider's retention is over";
    if (round.mode == RecoveryMode::dry) co_return Result<void>();
    co_return co_await parts_.catalog.abandon_intent(item.intent.id);
}

// False: it is open no more.
Task<Result<bool>> Recovery::settle(Case const& one, RecoveryItem& item) {
    CO_TRY(bool const is_open, co_await is_still_open(one.intent));
    if (!is_open) co_return false;
    auto const& list = *co_await list_for(one);
    if (!list) {
        item.reason = "the provider's list cannot be read: " + list.error().message;
        co_return true;
    }
    item.is_looked_into = true;
    CO_TRY(auto const finding,
           co_await delivery::inquire(one.account, one.intent.key.purpose, open_intent(one.intent),
                                      *list, one.journal));
    switch (finding.answer) {
        case Finding::Answer::found:
            CO_TRY(co_await settle_found(one, finding.copies.front(), item));
            break;
        case Finding::Answer::unclear:
            CO_TRY(co_await settle_unclear(one, finding, item));
            break;
        case Finding::Answer::absent:
            CO_TRY(co_await settle_absent(one, list->read_at, item));
            break;
    }
    co_return true;
}

Task<Result<bool>> Recovery::is_still_open(IntentRecord const& intent) {
    CO_TRY(auto const open, co_await parts_.catalog.open_intents_of(intent.key));
    co_return std::ranges::find(open, intent.id, &IntentRecord::id) != open.end();
}

Task<delivery::ProviderResult<delivery::ProviderList>*> Recovery::list_for(Case const& one) {
    auto const& key = one.intent.key;
    auto const place =
        fmt::format("{}/{}/{}", key.provider.text(), key.account.text(), key.purpose.text());
    auto const known = one.round.lists.find(place);
    if (known != one.round.lists.end()) co_return &known->second;
    // Intents come oldest first, so this one's begin is early enough for those that follow.
    auto list = co_await parts_.delivery.list(key.provider, key.account, key.purpose,
                                              one.intent.started_at);
    co_return &one.round.lists.emplace(place, std::move(list)).first->second;
}

Task<Result<void>> Recovery::settle_found(Case const& one, delivery::ProviderFile const& copy,
                                          RecoveryItem& item) {
    item.copies = {copy.id};
    auto const now = parts_.clock.wall_now();
    CO_TRY(auto const placed, co_await parts_.catalog.find_placement(one.intent.key, now));
    auto const is_surplus = placed || delivery::is_failed(copy);
    item.end = is_surplus ? End::removed : End::adopted;
    if (is_surplus) co_return co_await remove_copies(one, item);
    if (one.round.mode == RecoveryMode::dry) co_return Result<void>();
    auto const finished = co_await one.journal.finish(
        one.intent.id, delivery::placed_copy(one.account, one.intent.key.purpose,
                                             one.intent.key.sha256, copy, now));
    // Its file was deleted meanwhile: the copy is recorded as one to remove, and goes at once.
    if (finished || finished.error().code != ErrorCode::file_not_found) co_return finished;
    item.end = End::removed;
    co_await remove_marked_copies();
    co_return Result<void>();
}

// Copies of different bytes that look the same: nobody can tell which is whose, so none may be
// used. They go when every upload that could still tell us the id of one of them is over.
Task<Result<void>> Recovery::settle_unclear(Case const& one, Finding const& finding,
                                            RecoveryItem& item) {
    auto const& options = parts_.delivery.options();
    auto const youngest = std::max(one.intent.started_at, *finding.newest_rival_at);
    item.copies = ids_of(finding.copies);
    item.reason = "another upload of the same name and size may have made the copy";
    if (parts_.clock.wall_now() < youngest + options.delivery_timeout + options.attempt_timeout) {
        co_return Result<void>();
    }
    item.end = End::removed;
    co_return co_await remove_copies(one, item);
}

// Long enough after its request must have ended: by its begin or, should the clock have been set
// back since, by the first look.
Task<Result<void>> Recovery::settle_absent(Case const& one, WallTime read_at, RecoveryItem& item) {
    auto const settled_after = parts_.delivery.options().attempt_timeout + options_.settle_time;
    auto const& looked_at = one.intent.looked_at;
    auto const is_settled = read_at >= one.intent.started_at + settled_after ||
                            (looked_at && read_at >= *looked_at + settled_after);
    if (!is_settled) {
        item.reason = "the provider may still be at work on it";
        co_return Result<void>();
    }
    item.end = End::absent;
    if (one.round.mode == RecoveryMode::dry) co_return Result<void>();
    co_return co_await one.journal.abandon(one.intent.id);
}

// Then the intent is closed. A copy that cannot be removed now keeps it open.
Task<Result<void>> Recovery::remove_copies(Case const& one, RecoveryItem& item) {
    if (one.round.mode == RecoveryMode::dry) co_return Result<void>();
    auto const& key = one.intent.key;
    auto& list = *co_await list_for(one);
    for (auto const& id : item.copies) {
        auto const removed = co_await parts_.delivery.remove(key.provider, key.account, id);
        if (!removed) {
            item.end = End::waiting;
            item.reason =
                fmt::format("copy {} cannot be removed: {}", id.text(), removed.error().message);
            co_return Result<void>();
        }
        std::erase_if(list->files, [&](auto const& file) { return file.id == id; });
    }
    co_return co_await one.journal.abandon(one.intent.id);
}

Task<void> Recovery::tell(Round const& round, RecoveryItem const& item) {
    auto const end = std::string(name_of(item.end));
    auto const is_left = item.end == End::waiting || item.end == End::unknown;
    if (round.mode == RecoveryMode::dry) co_return;
    if (is_left && item.end != End::unknown && !item.is_looked_into) co_return;  // nothing is known
    if (is_left && item.intent.finding == item.reason) co_return;                // told before
    auto const copies = joined(item.copies);
    parts_.log.write(observe::LogLevel::info, "recovery." + end,
                     {{"intent", item.intent.id.text()},
                      {"provider", item.intent.key.provider.text()},
                      {"account", item.intent.key.account.text()},
                      {"file", item.intent.file.text()},
                      {"copies", copies},
                      {"reason", item.reason}});
    auto const now = parts_.clock.wall_now();
    if (is_left) {
        static_cast<void>(co_await parts_.catalog.note_finding(item.intent.id, item.reason, now));
        co_return;
    }
    // What was done is done; an event that cannot be written is in the log.
    static_cast<void>(co_await parts_.catalog.add_event(
        {.at = now,
         .action = "intent." + end,
         .subject = item.intent.id.text(),
         .outcome = "done",
         .detail = fmt::format("provider={} account={} copies={}", item.intent.key.provider.text(),
                               item.intent.key.account.text(), copies),
         .file = item.intent.file}));
}

// An account that does not answer is left alone for the rest of the pass.
Task<std::size_t> Recovery::remove_marked_copies() {
    std::size_t gone = 0;
    std::set<std::string> silent;
    auto const placements = co_await parts_.catalog.placements_with_status(
        catalog::PlacementStatus::deleting, removals_max);
    if (!placements) co_return gone;
    for (auto const& placement : *placements) {
        auto const account = placement.key.provider.text() + "/" + placement.key.account.text();
        if (silent.contains(account)) continue;
        auto const removed = co_await remove_marked(placement);
        gone += removed ? 1 : 0;
        if (removed) continue;
        silent.insert(account);
        parts_.log.write(observe::LogLevel::warning, "recovery.copies_stay",
                         {{"account", account}, {"reason", removed.error().message}});
    }
    co_return gone;
}

Task<void> Recovery::remove_copies_of(std::vector<catalog::PlacementRecord> placements) {
    for (auto const& placement : placements)
        (void)co_await remove_marked(placement);
}

// One that cannot be removed now stays `deleting` and is tried again in the next round.
Task<delivery::ProviderResult<void>> Recovery::remove_marked(
    catalog::PlacementRecord const& placement) {
    auto removed = co_await parts_.delivery.remove(placement.key.provider, placement.key.account,
                                                   placement.provider_file_id);
    if (!removed) co_return removed;
    // Should this fail, it is removed again, which does no harm.
    (void)co_await parts_.catalog.set_placement_status(placement.id,
                                                       catalog::PlacementStatus::deleted);
    co_return removed;
}

}  // namespace filegate::gateway
