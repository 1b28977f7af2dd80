#include "net/body_feed.hpp"

#include <fmt/format.h>

namespace filegate::net {

namespace {

constexpr std::size_t half_bytes = 128 * 1024;

}  // namespace

// One reading of the body from its beginning.
struct BodyFeed::Run {
    struct Half {
        std::vector<std::byte> bytes;
        std::size_t used = 0;
        std::size_t filled = 0;
    };
    std::size_t ready() const { return halves_filled - halves_emptied; }

    std::array<Half, 2> halves;
    std::size_t halves_filled = 0;  // counted up; the half is that modulo two
    std::size_t halves_emptied = 0;
    Completion<>* room = nullptr;  // what the puller waits for when both halves are full
};

BodyFeed::BodyFeed(Executor& executor, ReopenableBody const& body, Job on_news)
    : body_(body), on_news_(std::move(on_news)), pullers_(executor) {}

BodyFeed::~BodyFeed() = default;

void BodyFeed::rewind() {
    pullers_.cancel();
    runs_.push_back(std::make_unique<Run>());
    taken_bytes_ = 0;
    is_starved_ = false;
    failure_.reset();
    pullers_.spawn(pull(*runs_.back()));
}

std::size_t BodyFeed::take(std::span<std::byte> into) {
    auto& run = *runs_.back();
    std::size_t count = 0;
    while (count < into.size() && run.ready() > 0) {
        auto& half = run.halves[run.halves_emptied % 2];
        auto const part = std::min(into.size() - count, half.filled - half.used);
        std::copy_n(half.bytes.begin() + half.used, part, into.begin() + count);
        half.used += part;
        count += part;
        if (half.used < half.filled) break;
        ++run.halves_emptied;
        if (auto* const room = std::exchange(run.room, nullptr)) room->complete();
    }
    taken_bytes_ += count;
    is_starved_ = count == 0 && taken_bytes_ < body_.size_bytes();
    return count;
}

Task<void> BodyFeed::stop() {
    pullers_.cancel();
    co_await pullers_.join();
}

Task<void> BodyFeed::pull(Run& run) {
    auto const pulled = co_await pull_all(run);
    if (pulled || !is_current(run)) co_return;
    failure_ = pulled.error();
    on_news_();
}

Task<Result<void>> BodyFeed::pull_all(Run& run) {
    auto left = body_.size_bytes();
    CO_TRY(auto const source, co_await body_.open(0));
    while (left > 0) {
        if (run.ready() == run.halves.size()) {
            Completion<> room([&] {
                if (std::exchange(run.room, nullptr) != nullptr) room.complete();
            });
            run.room = &room;
            co_await room;
        }
        auto& half = run.halves[run.halves_filled % 2];
        half.bytes.resize(std::min<std::uint64_t>(half_bytes, body_.size_bytes()));
        auto const wanted = std::min<std::uint64_t>(half.bytes.size(), left);
        CO_TRY(half.filled, co_await source->read(std::span(half.bytes).first(wanted)));
        if (half.filled == 0) {
            co_return fail(ErrorCode::body_truncated,
                           fmt::format("the body to send ended {} bytes before the {} it announced",
                                       left, body_.size_bytes()));
        }
        half.used = 0;
        left -= half.filled;
        ++run.halves_filled;
        if (is_current(run) && is_starved_) on_news_();
    }
    co_return {};
}

}  // namespace filegate::net
