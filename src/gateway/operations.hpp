#pragma once
// What operators ask and change: breakers, locks, deliveries that wait, open questions, health.
// Every change is written down as an event, and refused to principals without admin rights.

#include "access/principal.hpp"
#include "access/quota_ledger.hpp"
#include "catalog/audit_verify.hpp"
#include "catalog/catalog.hpp"
#include "coordination/breakers.hpp"
#include "coordination/leases.hpp"
#include "delivery/delivery.hpp"
#include "gateway/checkup.hpp"
#include "gateway/recovery.hpp"
#include "gateway/token_keeper.hpp"
#include "ingest/scanner.hpp"
#include "observe/log.hpp"
#include "store/blob_store.hpp"

namespace filegate::gateway {

struct HealthReport {
    bool is_ready = false;  // no part that a request cannot do without is unwell
    std::vector<PartHealth> parts;
};

struct LockReport {
    coordination::LeaseStatistics statistics;
    std::vector<coordination::LeaseView> locks;  // oldest first, bounded
};

struct OperationsParts {
    catalog::Catalog& catalog;
    store::BlobStore& blobs;
    coordination::Breakers& breakers;
    coordination::Leases& leases;
    delivery::Delivery& delivery;
    Recovery& recovery;
    Clock const& clock;
    observe::Log& log;
    Executor& background;                // where parts are asked how they are
    ingest::Scanner* scanner = nullptr;  // its executor is `background`; none: nothing is scanned
    ingest::Unchecked unchecked = ingest::Unchecked::refuse;
    TokenKeeper* tokens = nullptr;  // none: no authentication is configured
    std::uint64_t quota_bytes_default = 0;
};

struct PrincipalQuota {
    PrincipalId principal;
    access::QuotaView quota;
    bool is_default = true;  // it has no limit of its own
};

struct QuotaPage {
    std::vector<PrincipalQuota> quotas;
    bool has_more = false;
};

// Any executor. Errors: permission_denied; validation_failed for a breaker that does not exist.
class Operations {
public:
    explicit Operations(OperationsParts parts);

    // Lets go of the parts that it asks. When nobody calls health() any more; on the background
    // executor.
    Task<void> stop(Deadline drain_until);

    // One for every transport of every configured account's provider, asked about or not.
    Task<Result<std::vector<coordination::BreakerView>>> breakers(access::Principal const& caller);
    Task<Result<coordination::BreakerView>> force_breaker(
        access::Principal const& caller, coordination::BreakerKey key,
        coordination::BreakerPhase open_or_closed);

    Task<Result<LockReport>> locks(access::Principal const& caller);
    Task<Result<bool>> force_unlock(access::Principal const& caller, std::string key);

    // Looks into every open intent now. `dry`: says what would be done and changes nothing.
    Task<Result<RecoveryReport>> reconcile(access::Principal const& caller, RecoveryMode mode);

    Task<Result<std::vector<catalog::EventRecord>>> events(access::Principal const& caller,
                                                           std::size_t limit);

    Task<Result<catalog::AuditPage>> audit_page(access::Principal const& caller,
                                                catalog::AuditQuery query);
    Task<Result<catalog::AuditVerdict>> verify_audit(access::Principal const& caller,
                                                     std::optional<catalog::ChainLink> noted);
    // The token, or the subject's tokens, are refused at once. validation_failed: there are none
    // here.
    Task<Result<void>> revoke_token(access::Principal const& caller, access::Revocation revocation);

    // Those who ever held a file or were given a limit, by name. / One, known or not.
    Task<Result<QuotaPage>> quotas(access::Principal const& caller, std::size_t limit,
                                   std::optional<PrincipalId> after);
    Task<Result<PrincipalQuota>> quota(access::Principal const& caller, PrincipalId principal);
    // None: the default again. Less than what is used deletes nothing.
    Task<Result<PrincipalQuota>> set_quota(access::Principal const& caller, PrincipalId principal,
                                           std::optional<std::uint64_t> limit_bytes);

    // Within seconds, also when a part hangs. Tells no file's or principal's name: for anybody.
    Task<HealthReport> health();

private:
    Task<Result<coordination::BreakerView>> force_known(coordination::BreakerKey key,
                                                        coordination::BreakerPhase phase,
                                                        PrincipalId by);
    Task<Result<coordination::BreakerView>> force_and_tell(catalog::Cause by,
                                                           coordination::BreakerKey key,
                                                           coordination::BreakerPhase phase);
    Task<Result<bool>> unlock_and_tell(catalog::Cause by, std::string key);
    Task<Result<PrincipalQuota>> set_quota_and_tell(catalog::Cause by, PrincipalId principal,
                                                    std::optional<std::uint64_t> limit_bytes);
    PrincipalQuota shown(catalog::QuotaRecord const& quota) const;
    Task<void> tell(catalog::Cause by, catalog::EventRecord event);
    Task<PartHealth> examine_deliveries();

    OperationsParts parts_;
    TaskGroup examinations_;
    Checkup catalog_;
    Checkup blobs_;
    Checkup coordination_;
    Checkup deliveries_;
    std::optional<Checkup> scanner_;
};

}  // namespace filegate::gateway
