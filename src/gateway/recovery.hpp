#pragma once
// Finishes or undoes what a crash, or a lost answer, left open: every intent is looked into at the
// provider, its copy adopted or removed, or the question kept for operators where nobody can tell.

#include "base/semaphore.hpp"
#include "catalog/catalog.hpp"
#include "coordination/leases.hpp"
#include "delivery/delivery.hpp"
#include "observe/log.hpp"

namespace filegate::gateway {

struct RecoveryOptions {
    seconds interval{300};  // between two rounds
    // How long a provider may still be at work on an upload when its request has ended; that lasts
    // delivery.attempt_timeout at most.
    seconds settle_time{120};
};

enum class RecoveryMode : std::uint8_t { act, dry };

// What became of one open intent, or would.
struct RecoveryItem {
    enum class End : std::uint8_t {
        adopted,  // the provider's copy is now the file's placement
        removed,  // the copy was not needed, or not certainly ours alone, and is gone
        absent,   // the provider has no copy
        waiting,  // may still turn up, is being worked on, or the provider did not answer
        unknown,  // this provider has no list: an operator's to judge
    };
    End end = End::waiting;
    catalog::IntentRecord intent;
    std::vector<ProviderFileId> copies;  // that were found
    std::string reason;                  // for waiting and unknown
    bool is_looked_into = false;         // the provider's list was read for it
};

std::string_view name_of(RecoveryItem::End end);

struct RecoveryReport {
    std::vector<RecoveryItem> items;
    std::size_t copies_removed = 0;  // that were marked for removal before, and are gone now
    bool is_complete = true;         // false: there were more than one round looks into
};

struct RecoveryParts {
    catalog::Catalog& catalog;
    delivery::Delivery& delivery;
    coordination::Leases& leases;
    Clock const& clock;
    IdSource& ids;
    observe::Log& log;
};

class Recovery {
public:
    Recovery(RecoveryParts parts, RecoveryOptions options) : parts_(parts), options_(options) {}

    // One round over all that is open, each intent under its lease. Rounds that act take turns.
    Task<Result<RecoveryReport>> run(RecoveryMode mode);

    Task<void> run_periodically();  // after every interval, until cancelled

    // Provider copies that no file needs any more; answers how many are gone.
    Task<std::size_t> remove_marked_copies();
    Task<void> remove_copies_of(std::vector<catalog::PlacementRecord> placements);

private:
    struct Round;
    struct Case;

    Task<Result<RecoveryReport>> run_round(RecoveryMode mode);
    Task<std::optional<RecoveryItem>> look_into(Round& round, catalog::IntentRecord const& intent);
    Task<Result<void>> settle_unlisted(Round const& round, delivery::Account const& account,
                                       RecoveryItem& item);
    Task<Result<bool>> settle(Case const& one, RecoveryItem& item);
    Task<Result<bool>> is_still_open(catalog::IntentRecord const& intent);
    Task<delivery::ProviderResult<delivery::ProviderList>*> list_for(Case const& one);
    Task<Result<void>> settle_found(Case const& one, delivery::ProviderFile const& copy,
                                    RecoveryItem& item);
    Task<Result<void>> settle_unclear(Case const& one, delivery::Finding const& finding,
                                      RecoveryItem& item);
    Task<Result<void>> settle_absent(Case const& one, WallTime read_at, RecoveryItem& item);
    Task<Result<void>> remove_copies(Case const& one, RecoveryItem& item);
    Task<void> tell(Round const& round, RecoveryItem const& item);
    Task<delivery::ProviderResult<void>> remove_marked(catalog::PlacementRecord const& placement);

    RecoveryParts parts_;
    RecoveryOptions options_;
    Semaphore turn_{1};
};

}  // namespace filegate::gateway
