#pragma once
// Where coroutines run: one thread, a queue of jobs and timers. net/loop is the real one, SimLoop
// the simulated one. Everything that is not marked "any thread" is for the executor's own thread.

#include <cstdint>
#include <functional>

#include "base/clock.hpp"

namespace filegate {

using Job = std::move_only_function<void()>;

class Executor {
public:
    using TimerId = std::uint64_t;

    virtual ~Executor() = default;
    virtual void post(Job job) = 0;  // any thread; jobs run in the order they were posted
    virtual TimerId start_timer(MonotonicTime when, Job job) = 0;
    virtual void cancel_timer(TimerId timer) = 0;  // harmless once the timer has fired
    virtual bool runs_here() const = 0;            // any thread: is this the executor's thread?
    virtual Clock const& clock() const = 0;        // any thread
};

}  // namespace filegate
