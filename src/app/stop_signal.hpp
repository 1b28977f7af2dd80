#pragma once
// SIGTERM, SIGINT and SIGHUP (a closed terminal) as something to wait for. Make it before any
// thread starts: threads inherit the signal mask, so that only wait() ever sees the signals. They
// stay blocked to the process's end: a second one, while it stops, must not turn a clean end into a
// killed one.

#include <csignal>

namespace filegate::app {

class StopSignal {
public:
    StopSignal();
    StopSignal(StopSignal const&) = delete;
    StopSignal& operator=(StopSignal const&) = delete;

    int wait();  // the signal that came

private:
    sigset_t signals_{};
};

}  // namespace filegate::app
