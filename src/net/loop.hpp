#pragma once
// The real executor: one thread, epoll, timers. Hides Asio; only net/*.cpp may ask for the context.

#include <memory>
#include <string>
#include <thread>

#include "base/executor.hpp"

namespace boost::asio {
class io_context;
}

namespace filegate::net {

class Loop final : public Executor {
public:
    explicit Loop(Clock const& clock);
    ~Loop() override;

    void run();   // on the thread that becomes the loop's own; returns after stop()
    void stop();  // any thread

    void post(Job job) override;
    TimerId start_timer(MonotonicTime when, Job job) override;
    void cancel_timer(TimerId timer) override;
    bool runs_here() const override;
    Clock const& clock() const override;

    boost::asio::io_context& io_context();  // for the adapters in net/ only

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A loop on a thread of its own, named for whoever looks with top or gdb.
class LoopThread {
public:
    LoopThread(Clock const& clock, std::string name);
    ~LoopThread();  // stops the loop and joins the thread; all its tasks must have ended

    Loop& loop() { return loop_; }

private:
    Loop loop_;
    std::jthread thread_;
};

}  // namespace filegate::net
