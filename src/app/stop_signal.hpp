#pragma once
// SIGTERM and SIGINT as something to wait for. Make it before any thread starts: threads inherit
// the signal mask, so that only wait() ever sees the signals.

#include <csignal>

namespace filegate::app {

class StopSignal {
public:
    StopSignal();
    ~StopSignal();  // gives the former mask back
    StopSignal(StopSignal const&) = delete;
    StopSignal& operator=(StopSignal const&) = delete;

    int wait();  // the signal that came

private:
    sigset_t signals_{};
    sigset_t before_{};
};

}  // namespace filegate::app
