#pragma once
// Deliveries that nobody waits for (deliver=later): kept in the catalog, done in the background in
// the order of their time, tried again until their deadline, and found again after a restart.

#include <set>

#include "base/signal.hpp"
#include "base/task_group.hpp"
#include "catalog/catalog.hpp"
#include "gateway/queue_policy.hpp"
#include "observe/log.hpp"

namespace filegate::gateway {

// One try, and what the owner is told when the last one has failed. Implemented by the gateway.
class QueuedWork {
public:
    virtual ~QueuedWork() = default;
    virtual Task<Result<std::vector<delivery::Outcome>>> try_queued(
        catalog::FileRecord const& file, catalog::QueuedDelivery const& delivery) = 0;
    virtual Task<void> note_given_up(catalog::FileRecord const& file, Error error) = 0;
};

struct DeliveryQueueParts {
    catalog::Catalog& catalog;
    QueuedWork& work;
    Clock const& clock;
    IdSource& ids;
    Random& random;
    observe::Log& log;
    Executor& background;
};

class DeliveryQueue {
public:
    DeliveryQueue(DeliveryQueueParts parts, QueueOptions options);

    // Durable when it returns. overloaded when too many wait. Any executor.
    Task<Result<void>> add(FileId file, std::vector<ProviderName> providers,
                           std::optional<Purpose> purpose);
    void wake();  // there may be work: after a start. Any thread
    // On the background executor: running tries go on until the deadline, then are cancelled; their
    // deliveries stay in the catalog.
    Task<void> stop(Deadline drain_until);

private:
    Task<void> work_off();
    Task<Result<bool>> start_due();
    Task<void> try_one(catalog::QueuedDelivery delivery);
    Task<Result<void>> try_and_note(catalog::QueuedDelivery const& delivery);
    void complain(Error const& error, std::string const& delivery);

    DeliveryQueueParts parts_;
    QueueOptions options_;
    TaskGroup running_;  // what follows belongs to the background executor
    std::set<DeliveryId> in_flight_;
    bool is_worked_off_ = false;
    bool is_stopping_ = false;
    Signal news_;
};

}  // namespace filegate::gateway
