// A failed try, and what follows (decide_retry has the rest):
//
//   failure                                    has a list    then
//   answer lost, or a success without an id    yes           wait, look, adopt or send again
//   answer lost, or a success without an id    no            stop: the intent stays open
//   502, 504 (ambiguous)                       yes           wait, look, adopt or send again
//   502, 504 (ambiguous)                       no            wait, send again (SPEC section 5)
//   one of these at the last try               yes           look once more before giving up

#include "delivery/upload_run.hpp"

#include "base/deadline.hpp"

namespace filegate::delivery {
namespace {

using Action = RetryDecision::Action;
using contracts::FailureKind;

}  // namespace

UploadRun::UploadRun(UploadRunParts parts, Account const& account, ProviderUpload upload)
    : parts_(parts),
      account_(account),
      upload_(std::move(upload)),
      deadline_(upload_.deadline),
      sent_{upload_.filename, upload_.body->size_bytes(), upload_.purpose, parts.clock.wall_now()},
      underway_(parts.copies, account, sent_) {}

Task<UploadEnd> UploadRun::run() {
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await try_once();
        if (answer) co_return UploadEnd{.result = *std::move(answer), .attempts = attempt};
        auto const& failure = answer.error();
        auto decision =
            decide_retry(parts_.options.retry, failure, attempt, time_left(), parts_.random);
        auto const is_lost = failure.kind == FailureKind::ambiguous && failure.status < 400;
        if (is_lost && !can_look()) decision.action = Action::next_provider;
        if (decision.action == Action::retry_same) {
            co_await sleep_for(decision.delay);
            continue;
        }
        auto const found = co_await look();
        if (found && *found) co_return UploadEnd{.result = **found, .attempts = attempt};
        co_return UploadEnd{std::unexpected(failure), decision.action, attempt, may_have_copy_};
    }
}

Task<ProviderResult<ProviderFile>> UploadRun::try_once() {
    auto const found = co_await look();
    if (!found) co_return std::unexpected(found.error());
    if (*found) co_return **found;
    may_have_stray_ = may_have_stray_ || may_have_copy_;
    underway_.set_in_doubt(true);
    upload_.deadline = attempt_deadline();
    auto answer = co_await parts_.client.upload(account_, upload_);
    auto const is_lost = !answer && answer.error().kind == FailureKind::ambiguous;
    may_have_copy_ = may_have_copy_ || is_lost;
    underway_.set_in_doubt(may_have_stray_ || is_lost);
    if (answer) {
        parts_.copies.add_known(account_, answer->id);
        co_return answer;
    }
    auto const& failure = answer.error();
    if (failure.left_behind) {
        // Whether it goes or not, the failure is the same; what stays is an orphan of a wrong size,
        // which reconciling finds.
        (void)co_await parts_.client.remove(account_, *failure.left_behind, attempt_deadline());
    }
    co_return answer;
}

// None also when there is nothing to look for. After an answer that shows no copy there is none.
Task<ProviderResult<std::optional<ProviderFile>>> UploadRun::look() {
    if (!may_have_copy_ || !can_look()) co_return std::nullopt;
    auto const files = co_await parts_.client.list(account_, upload_.purpose, attempt_deadline());
    if (!files) co_return std::unexpected(files.error());
    // Then no entry of the list can be told to be ours; the question stays open.
    if (underway_.is_ambiguous()) co_return std::nullopt;
    may_have_copy_ = false;
    underway_.set_in_doubt(may_have_stray_);
    for (auto const& file : *files) {
        if (!is_copy_of(sent_, file) || parts_.copies.is_known(account_, file.id)) continue;
        parts_.copies.add_known(account_, file.id);
        co_return file;
    }
    co_return std::nullopt;
}

bool UploadRun::can_look() const {
    return account_.contract->has_list;
}

milliseconds UploadRun::time_left() const {
    if (deadline_ == no_deadline) return milliseconds::max();
    return std::chrono::floor<milliseconds>(deadline_ - parts_.clock.monotonic_now());
}

Deadline UploadRun::attempt_deadline() const {
    return std::min(deadline_, parts_.clock.monotonic_now() + parts_.options.attempt_timeout);
}

}  // namespace filegate::delivery
