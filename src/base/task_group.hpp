#pragma once
// The owner of every spawned coroutine. Nothing outlives its group: the destructor checks that it
// is empty. Stopping has two phases: wait for the tasks until a deadline, then cancel what is left
// and wait for it to let go.

#include <list>

#include "base/completion.hpp"
#include "base/deadline.hpp"
#include "base/task.hpp"

namespace filegate {

class TaskGroup final : private Interruptible {
public:
    explicit TaskGroup(Executor& executor) : executor_(executor) {}
    ~TaskGroup();
    TaskGroup(TaskGroup const&) = delete;
    TaskGroup& operator=(TaskGroup const&) = delete;

    // Starts `task` on the group's executor, on which this must be called. An exception other than
    // Cancelled that leaves the task is a bug and stops the process.
    void spawn(Task<void> task);

    std::size_t size() const { return members_.size(); }
    void cancel();      // asks every member to stop; does not wait
    Task<void> join();  // waits until empty; a cancelled joiner cancels the members
    Task<void> stop(Deadline drain_until);  // drain, then cancel, then join

private:
    struct Member {
        explicit Member(Executor& executor) : context(executor) {}
        TaskContext context;
    };
    struct Root;

    void interrupt() override { cancel(); }
    static Root run(TaskGroup& group, Task<void> task, std::list<Member>::iterator member);
    Task<Result<void>> wait_until_empty();
    void finished(std::list<Member>::iterator member);

    Executor& executor_;
    std::list<Member> members_;
    std::vector<Completion<>*> joiners_;
};

}  // namespace filegate
