#include "app/stop_signal.hpp"

#include <pthread.h>

namespace filegate::app {

StopSignal::StopSignal() {
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

}  // namespace filegate::app
