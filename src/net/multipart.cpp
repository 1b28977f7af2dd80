// Where a part's bytes go. A large read takes them from the body straight into the caller's
// span, behind a gap for what the parser holds back, so that they come out in one piece:
//
//   caller's span   [ held back | read from the body now ....... | delimiter | next part ... ]
//   answered          <----------- the part's bytes ----------->               kept in kept_
//
// Small reads and heads go through kept_, which is filled 16 KiB at a time.

#include "net/multipart.hpp"

#include <cstring>

#include "net/multipart_parser.hpp"

namespace filegate::net {

namespace {

constexpr std::size_t fill_bytes = 16 * 1024;
// A span this large has room for whatever is held back, and is worth a read of its own.
constexpr std::size_t direct_bytes_min = 1024;

using Event = MultipartParser::Event;

}  // namespace

struct MultipartReader::Impl {
    Impl(ByteSource& body_, std::string_view boundary, MultipartLimits limits)
        : body(body_), parser(boundary, limits) {}

    Task<Result<Event>> next_event();
    Task<Result<std::size_t>> read_through_kept(std::span<std::byte> into);
    Task<Result<std::size_t>> read_direct(std::span<std::byte> into);
    Result<std::size_t> sort_out(std::span<std::byte> into, std::size_t gap, std::size_t count);
    Task<Result<void>> fill();

    std::span<std::byte const> kept_rest() const { return std::span(kept).subspan(kept_used); }
    void keep(std::span<std::byte const> bytes) {
        kept.assign(bytes.begin(), bytes.end());
        kept_used = 0;
    }
    template <class T>
    Result<T> remember(Result<T> result) {
        if (!result) failure = result.error();
        return result;
    }

    ByteSource& body;
    MultipartParser parser;
    std::vector<std::byte> kept;  // read from the body, not yet given to the parser from kept_used
    std::size_t kept_used = 0;
    std::span<std::byte const> pending;  // the part's bytes, in kept or in the parser
    PartHead head;
    bool is_in_part = false;
    bool is_at_end = false;
    std::optional<Error> failure;  // the first one; every later call answers with it again
};

MultipartReader::MultipartReader(ByteSource& body, std::string boundary, MultipartLimits limits)
    : impl_(std::make_unique<Impl>(body, boundary, limits)) {}

MultipartReader::~MultipartReader() = default;

Task<Result<std::optional<PartHead>>> MultipartReader::next_part() {
    auto& self = *impl_;
    if (self.failure) co_return fail(*self.failure);
    while (!self.is_at_end) {
        self.pending = {};
        CO_TRY(auto const event, self.remember(co_await self.next_event()));
        if (event == Event::part_begin) co_return std::move(self.head);
    }
    co_return std::nullopt;
}

Task<Result<std::size_t>> MultipartReader::read(std::span<std::byte> into) {
    auto& self = *impl_;
    if (self.failure) co_return fail(*self.failure);
    if (!self.is_in_part) co_return 0;
    auto const is_direct =
        into.size() >= direct_bytes_min && self.pending.empty() && self.kept_rest().empty();
    if (is_direct) co_return self.remember(co_await self.read_direct(into));
    co_return self.remember(co_await self.read_through_kept(into));
}

// The next thing the parser has to say about kept bytes, which are filled when they run out.
Task<Result<Event>> MultipartReader::Impl::next_event() {
    while (true) {
        CO_TRY(auto step, parser.step(kept_rest()));
        kept_used += step.consumed;
        pending = step.bytes;
        if (step.event == Event::part_begin) {
            head = std::move(step.head);
            is_in_part = true;
        } else if (step.event == Event::part_end) {
            is_in_part = false;
        } else if (step.event == Event::end) {
            is_at_end = true;
        } else if (step.event == Event::need_more && kept_rest().empty()) {
            CO_TRY(co_await fill());
            continue;
        }
        if (step.event != Event::need_more) co_return step.event;
    }
}

Task<Result<std::size_t>> MultipartReader::Impl::read_through_kept(std::span<std::byte> into) {
    while (is_in_part && pending.empty())
        CO_TRY(co_await next_event());
    auto const count = std::min(into.size(), pending.size());
    std::copy_n(pending.begin(), count, into.begin());
    pending = pending.subspan(count);
    co_return count;
}

Task<Result<std::size_t>> MultipartReader::Impl::read_direct(std::span<std::byte> into) {
    while (is_in_part) {
        auto const gap = parser.held_bytes();
        CO_TRY(auto const count, co_await body.read(into.subspan(gap)));
        if (count == 0) co_return fail(parser.finish().error());
        CO_TRY(auto const bytes, sort_out(into, gap, count));
        if (bytes > 0) co_return bytes;
    }
    co_return 0;
}

// Parses what was read into `into` behind the gap; answers how many of the part's bytes now stand
// at its front.
Result<std::size_t> MultipartReader::Impl::sort_out(std::span<std::byte> into, std::size_t gap,
                                                    std::size_t count) {
    auto rest = std::span<std::byte const>(into).subspan(gap, count);
    std::size_t bytes = 0;
    while (!rest.empty()) {
        TRY(auto const step, parser.step(rest));
        rest = rest.subspan(step.consumed);
        if (step.event == Event::part_end) {
            is_in_part = false;
            keep(rest);
            break;
        }
        if (step.event != Event::bytes) continue;
        // Bytes that were read now lie where they belong already; those held back fill the gap.
        auto* const place = into.data() + bytes;
        if (step.bytes.data() != place) std::memcpy(place, step.bytes.data(), step.bytes.size());
        bytes += step.bytes.size();
    }
    return bytes;
}

Task<Result<void>> MultipartReader::Impl::fill() {
    kept.resize(fill_bytes);
    kept_used = fill_bytes;
    CO_TRY(auto const count, co_await body.read(kept));
    kept.resize(count);
    kept_used = 0;
    if (count == 0) co_return parser.finish();
    co_return {};
}

}  // namespace filegate::net
