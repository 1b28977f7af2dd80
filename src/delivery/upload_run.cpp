// A failed try, and what follows (decide_retry has the rest). Each transport has its own breaker;
// one that does not let through is passed over.
//
//   failure                                    has a list    then
//   answer lost, or a success without an id    yes           wait, look, adopt or send again
//   answer lost, or a success without an id    no            stop: the intent stays open
//   502, 504 (ambiguous)                       yes           wait, look, adopt or send again
//   502, 504 (ambiguous)                       no            wait, send again (SPEC section 5)
//   one of these at the last try               yes           look once more before giving up
//   server, network, ambiguous                               the next try takes the next transport
//   authentication                                           the next transport at once, if any
//
// A lost answer leaves its intent open whatever the look shows: a copy that is not there yet may
// still come. Sending again begins an intent of its own, so that each may-be copy has one.

#include "delivery/upload_run.hpp"

#include "base/deadline.hpp"
#include "delivery/delivery_error.hpp"
#include "delivery/inquiry.hpp"

namespace filegate::delivery {
namespace {

using Action = RetryDecision::Action;
using contracts::FailureKind;
using coordination::BreakerPermit;

bool is_lost(ProviderFailure const& failure) {
    return failure.kind == FailureKind::ambiguous && failure.status < 400;
}

// Another transport may fare better.
bool moves_down(FailureKind kind) {
    return kind == FailureKind::server || kind == FailureKind::network ||
           kind == FailureKind::ambiguous;
}

// Trouble that may be over in a moment.
bool may_pass(FailureKind kind) {
    return moves_down(kind) || kind == FailureKind::rate;
}

std::string reason_of(ProviderFailure const& failure) {
    auto const what = contracts::name_of(failure.kind);
    return failure.status == 0
               ? fmt::format("{}: {}", what, failure.message)
               : fmt::format("{}: HTTP {} {}", what, failure.status, failure.message);
}

}  // namespace

UploadRun::UploadRun(UploadRunParts parts, Account const& account, ProviderUpload upload,
                     Journal& journal)
    : parts_(parts),
      account_(account),
      upload_(std::move(upload)),
      journal_(journal),
      deadline_(upload_.deadline) {
    auto const now = parts_.clock.monotonic_now();
    for (auto const transport : parts_.transports.order(account_, now))
        transports_.push_back(transport);
}

Task<UploadEnd> UploadRun::run() {
    auto left_open = co_await journal_.left_open(account_, upload_.purpose);
    if (!left_open) co_return end_with(left_open.error(), Action::give_up);
    doubts_ = *std::move(left_open);
    has_news_ = !doubts_.empty();
    while (true) {
        auto permit = co_await enter();
        if (!permit) co_return co_await end_without_copy(*circuit_, Action::next_provider);
        ++attempts_;
        auto result = co_await try_once(*permit);
        permit.reset();  // a probe's slot is not held while we wait
        if (auto* const copy = std::get_if<SentCopy>(&result)) {
            parts_.transports.worked(account_, transports_.front(), parts_.clock.monotonic_now());
            co_return UploadEnd{.copy = std::move(*copy), .attempts = attempts_};
        }
        if (auto* const own = std::get_if<Error>(&result)) {
            co_return end_with(std::move(*own), Action::give_up);
        }
        auto const& failure = std::get<ProviderFailure>(result);
        auto decision =
            decide_retry(parts_.options.retry, failure, attempts_, time_left(), parts_.random);
        if (!go_on_after(failure, decision)) co_return co_await end(failure, decision.action);
        tell_retry(failure, decision.delay);
        if (decision.delay > milliseconds(0)) co_await sleep_for(decision.delay);
    }
}

// None: no transport is let through; circuit_ says why.
Task<std::optional<BreakerPermit>> UploadRun::enter() {
    for (std::size_t asked = 0; asked < transports_.size(); ++asked) {
        auto permit = co_await parts_.breakers.enter(breaker_key());
        if (permit) co_return std::optional<BreakerPermit>(*std::move(permit));
        circuit_ = permit.error();
        use_next_transport();
    }
    co_return std::nullopt;
}

// The next one down; after the last one the best again.
void UploadRun::use_next_transport() {
    std::ranges::rotate(transports_, transports_.begin() + 1);
}

Task<UploadRun::Try> UploadRun::try_once(BreakerPermit& permit) {
    if (should_look()) {
        // No word to the breaker: it is about uploads, and lists fail for reasons of their own.
        auto found = co_await look();
        if (found) co_return *std::move(found);
    }
    if (!intent_) {
        auto begun = co_await journal_.begin(account_, upload_.purpose);
        if (!begun) co_return begun.error();
        intent_ = *std::move(begun);
    }
    co_return co_await send(permit);
}

Task<UploadRun::Try> UploadRun::send(BreakerPermit& permit) {
    if (attempts_ == 1) {
        parts_.budget.earn(account_.contract->name, parts_.clock.monotonic_now());
    }
    upload_.deadline = attempt_deadline();
    auto answer = co_await parts_.client.upload(channel(), upload_);
    co_await settle(permit, answer ? nullptr : &answer.error());
    if (answer) co_return SentCopy{*std::move(answer), intent_->id};
    auto& failure = answer.error();
    if (failure.kind == FailureKind::ambiguous) {
        doubts_.push_back(*std::exchange(intent_, std::nullopt));
        has_news_ = true;
    } else if (failure.left_behind) {
        co_await remove_left_behind({.id = *failure.left_behind,
                                     .filename = upload_.filename,
                                     .bytes = upload_.body->size_bytes()});
    }
    co_return std::move(failure);
}

// None: nothing was found. A failure here counts as the try's: what may be there already is not
// sent again unseen.
Task<std::optional<UploadRun::Try>> UploadRun::look() {
    auto const list = co_await parts_.client.list(channel(), upload_.purpose,
                                                  doubts_.front().started_at, attempt_deadline());
    if (!list) co_return Try(list.error());
    has_news_ = false;
    for (auto const& doubt : doubts_) {
        auto finding = co_await inquire(account_, upload_.purpose, doubt, *list, journal_);
        if (!finding) co_return Try(finding.error());
        if (finding->answer != Finding::Answer::found) continue;
        if (is_failed(finding->copies.front())) continue;  // recovery removes it
        if (intent_) {
            auto const abandoned = co_await journal_.abandon(intent_->id);
            if (!abandoned) co_return Try(abandoned.error());
            intent_.reset();
        }
        co_return Try(SentCopy{std::move(finding->copies.front()), doubt.id});
    }
    co_return std::nullopt;
}

// What the breaker hears: nothing about trouble that is ours or our account's; that the provider
// works when it refuses a file.
Task<void> UploadRun::settle(BreakerPermit& permit, ProviderFailure const* failure) {
    auto const now = parts_.clock.wall_now();
    if (!failure) {
        parts_.traffic.succeeded(breaker_key(), now);
        co_return co_await permit.succeeded();
    }
    if (failure->is_own || is_cut_short(*failure)) co_return;
    switch (failure->kind) {
        case FailureKind::refused_file:
        case FailureKind::refused_purpose:
        case FailureKind::not_found:
            co_return co_await permit.succeeded();
        case FailureKind::authentication:
        case FailureKind::account_exhausted:
        case FailureKind::rate:
            co_return;
        case FailureKind::server:
        case FailureKind::network:
        case FailureKind::ambiguous:
            parts_.traffic.failed(breaker_key(), now, reason_of(*failure));
            co_return co_await permit.failed(reason_of(*failure));
    }
}

// A copy of a wrong size must not stay. When it cannot be removed now, it is written down as one to
// remove.
Task<void> UploadRun::remove_left_behind(ProviderFile file) {
    auto const removed = co_await parts_.client.remove(channel(), file.id, attempt_deadline());
    if (removed) co_return;
    Placed const placed{.account = &account_, .purpose = upload_.purpose, .file = std::move(file)};
    auto const discarded = co_await journal_.discard(intent_->id, placed);
    if (!discarded) doubts_.push_back(*intent_);  // it stays open
    intent_.reset();
}

// Is there another try? Moves to the transport that makes it.
bool UploadRun::go_on_after(ProviderFailure const& failure, RetryDecision& decision) {
    auto const has_another = transports_.size() > 1;
    if (failure.kind == FailureKind::authentication && !failure.is_own && has_another) {
        // The way of proving who we are is refused, not the file: no wait, and not a try less.
        transports_.pop_front();
        --attempts_;
        decision.delay = milliseconds(0);
        return true;
    }
    if (is_lost(failure) && !account_.contract->has_list) decision.action = Action::next_provider;
    auto const is_large = upload_.body->size_bytes() > parts_.options.retry.resent_bytes_max;
    if (decision.action == Action::retry_same && is_large && upload_.has_alternative) {
        decision.action = Action::next_provider;
    }
    if (decision.action != Action::retry_same) {
        // Unless it is only that this many tries were enough.
        is_final_ = is_lost(failure) ? !account_.contract->has_list : !may_pass(failure.kind);
        return false;
    }
    if (!parts_.budget.spend(account_.contract->name, parts_.clock.monotonic_now())) {
        decision.action = Action::next_provider;
        return false;
    }
    if (moves_down(failure.kind)) use_next_transport();
    return true;
}

Task<UploadEnd> UploadRun::end(ProviderFailure const& failure, Action next) {
    if (should_look()) {
        auto found = co_await look();
        if (found && std::holds_alternative<SentCopy>(*found)) {
            co_return UploadEnd{.copy = std::get<SentCopy>(*std::move(found)),
                                .attempts = attempts_};
        }
    }
    co_return co_await end_without_copy(error_of(failure, account_, attempts_), next);
}

// The present intent was never answered but by a no, if at all.
Task<UploadEnd> UploadRun::end_without_copy(Error error, Action next) {
    if (intent_) {
        auto const abandoned = co_await journal_.abandon(intent_->id);
        // The upload's own failure says more; an intent that stays is looked into later.
        if (!abandoned) error.detail += "; intent not abandoned: " + abandoned.error().message;
    }
    co_return end_with(std::move(error), next);
}

UploadEnd UploadRun::end_with(Error error, Action next) {
    return {
        .failure = std::move(error), .next = next, .attempts = attempts_, .is_final = is_final_};
}

void UploadRun::tell_retry(ProviderFailure const& failure, milliseconds delay) const {
    parts_.log.write(observe::LogLevel::info, "[RETRY]",
                     {{"provider", account_.contract->name.text()},
                      {"account", account_.name.text()},
                      {"transport", std::string(contracts::name_of(transports_.front()))},
                      {"attempt", std::int64_t(attempts_ + 1)},
                      {"delay_ms", std::int64_t(delay.count())},
                      {"trace_id", upload_.trace_id},
                      {"reason", reason_of(failure)},
                      {"body_start", failure.body_start}});
}

// It ran into the delivery's deadline, not into the provider's patience.
bool UploadRun::is_cut_short(ProviderFailure const& failure) const {
    return failure.is_timeout && deadline_ != no_deadline &&
           parts_.clock.monotonic_now() >= deadline_;
}

coordination::BreakerKey UploadRun::breaker_key() const {
    return {account_.contract->name, std::string(contracts::name_of(transports_.front()))};
}

milliseconds UploadRun::time_left() const {
    if (deadline_ == no_deadline) return milliseconds::max();
    return std::chrono::floor<milliseconds>(deadline_ - parts_.clock.monotonic_now());
}

Deadline UploadRun::attempt_deadline() const {
    return std::min(deadline_, parts_.clock.monotonic_now() + parts_.options.attempt_timeout);
}

}  // namespace filegate::delivery
