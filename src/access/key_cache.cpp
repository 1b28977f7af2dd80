#include "access/key_cache.hpp"

#include <fmt/format.h>

namespace filegate::access {
namespace {

bool has_key(KeySet const& keys, KeyWish const& wish) {
    return wish.id.empty() || std::ranges::any_of(keys.keys(), [&](SigningKey const& key) {
               return key.id() == wish.id && key.algorithm() == wish.algorithm;
           });
}

}  // namespace

Task<Result<KeyCache::Keys>> KeyCache::keys_for(KeyWish wish) {
    auto const needed = need(wish);
    // Somebody reads already, and the old keys know this one: no reason to wait.
    auto const is_served = needed == Need::if_free && reads_.size() > 0;
    if (needed != Need::none && !is_served) {
        // Failed or not, what is there now decides.
        (void)co_await read_alone();
    }
    co_return usable(wish);
}

Task<Result<void>> KeyCache::load() {
    co_return co_await read_alone();
}

KeyCache::Need KeyCache::need(KeyWish const& wish) const {
    std::scoped_lock const lock(mutex_);
    auto const now = clock_.monotonic_now();
    auto const is_known = state_.keys && has_key(*state_.keys, wish);
    auto const is_old = !state_.keys || now - state_.read_at >= options_.age_max;
    if (is_known && !is_old) return Need::none;
    // A read that is under way was asked for within the pause; its result is worth waiting for.
    auto const is_asked = state_.asked_at && now - *state_.asked_at < options_.pause;
    if (is_asked && reads_.size() == 0) return Need::none;
    return is_known ? Need::if_free : Need::must_wait;
}

Result<KeyCache::Keys> KeyCache::usable(KeyWish const& wish) const {
    std::scoped_lock const lock(mutex_);
    auto const is_dead = state_.keys && clock_.monotonic_now() - state_.read_at >=
                                            options_.age_max + options_.kept_while_down;
    auto const is_unknown = state_.keys && state_.keys->matching(wish).empty();
    if (state_.keys && !is_dead && !(is_unknown && state_.was_down)) return state_.keys;
    return fail(Error{.code = ErrorCode::overloaded,
                      .message = "the keys that tokens are checked with cannot be had right now; "
                                 "try again shortly",
                      .retry_after_s = static_cast<int>(options_.pause.count())});
}

Task<Result<void>> KeyCache::read_alone() {
    auto turn = co_await reads_.board("");
    if (auto const* const landed = std::get_if<Result<void>>(&turn)) co_return *landed;
    {
        std::scoped_lock const lock(mutex_);
        state_.asked_at = clock_.monotonic_now();
    }
    // Whose request this is may go away: then the read goes on for the others, or clients that hang
    // up could keep the keys from ever being read, or ask the source without end.
    TaskContext uncancelled((co_await this_context()).executor());
    auto result = take(co_await source_->read().in(uncancelled));
    std::get<SingleFlight<Result<void>>::Lead>(std::move(turn)).land(result);
    co_return result;
}

Result<void> KeyCache::take(Result<std::string> text) {
    auto parsed = text ? parse_(*text) : Result<KeySet>(std::unexpected(text.error()));
    std::scoped_lock const lock(mutex_);
    state_.was_down = !parsed.has_value();
    if (!parsed) {
        auto error = std::move(parsed).error();
        if (text)
            error.message = fmt::format("{} is unusable: {}", source_->place(), error.message);
        // At most one line a pause.
        log_.write(observe::LogLevel::warning, "token.keys_not_read", {{"message", error.message}});
        return fail(std::move(error));
    }
    state_.read_at = clock_.monotonic_now();
    if (state_.keys && state_.text == *text) return {};
    log_.write(observe::LogLevel::info, "token.keys_read",
               {{"place", source_->place()}, {"keys", std::int64_t(parsed->keys().size())}});
    state_.text = *std::move(text);
    state_.keys = std::make_shared<KeySet const>(*std::move(parsed));
    version_.fetch_add(1, std::memory_order_release);
    return {};
}

}  // namespace filegate::access
