#include "gateway/token_keeper.hpp"

#include "observe/escape.hpp"

namespace filegate::gateway {
namespace {

constexpr char const* grace_fact = "shared_token_grace_ends_at";

std::string subject_of(access::Revocation const& revocation) {
    return revocation.token_id.empty()
               ? "tokens of " + observe::printable(revocation.subject.text())
               : "token " + observe::printable(revocation.token_id);
}

}  // namespace

Task<Result<void>> TokenKeeper::restore(access::TokenOptions const& options) {
    CO_TRY(co_await parts_.verifier.load());
    auto const now = parts_.clock.wall_now();
    CO_TRY(auto const records, co_await parts_.catalog.revocations(now));
    for (auto const& record : records) {
        CO_TRY(parts_.verifier.revocations().add({.token_id = record.token_id,
                                                  .subject = record.subject,
                                                  .issued_before = record.issued_before,
                                                  .until = record.until},
                                                 now));
    }
    if (!options.shared_token.is_empty()) CO_TRY(co_await settle_grace(options));
    co_return {};
}

Task<Result<void>> TokenKeeper::settle_grace(access::TokenOptions const& options) {
    auto const wanted = access::parse_grace_end(options.grace_ends);
    if (!wanted) {
        co_return fail(ErrorCode::configuration_error,
                       "auth.grace_ends is neither a date nor days");
    }
    auto end = wanted->at;
    if (!end) {
        auto const proposed = date_text(parts_.clock.wall_now() + wanted->after);
        CO_TRY(auto const kept, co_await parts_.catalog.settle(grace_fact, proposed));
        end = parse_date(kept);
    }
    if (!end) {
        co_return fail(ErrorCode::catalog_corrupt,
                       "the catalog's end of the shared token's grace cannot be read; set "
                       "auth.grace_ends to a date");
    }
    parts_.verifier.end_grace(*end);
    parts_.log.write(observe::LogLevel::warning, "token.grace",
                     {{"ends_at", date_text(*end)},
                      {"is_over", parts_.clock.wall_now() >= *end},
                      {"message", "the shared token is taken beside JWT until then"}});
    co_return {};
}

// Memory first: a token that is known to be stolen must not live on because a disk is slow.
Task<Result<void>> TokenKeeper::revoke(catalog::Cause by, access::Revocation revocation) {
    auto const now = parts_.clock.wall_now();
    if (revocation.until) {
        if (*revocation.until <= now) {
            co_return fail(Error{.code = ErrorCode::validation_failed,
                                 .message = "'until' is over already; leave it out, or say when "
                                            "the last such token expires",
                                 .param = "until"});
        }
        *revocation.until += parts_.verifier.leeway();  // so long its tokens would be taken
    }
    if (revocation.token_id.empty() && !revocation.issued_before) revocation.issued_before = now;
    CO_TRY(parts_.verifier.revocations().add(revocation, now));
    TaskContext uncancelled((co_await this_context()).executor());
    co_return co_await write_down(std::move(by), std::move(revocation), now).in(uncancelled);
}

Task<Result<void>> TokenKeeper::write_down(catalog::Cause by, access::Revocation revocation,
                                           WallTime now) {
    auto const subject = subject_of(revocation);
    auto const kept =
        co_await parts_.catalog.revoke_token({.token_id = revocation.token_id,
                                              .subject = revocation.subject,
                                              .issued_before = revocation.issued_before,
                                              .until = revocation.until,
                                              .revoked_at = now},
                                             now);
    auto const outcome = kept ? std::string("done")
                              : fmt::format("until the next start only: {}", kept.error().message);
    parts_.log.write(observe::LogLevel::warning, "token.revoked",
                     {{"subject", subject}, {"by", by.principal.text()}, {"outcome", outcome}});
    auto const told = co_await parts_.catalog.add_event({.at = now,
                                                         .principal = std::move(by.principal),
                                                         .action = "token.revoke",
                                                         .subject = subject,
                                                         .outcome = outcome,
                                                         .detail = "by an operator",
                                                         .door = std::move(by.door),
                                                         .peer_address = std::move(by.peer_address),
                                                         .request = std::move(by.request)});
    if (!told) {
        parts_.log.write(observe::LogLevel::warning, "event.not_kept",
                         {{"action", "token.revoke"},
                          {"message", told.error().message},
                          {"detail", told.error().detail}});
    }
    co_return kept;
}

}  // namespace filegate::gateway
