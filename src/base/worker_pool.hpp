#pragma once
// Threads for what blocks: disk, SQLite, hashing, libmagic. Network threads never block.
//
// run() suspends the calling coroutine, does the work on a worker and resumes the coroutine on its
// own executor. A cancelled caller still waits for its job, because the job uses its frame.

#include <condition_variable>
#include <deque>
#include <thread>

#include "base/completion.hpp"

namespace filegate {

class WorkerPool {
public:
    // Threads are named `name` (at most 15 characters) for whoever looks with top or gdb. With no
    // threads a job runs inside submit(): simulation is deterministic that way, and simulated time
    // cannot jump ahead of a job that still runs.
    WorkerPool(std::string name, std::size_t threads);
    ~WorkerPool();  // finishes what was submitted
    WorkerPool(WorkerPool const&) = delete;
    WorkerPool& operator=(WorkerPool const&) = delete;

    void submit(Job job);  // any thread; `job` must not throw

    template <std::invocable F>
    Task<std::invoke_result_t<F&>> run(F work);

private:
    void work(std::string const& name);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;  // bounded by its callers: one running job per coroutine or lane
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

// Jobs that run one after the other, in order, on the pool's threads. May go while jobs are queued;
// they still run.
class Lane {
public:
    explicit Lane(WorkerPool& pool) : queue_(std::make_shared<Queue>(pool)) {}
    void submit(Job job);  // any thread

    template <std::invocable F>
    Task<std::invoke_result_t<F&>> run(F work);

private:
    struct Queue {
        explicit Queue(WorkerPool& pool_) : pool(pool_) {}
        WorkerPool& pool;
        std::mutex mutex;
        std::deque<Job> jobs;
        bool is_running = false;
    };
    static void drain(Queue& queue);

    // Shared: a lane's last job may complete the coroutine that owns the lane, while a worker still
    // looks at the queue.
    std::shared_ptr<Queue> queue_;
};

template <class Submitter, class F>
Task<std::invoke_result_t<F&>> run_on(Submitter& submitter, F work) {
    using T = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<T>) {
        Completion<> done;
        submitter.submit([&] {
            work();
            done.complete();
        });
        co_await done;
    } else {
        Completion<T> done;
        submitter.submit([&] { done.complete(work()); });
        co_return co_await done;
    }
}

template <std::invocable F>
Task<std::invoke_result_t<F&>> WorkerPool::run(F work) {
    return run_on(*this, std::move(work));
}

template <std::invocable F>
Task<std::invoke_result_t<F&>> Lane::run(F work) {
    return run_on(*this, std::move(work));
}

}  // namespace filegate
