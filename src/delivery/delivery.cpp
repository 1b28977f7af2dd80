// For each candidate account, for each of its wire words:
//
//   lock -> reuse? -> begin intent -> upload (upload_run: tries, waits, looks) -> finish intent
//                                        | refused purpose: abandon, next word
//                                        | provider's own trouble: abandon, next account
//                                        | answer lost for good: the intent stays open
//
// Nothing is undone by hand when a delivery is cancelled: an intent that is open then is what
// recovery looks into.

#include "delivery/delivery.hpp"

#include <set>

#include "base/deadline.hpp"
#include "base/task_group.hpp"
#include "delivery/delivery_error.hpp"

namespace filegate::delivery {

// One call of deliver().
struct Delivery::Work {
    Parcel const& parcel;
    Journal& journal;
    Deadline deadline;
};

Delivery::Delivery(std::vector<Account> accounts, net::HttpClient& http, Clock const& clock,
                   Random& random, DeliveryOptions options)
    : accounts_(std::move(accounts)),
      client_(http, clock, random),
      clock_(clock),
      random_(random),
      options_(options),
      copies_(clock) {}

Task<Result<std::vector<Outcome>>> Delivery::deliver(Parcel const& parcel, Journal& journal) {
    CO_TRY(check_preference(parcel.wish));
    auto const latest = clock_.monotonic_now() + options_.delivery_timeout;
    Work const work{parcel, journal, parcel.deadline == no_deadline ? latest : parcel.deadline};
    if (!parcel.wish.providers.empty()) co_return co_await place_at_each(work);
    std::vector<Outcome> outcomes;
    outcomes.push_back(co_await place_automatically(work));
    co_return outcomes;
}

Task<Outcome> Delivery::place_automatically(Work const& work) {
    auto const candidates =
        choose_providers(views(work.parcel.wish), work.parcel.facts, work.parcel.wish);
    if (!candidates) co_return Outcome{{}, candidates.error()};
    if (auto reused = co_await reuse_any(work, *candidates)) co_return *std::move(reused);
    std::vector<Error> errors;
    for (auto const& candidate : *candidates) {
        auto const& provider = candidate.account->contract->name;
        auto end = co_await place_at(work, candidate);
        if (!end.failure) co_return Outcome{provider, std::nullopt};
        if (end.next == Action::give_up) co_return Outcome{provider, std::move(end.failure)};
        errors.push_back(*std::move(end.failure));
        if (clock_.monotonic_now() >= work.deadline) {
            co_return Outcome{provider, delivery_timed_out(provider.text())};
        }
    }
    ProviderName const last(errors.back().provider);
    co_return Outcome{last, combined(std::move(errors))};
}

// A copy at any of the candidates is better than a new one at the best.
Task<std::optional<Outcome>> Delivery::reuse_any(Work const& work,
                                                 std::vector<Candidate> const& candidates) {
    for (auto const& candidate : candidates) {
        auto const& provider = candidate.account->contract->name;
        for (auto const& word : candidate.purposes) {
            auto const is_reused = co_await work.journal.reuse(*candidate.account, word);
            if (!is_reused) co_return Outcome{provider, is_reused.error()};
            if (*is_reused) co_return Outcome{provider, std::nullopt};
        }
    }
    co_return std::nullopt;
}

// All at once, so that a slow one does not eat the others' time.
Task<Result<std::vector<Outcome>>> Delivery::place_at_each(Work const& work) {
    std::vector<Outcome> outcomes;
    std::set<ProviderName> seen;
    for (auto const& name : work.parcel.wish.providers) {
        if (seen.insert(name).second) outcomes.push_back({name, std::nullopt});
    }
    TaskGroup group((co_await this_context()).executor());
    for (auto& outcome : outcomes)
        group.spawn(place_named(&work, &outcome));
    co_await group.join();
    co_return outcomes;
}

Task<void> Delivery::place_named(Work const* work, Outcome* outcome) {
    Preference const wish{{outcome->provider}, work->parcel.wish.purpose};
    auto const candidates = choose_providers(views(wish), work->parcel.facts, wish);
    if (!candidates) {
        outcome->failure = candidates.error();
        co_return;
    }
    auto end = co_await place_at(*work, candidates->front());
    outcome->failure = std::move(end.failure);
}

Task<Delivery::End> Delivery::place_at(Work const& work, Candidate const& candidate) {
    End end;
    for (auto const& word : candidate.purposes) {
        end = co_await place_as(work, *candidate.account, word);
        if (!end.failure && word != candidate.purposes.front()) {
            co_await remember(work, *candidate.account, word);
        }
        if (end.next != Action::next_purpose) co_return end;
    }
    end.next = Action::next_provider;
    co_return end;
}

Task<Delivery::End> Delivery::place_as(Work const& work, Account const& account,
                                       WirePurpose const& word) {
    auto const& provider = account.contract->name.text();
    auto const key = fmt::format("{}/{}/{}/{}", provider, account.name.text(), word.text(),
                                 work.parcel.sha256.hex());
    auto const hold =
        co_await with_deadline(work.deadline, delivery_timed_out(provider), lock(key));
    if (!hold) co_return End{hold.error()};
    auto const is_reused = co_await work.journal.reuse(account, word);
    if (!is_reused) co_return End{is_reused.error()};
    if (*is_reused) co_return End{};
    co_return co_await send(work, account, word);
}

Task<Delivery::End> Delivery::send(Work const& work, Account const& account,
                                   WirePurpose const& word) {
    auto const intent = co_await work.journal.begin(account, word);
    if (!intent) co_return End{intent.error()};
    auto const& facts = work.parcel.facts;
    ProviderUpload upload{facts.name,       facts.mime_type, word,
                          work.parcel.body, work.deadline,   work.parcel.trace_id};
    UploadRun run({client_, copies_, clock_, random_, options_}, account, std::move(upload));
    auto const end = co_await run.run();
    if (end.result) co_return co_await finish(work, account, word, *intent, *end.result);
    auto error = error_of(end.result.error(), account, end.attempts);
    if (!end.may_have_copy) {
        auto const abandoned = co_await work.journal.abandon(*intent);
        // The upload's own failure says more; an intent that stays is looked into later.
        if (!abandoned) error.detail += "; intent not abandoned: " + abandoned.error().message;
    }
    co_return End{std::move(error), end.next};
}

Task<Delivery::End> Delivery::finish(Work const& work, Account const& account,
                                     WirePurpose const& word, IntentId const& intent,
                                     ProviderFile const& file) {
    Placed placed{&account, word, work.parcel.sha256, file, file.expires_at};
    if (!placed.expires_at && account.contract->retention) {
        placed.expires_at =
            file.created_at.value_or(clock_.wall_now()) + *account.contract->retention;
    }
    auto const finished = co_await work.journal.finish(intent, placed);
    if (finished) co_return End{};
    if (finished.error().code != ErrorCode::concurrent_upload) co_return End{finished.error()};
    // Another node was faster: ours is one too many. While it cannot be removed, the intent stays.
    auto const removed = co_await client_.remove(account, file.id, work.deadline);
    if (removed) {
        auto const abandoned = co_await work.journal.abandon(intent);
        if (!abandoned) co_return End{abandoned.error()};
    }
    auto const is_reused = co_await work.journal.reuse(account, word);
    if (!is_reused) co_return End{is_reused.error()};
    if (!*is_reused) co_return End{finished.error()};
    co_return End{};
}

Task<Result<KeyedMutex::Hold>> Delivery::lock(std::string key) {
    co_return co_await running_.lock(std::move(key));
}

Task<void> Delivery::remember(Work const& work, Account const& account, WirePurpose const& worked) {
    auto const asked = work.parcel.wish.purpose.value_or(account.contract->default_purpose);
    recall_purpose(account.contract->name, account.name, asked, worked);
    // The file is delivered either way; what is not written down is learned again after a restart.
    (void)co_await work.journal.remember_purpose(account, asked, worked);
}

void Delivery::recall_purpose(ProviderName const& provider, AccountName const& account,
                              Purpose const& asked, WirePurpose const& worked) {
    std::scoped_lock const lock(mutex_);
    remembered_.insert_or_assign({provider, account, asked}, worked);
}

Result<void> Delivery::check_preference(Preference const& wish) const {
    return delivery::check_preference(views(wish), wish);
}

std::vector<AccountView> Delivery::views(Preference const& wish) const {
    std::vector<AccountView> all;
    for (auto const& account : accounts_)
        all.push_back({&account, state_of(account, wish.purpose)});
    return all;
}

// The one place where an account's breaker will be asked; until there are breakers none is open.
AccountState Delivery::state_of(Account const& account, std::optional<Purpose> const& asked) const {
    AccountState state{.is_open = false, .remembered = std::nullopt};
    auto const purpose = asked.value_or(account.contract->default_purpose);
    std::scoped_lock const lock(mutex_);
    auto const found = remembered_.find({account.contract->name, account.name, purpose});
    if (found != remembered_.end()) state.remembered = found->second;
    return state;
}

Task<ProviderResult<void>> Delivery::remove(ProviderName const& provider,
                                            AccountName const& account, ProviderFileId const& id) {
    auto const is_it = [&](Account const& one) {
        return one.contract->name == provider && one.name == account;
    };
    auto const found = std::ranges::find_if(accounts_, is_it);
    if (found == accounts_.end()) {
        co_return std::unexpected(
            ProviderFailure{.kind = contracts::FailureKind::authentication,
                            .message = fmt::format("account \"{}\" at {} is no longer configured",
                                                   account.text(), provider.text())});
    }
    auto const deadline = clock_.monotonic_now() + options_.attempt_timeout;
    co_return co_await client_.remove(*found, id, deadline);
}

}  // namespace filegate::delivery
