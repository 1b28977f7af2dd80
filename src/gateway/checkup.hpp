#pragma once
// Asks one part how it is, for everybody who wants to know. A part that hangs is asked once, not
// once for each who asks, and nobody waits for it longer than he wants to: a thread that sits in a
// dead disk cannot be called back.

#include <functional>
#include <mutex>
#include <vector>

#include "base/task_group.hpp"
#include "gateway/part_health.hpp"

namespace filegate::gateway {

class Checkup {
public:
    using Examination = std::function<Task<PartHealth>()>;

    // Examinations run in `group`, on `background`, which is the group's. Both outlive this.
    Checkup(Executor& background, TaskGroup& group, Examination examination)
        : background_(background), group_(group), examination_(std::move(examination)) {}
    ~Checkup();
    Checkup(Checkup const&) = delete;
    Checkup& operator=(Checkup const&) = delete;

    // From an examination that is under way, or a new one. Any executor. Unwell, under this name,
    // when there is no answer within `patience`.
    Task<PartHealth> ask(std::string name, seconds patience);

private:
    struct Waiter;

    Task<Result<PartHealth>> wait();
    Task<void> examine();
    void tell(PartHealth const& health);
    void forget(Waiter& waiter);

    Executor& background_;
    TaskGroup& group_;
    Examination examination_;
    std::mutex mutex_;
    std::vector<Waiter*> waiters_;
    bool is_under_way_ = false;
};

}  // namespace filegate::gateway
