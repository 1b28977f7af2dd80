#include "app/stop_signal.hpp"

#include <pthread.h>
#include <unistd.h>

namespace filegate::app {

StopSignal::StopSignal() : has_terminal_(isatty(STDIN_FILENO) == 1) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    // A client that goes away while it is written to is an error of that write, not of the process.
    std::signal(SIGPIPE, SIG_IGN);
}

int StopSignal::wait() {
    int signal = 0;
    while (sigwait(&signals_, &signal) != 0) {
    }
    return signal;
}

std::optional<int> StopSignal::wait_for(seconds time) {
    timespec const patience{.tv_sec = time.count(), .tv_nsec = 0};
    auto const signal = sigtimedwait(&signals_, nullptr, &patience);
    return signal > 0 ? std::optional(signal) : std::nullopt;
}

bool StopSignal::asks_to_stop(int signal) const {
    return signal != SIGHUP || (has_terminal_ && isatty(STDIN_FILENO) != 1);
}

}  // namespace filegate::app
