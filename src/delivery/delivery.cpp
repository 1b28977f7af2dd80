// For each candidate account, for each of its wire words:
//
//   board the flight: another delivery of the same is under way? then its result is ours
//     lease -> reuse? -> upload (upload_run: intents, tries, waits, looks) -> finish the intent
//                           | refused purpose: next word
//                           | provider's own trouble: next account
//                           | answer lost for good: its intent stays open
//
// Nothing is undone by hand when a delivery is cancelled: an intent that is open then is what
// recovery looks into.

#include "delivery/delivery.hpp"

#include <set>

#include "base/deadline.hpp"
#include "base/task_group.hpp"
#include "delivery/delivery_error.hpp"

namespace filegate::delivery {
namespace {

// A failure that the same delivery would meet for anybody. Another's own deadline, deleted file or
// disk is not ours.
bool is_common(Error const& failure) {
    // Providers also look at a file's name, and quote it: what they say of it is for its owner
    // alone.
    constexpr std::array of_one{ErrorCode::delivery_timeout, ErrorCode::provider_refused_file,
                                ErrorCode::invalid_purpose};
    return !failure.provider.empty() && category(failure.code) == ErrorCategory::provider &&
           std::ranges::find(of_one, failure.code) == of_one.end();
}

}  // namespace

// One call of deliver().
struct Delivery::Work {
    Parcel const& parcel;
    Journal& journal;
    Deadline deadline;
};

coordination::LeaseRequest lease_request(ProviderName const& provider, AccountName const& account,
                                         WirePurpose const& purpose, Sha256Digest const& sha256,
                                         Deadline deadline) {
    auto const label = fmt::format("{}/{}/{}", provider.text(), account.text(), purpose.text());
    return {.key = filegate::sha256(label + "/" + sha256.hex()).hex(),
            .label = label,
            .deadline = deadline};
}

Delivery::Delivery(std::vector<Account> accounts, DeliveryParts parts, DeliveryOptions options)
    : accounts_(std::move(accounts)),
      parts_(parts),
      client_(parts.http, parts.clock, parts.random),
      options_(options),
      budget_(options.budget) {}

Task<Result<std::vector<Outcome>>> Delivery::deliver(Parcel const& parcel, Journal& journal) {
    CO_TRY(check_preference(parcel.wish));
    auto const latest = parts_.clock.monotonic_now() + options_.delivery_timeout;
    Work const work{parcel, journal, parcel.deadline == no_deadline ? latest : parcel.deadline};
    if (!parcel.wish.providers.empty()) co_return co_await place_at_each(work);
    std::vector<Outcome> outcomes;
    outcomes.push_back(co_await place_automatically(work));
    co_return outcomes;
}

Task<Outcome> Delivery::place_automatically(Work const& work) {
    auto candidates =
        choose_providers(views(work.parcel.wish), work.parcel.facts, work.parcel.wish);
    if (!candidates) co_return Outcome{{}, candidates.error()};
    if (auto reused = co_await reuse_any(work, *candidates)) co_return *std::move(reused);
    std::vector<Error> errors;
    auto const has_several = candidates->size() > 1;
    auto decided = co_await try_each(work, *candidates, errors);
    if (!decided && has_several && !candidates->empty() &&
        co_await pause_before_second_round(work)) {
        // Where several providers trouble at once, trouble of a moment is worth a second look.
        std::erase_if(*candidates, [&](Candidate const& candidate) {
            return !budget_.spend(candidate.account->contract->name, parts_.clock.monotonic_now());
        });
        std::vector<Error> second;
        decided = co_await try_each(work, *candidates, second);
    }
    if (decided) co_return *std::move(decided);
    ProviderName const last(errors.back().provider);
    co_return Outcome{last, combined(std::move(errors))};
}

// One after the other. None: all of them failed, each in a way that another may not; `errors` says
// how, and `candidates` is left with those that are worth another try.
Task<std::optional<Outcome>> Delivery::try_each(Work const& work,
                                                std::vector<Candidate>& candidates,
                                                std::vector<Error>& errors) {
    std::vector<Candidate> worth_another_try;
    for (auto& candidate : candidates) {
        auto const& provider = candidate.account->contract->name;
        candidate.has_alternative = &candidate != &candidates.back();
        auto end = co_await place_at(work, candidate);
        if (!end.failure) co_return Outcome{provider, std::nullopt};
        if (end.next == Action::give_up) co_return Outcome{provider, std::move(end.failure)};
        errors.push_back(*std::move(end.failure));
        if (parts_.clock.monotonic_now() >= work.deadline) {
            co_return Outcome{provider, delivery_timed_out(provider.text())};
        }
        if (!end.is_final) worth_another_try.push_back(candidate);
    }
    candidates = std::move(worth_another_try);
    co_return std::nullopt;
}

// False: there is no time for it.
Task<bool> Delivery::pause_before_second_round(Work const& work) {
    auto const ceiling = std::min(options_.retry.delay_base * 4, options_.retry.delay_max);
    auto const steps = static_cast<std::uint64_t>(ceiling.count()) + 1;
    milliseconds const delay(static_cast<std::int64_t>(parts_.random.below(steps)));
    if (parts_.clock.monotonic_now() + delay >= work.deadline) co_return false;
    co_await sleep_for(delay);
    co_return true;
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
        end = co_await place_as(work, candidate, word);
        if (!end.failure && word != candidate.purposes.front()) {
            co_await remember(work, *candidate.account, word);
        }
        if (end.next != Action::next_purpose) co_return end;
    }
    end.next = Action::next_provider;
    end.is_final = true;  // it takes none of the words
    co_return end;
}

// A flight's result is its leader's: when it placed the bytes, each follower links its own file to
// the placement; when the provider failed, it failed for all of them.
Task<Delivery::End> Delivery::place_as(Work const& work, Candidate const& candidate,
                                       WirePurpose const& word) {
    auto const& account = *candidate.account;
    auto const& provider = account.contract->name;
    auto const key =
        lease_request(provider, account.name, word, work.parcel.sha256, work.deadline).key;
    while (true) {
        auto turn =
            co_await with_deadline(work.deadline, delivery_timed_out(provider.text()), board(key));
        if (!turn) co_return End{turn.error()};
        if (auto* const lead = std::get_if<Flights::Lead>(&*turn)) {
            auto end = co_await place_leading(work, candidate, word);
            if (!end.failure || is_common(*end.failure)) std::move(*lead).land(end);
            co_return end;
        }
        auto& end = std::get<End>(*turn);
        if (end.failure) co_return std::move(end);
        auto const is_reused = co_await work.journal.reuse(account, word);
        if (!is_reused) co_return End{is_reused.error()};
        if (*is_reused) co_return End{};
    }
}

Task<Result<Delivery::Flights::Turn>> Delivery::board(std::string key) {
    co_return co_await flights_.board(std::move(key));
}

Task<Delivery::End> Delivery::place_leading(Work const& work, Candidate const& candidate,
                                            WirePurpose const& word) {
    auto const& account = *candidate.account;
    auto const lease = co_await parts_.leases.acquire(lease_request(
        account.contract->name, account.name, word, work.parcel.sha256, work.deadline));
    if (!lease) co_return End{lease.error()};
    auto const is_reused = co_await work.journal.reuse(account, word);
    if (!is_reused) co_return End{is_reused.error()};
    if (*is_reused) co_return End{};
    co_return co_await send(work, candidate, word);
}

Task<Delivery::End> Delivery::send(Work const& work, Candidate const& candidate,
                                   WirePurpose const& word) {
    auto const& account = *candidate.account;
    auto const& facts = work.parcel.facts;
    ProviderUpload upload{.filename = facts.name,
                          .mime_type = facts.mime_type,
                          .purpose = word,
                          .body = work.parcel.body,
                          .deadline = work.deadline,
                          .trace_id = work.parcel.trace_id,
                          .has_alternative = candidate.has_alternative};
    UploadRun run(run_parts(), account, std::move(upload), work.journal);
    auto const end = co_await run.run();
    if (end.copy) co_return co_await finish(work, account, word, *end.copy);
    co_return End{end.failure, end.next, end.is_final};
}

UploadRunParts Delivery::run_parts() {
    return {client_,      parts_.breakers, transports_, budget_, traffic_,
            parts_.clock, parts_.random,   parts_.log,  options_};
}

Task<Delivery::End> Delivery::finish(Work const& work, Account const& account,
                                     WirePurpose const& word, SentCopy const& copy) {
    auto const& file = copy.file;
    auto const placed =
        placed_copy(account, word, work.parcel.sha256, file, parts_.clock.wall_now());
    auto const finished = co_await work.journal.finish(copy.intent, placed);
    if (finished) co_return End{};
    if (finished.error().code != ErrorCode::concurrent_upload) co_return End{finished.error()};
    co_await remove_surplus(work, account, word, copy);
    auto const is_reused = co_await work.journal.reuse(account, word);
    if (!is_reused) co_return End{is_reused.error()};
    if (!*is_reused) co_return End{finished.error()};
    co_return End{};
}

// Somebody else was faster: ours is one too many, unless it is that very copy which was found and
// placed meanwhile. While that is not known, or it cannot be removed, the intent stays.
Task<void> Delivery::remove_surplus(Work const& work, Account const& account,
                                    WirePurpose const& word, SentCopy const& copy) {
    OpenIntent const own{.id = copy.intent, .bytes = work.parcel.facts.bytes};
    auto const known = co_await work.journal.knowledge_of(account, word, own, {copy.file.id});
    if (!known) co_return;
    if (!known->recorded.contains(copy.file.id)) {
        auto const removed = co_await remove(account.contract->name, account.name, copy.file.id);
        if (!removed) co_return;
    }
    (void)co_await work.journal.abandon(copy.intent);
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

AccountState Delivery::state_of(Account const& account, std::optional<Purpose> const& asked) const {
    auto const is_passable = [&](contracts::Transport transport) {
        return parts_.breakers
            .view({account.contract->name, std::string(contracts::name_of(transport))})
            .is_passable;
    };
    auto const transports = transports_.order(account, parts_.clock.monotonic_now());
    AccountState state{.is_open = std::ranges::none_of(transports, is_passable),
                       .remembered = std::nullopt};
    auto const purpose = asked.value_or(account.contract->default_purpose);
    std::scoped_lock const lock(mutex_);
    auto const found = remembered_.find({account.contract->name, account.name, purpose});
    if (found != remembered_.end()) state.remembered = found->second;
    return state;
}

}  // namespace filegate::delivery
