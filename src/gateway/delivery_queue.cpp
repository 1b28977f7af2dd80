// One worker starts what is due, as many at once as allowed, and sleeps until the next time, or
// until there is news: something was added, or a try has ended. It ends when nothing waits and is
// started again by the next addition.

#include "gateway/delivery_queue.hpp"

namespace filegate::gateway {
namespace {

// The longest sleep: then the wall clock is looked at again, which may have been set.
constexpr seconds sleep_max{60};
// The catalog does not answer: nothing is gained by asking at once.
constexpr seconds trouble_wait{5};

}  // namespace

DeliveryQueue::DeliveryQueue(DeliveryQueueParts parts, QueueOptions options)
    : parts_(parts), options_(options), running_(parts.background) {}

Task<Result<void>> DeliveryQueue::add(FileId file, std::vector<ProviderName> providers,
                                      std::optional<Purpose> purpose) {
    CO_TRY(auto const waiting, co_await parts_.catalog.count_deliveries());
    if (waiting >= options_.waiting_max) {
        co_return fail(
            Error{.code = ErrorCode::overloaded,
                  .message = fmt::format("{} deliveries are waiting already", options_.waiting_max),
                  .retry_after_s = 10});
    }
    auto const now = parts_.clock.wall_now();
    CO_TRY(co_await parts_.catalog.queue_delivery({.id = parts_.ids.delivery(),
                                                   .file = std::move(file),
                                                   .providers = std::move(providers),
                                                   .purpose = std::move(purpose),
                                                   .queued_at = now,
                                                   .deadline = now + options_.deadline,
                                                   .next_try_at = now}));
    wake();
    co_return Result<void>();
}

void DeliveryQueue::wake() {
    parts_.background.post([this] {
        news_.set();
        if (is_stopping_ || std::exchange(is_worked_off_, true)) return;
        running_.spawn(work_off());
    });
}

Task<void> DeliveryQueue::stop(Deadline drain_until) {
    is_stopping_ = true;
    news_.set();
    co_await running_.stop(drain_until);
}

Task<void> DeliveryQueue::work_off() {
    struct End {
        bool& flag;
        ~End() { flag = false; }
    } const end{is_worked_off_};
    while (!is_stopping_) {
        auto const has_more = co_await start_due();
        if (has_more && !*has_more) co_return;
        if (has_more) continue;
        complain(has_more.error(), "");
        co_await sleep_for(trouble_wait);
    }
}

// Starts what is due and waits for the next. False: nothing waits, nothing runs, nothing is new.
Task<Result<bool>> DeliveryQueue::start_due() {
    auto const now = parts_.clock.wall_now();
    std::vector<DeliveryId> const running(in_flight_.begin(), in_flight_.end());
    auto const free = options_.at_once - std::min(options_.at_once, in_flight_.size());
    auto wake_at = no_deadline;
    if (free > 0) {
        CO_TRY(auto const next,
               co_await parts_.catalog.due_deliveries(WallTime::max(), free, running));
        for (auto const& delivery : next) {
            auto const wait_max = std::max<milliseconds>(options_.delay_max, sleep_max);
            // One that is further away was put off before the clock was set back.
            if (delivery.next_try_at > now && delivery.next_try_at <= now + wait_max) {
                auto const wait = std::min<milliseconds>(delivery.next_try_at - now, sleep_max);
                wake_at = parts_.clock.monotonic_now() + wait;
                break;
            }
            in_flight_.insert(delivery.id);
            running_.spawn(try_one(delivery));
        }
        // What was added, or postponed, while the catalog was asked is not in its answer.
        if (next.empty() && in_flight_.empty()) co_return news_.take();
    }
    co_await news_.wait_until(wake_at);
    co_return true;
}

Task<void> DeliveryQueue::try_one(catalog::QueuedDelivery delivery) {
    struct Leave {
        DeliveryQueue& queue;
        DeliveryId const& id;
        ~Leave() {
            queue.in_flight_.erase(id);
            queue.news_.set();
        }
    } const leave{*this, delivery.id};
    auto const noted = co_await try_and_note(delivery);
    if (noted) co_return;
    complain(noted.error(), delivery.id.text());
    co_await sleep_for(trouble_wait);
}

Task<Result<void>> DeliveryQueue::try_and_note(catalog::QueuedDelivery const& delivery) {
    auto const file = co_await parts_.catalog.file_record(delivery.file);
    if (!file && file.error().code == ErrorCode::file_not_found) {
        co_return co_await parts_.catalog.end_delivery(delivery.id);
    }
    if (!file) co_return fail(file.error());
    auto const outcomes = co_await parts_.work.try_queued(*file, delivery);
    auto step = after_try(options_, delivery, outcomes, parts_.clock.wall_now(), parts_.random);
    if (step.again) co_return co_await parts_.catalog.postpone_delivery(*std::move(step.again));
    if (step.failure) co_await parts_.work.note_given_up(*file, *std::move(step.failure));
    co_return co_await parts_.catalog.end_delivery(delivery.id);
}

void DeliveryQueue::complain(Error const& error, std::string const& delivery) {
    parts_.log.write(
        observe::LogLevel::warning, "delivery.queue_trouble",
        {{"delivery", delivery}, {"message", error.message}, {"detail", error.detail}});
}

}  // namespace filegate::gateway
