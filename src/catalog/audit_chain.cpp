// A row's hash is SHA-256 over these fields, each written as LENGTH:BYTES, so that no two rows read
// alike however their texts are cut:
//
//   filegate-audit-1, the hash before (64 hexadecimal characters), id, at (milliseconds since
//   1970), principal, door, peer address, request, action, subject, file, outcome, error code,
//   detail
//
// Numbers are decimal. The hash before the first row is 64 zeros.

#include "catalog/audit_chain.hpp"

#include <fmt/format.h>

namespace filegate::catalog {
namespace {

constexpr std::string_view format_name = "filegate-audit-1";
constexpr std::string_view cut_action = "trail.cut";

class Canonical {
public:
    void add(std::string_view text) {
        fmt::format_to(std::back_inserter(text_), "{}:", text.size());
        text_ += text;
    }
    void add(std::int64_t number) { add(std::string_view(std::to_string(number))); }
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

ChainBreak broken(std::int64_t id, std::string what) {
    return {.id = id, .what = std::move(what)};
}

}  // namespace

ChainLink chain_start() {
    return {.id = 0, .hash = std::string(64, '0')};
}

std::string chain_hash(ChainLink const& previous, EventRecord const& event) {
    Canonical row;
    row.add(format_name);
    row.add(previous.hash);
    row.add(previous.id + 1);
    row.add(event.at.time_since_epoch().count());
    row.add(event.principal.text());
    row.add(event.door);
    row.add(event.peer_address);
    row.add(event.request.text());
    row.add(event.action);
    row.add(event.subject);
    row.add(event.file.text());
    row.add(event.outcome);
    row.add(event.error_code);
    row.add(event.detail);
    return sha256(row.text()).hex();
}

EventRecord cut_event(AuditBounds const& before, ChainLink const& anchor, WallTime now) {
    return {.at = now,
            .principal = PrincipalId(),
            .action = std::string(cut_action),
            .subject = std::to_string(anchor.id),
            .outcome = "done",
            .detail = fmt::format("hash={} rows={}", anchor.hash, anchor.id - before.anchor.id)};
}

std::optional<ChainBreak> ChainCheck::take(AuditRow const& row) {
    auto const next = last_.id + 1;
    if (row.id < next) return broken(row.id, "a row was put in where none can be");
    if (row.id > next) {
        return broken(next, row.id == next + 1
                                ? "this row is missing"
                                : fmt::format("the rows from here to {} are missing", row.id - 1));
    }
    if (row.hash != chain_hash(last_, row.event)) {
        return broken(row.id,
                      "this row, or the hash of the one before it, is not what was written");
    }
    last_ = {.id = row.id, .hash = row.hash};
    ++rows_;
    if (row.event.action == cut_action) {
        auto const& detail = row.event.detail;
        auto const start = detail.find('=') + 1;
        cut_at_ = {.id = std::strtoll(row.event.subject.c_str(), nullptr, 10),
                   .hash = detail.substr(start, detail.find(' ') - start)};
    }
    if (expected_ && expected_->id == row.id) return check_expected();
    return std::nullopt;
}

std::optional<ChainBreak> ChainCheck::check_expected() const {
    if (expected_->hash == last_.hash) return std::nullopt;
    return broken(expected_->id, "this row has another hash than the one that was noted elsewhere");
}

std::optional<ChainBreak> ChainCheck::finish(AuditBounds const& bounds) const {
    if (last_.id < bounds.head.id) {
        return broken(last_.id + 1, fmt::format("the trail ends here, but its head is row {}: the "
                                                "rows behind were taken away",
                                                bounds.head.id));
    }
    if (last_ != bounds.head) {
        return broken(last_.id,
                      "the head of the chain is not its last row: rows were put in, or "
                      "the head was changed");
    }
    if (anchor_ != cut_at_) {
        return broken(anchor_.id, "the rows up to here were not taken by retention");
    }
    if (expected_ && expected_->id > last_.id) {
        return broken(last_.id + 1,
                      fmt::format("row {}, which was noted elsewhere, is not here", expected_->id));
    }
    return std::nullopt;
}

}  // namespace filegate::catalog
