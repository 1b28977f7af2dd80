#pragma once
// What is written into the audit trail beside the changes that write their own rows: decisions, and
// reads. Decisions about strangers must cost an attacker more than us, so what is refused goes
// through a bounded list that is written in the background: the first of a kind within a few
// hundred milliseconds, its repetitions as one count at the end of the minute. What does not fit is
// counted, and the count is written too.

#include <map>

#include "access/principal.hpp"
#include "base/task_group.hpp"
#include "catalog/catalog.hpp"
#include "observe/log.hpp"

namespace filegate::gateway {

struct AuditOptions {
    seconds retention = std::chrono::hours(24 * 365);
    std::uint64_t rows_max = 1'000'000;
};

// Whose flood must not drown whose rows: strangers (by address) and principals are counted apart.
struct AuditLimits {
    std::size_t strangers_max = 64;     // kinds of rows a minute, of all strangers together
    std::size_t stranger_max = 8;       // of one address
    std::size_t principals_max = 1024;  // of all principals together
    std::size_t principal_max = 128;    // of one principal
};

struct AuditParts {
    catalog::AuditBook& book;
    Clock const& clock;
    observe::Log& log;
    Executor& background;
};

catalog::Cause cause_of(access::Principal const& caller);
// With the caller and where it came in; the rest is for who asks.
catalog::EventRecord event_of(access::Principal const& caller, std::string action, WallTime now);

class Audit {
public:
    Audit(AuditParts parts, AuditOptions options, AuditLimits limits = {});

    // Written when this returns. For what must not happen unless it is written down.
    Task<Result<void>> record(catalog::EventRecord event);

    // Any thread; never waits. Written soon, unless there is a flood.
    void note(catalog::EventRecord event);

    // The refusal of a request, when it is a decision about security; anything else is none.
    // Without a caller it is a stranger's, whom `arrival` tells apart. What was said about
    // credentials is not kept, whatever it was: it may hold a part of them.
    void note_refusal(access::Arrival const& arrival, PrincipalId const& caller, Error const& error,
                      std::string subject);

    // Writes what was noted, and cuts what retention no longer keeps, until stop(). On the
    // background executor, as stop().
    void run_periodically();
    Task<void> stop();  // writes what is left

private:
    struct Noted {
        catalog::EventRecord event;
        std::uint64_t repetitions = 0;  // of what is written or in new_ already
    };
    using Kind = std::tuple<std::string, std::string, std::string, std::int64_t, std::string>;
    struct Crowd {
        std::size_t kinds = 0;
        std::map<std::string, std::size_t> kinds_of;
    };

    bool has_room(Crowd& crowd, std::string const& who, std::size_t all_max, std::size_t one_max);
    std::vector<catalog::EventRecord> take_new();
    std::vector<catalog::EventRecord> new_events();  // under the lock
    std::vector<catalog::EventRecord> end_minute();
    Task<void> write(std::vector<catalog::EventRecord> events);
    Task<void> write_periodically();
    Task<void> cut_periodically();
    Task<void> cut();

    AuditParts parts_;
    AuditOptions options_;
    AuditLimits limits_;
    std::mutex mutex_;
    std::map<Kind, Noted> noted_;
    std::vector<Kind> new_;  // not written yet
    Crowd strangers_;
    Crowd principals_;
    std::uint64_t dropped_ = 0;
    TaskGroup periodic_;
};

// Its row's action, when refusing with this code is a decision about security: path.refused.
std::optional<std::string_view> refusal_action(ErrorCode code);

}  // namespace filegate::gateway
