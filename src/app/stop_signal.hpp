#pragma once
// SIGTERM, SIGINT and SIGHUP as something to wait for. Make it before any thread starts: threads
// inherit the signal mask, so that only wait() ever sees the signals. They stay blocked to the
// process's end: a second one, while it stops, must not turn a clean end into a killed one.

#include <csignal>
#include <optional>

#include "base/clock.hpp"

namespace filegate::app {

class StopSignal {
public:
    StopSignal();
    StopSignal(StopSignal const&) = delete;
    StopSignal& operator=(StopSignal const&) = delete;

    int wait();                                 // the signal that came
    std::optional<int> wait_for(seconds time);  // none: none came

    // SIGHUP asks to read things again, but for a program whose terminal was closed.
    bool asks_to_stop(int signal) const;

private:
    sigset_t signals_{};
    bool has_terminal_;
};

}  // namespace filegate::app
