#include "app/serve.hpp"

#include <sys/stat.h>

#include "app/node.hpp"
#include "app/stop_signal.hpp"

namespace filegate::app {
namespace {

using Look = CertificateKeeper::Look;

// Until the process is asked to stop; meanwhile sees to it that changed files are read again. This
// thread has nothing else to do, so nobody minds that reading blocks.
int wait_for_stop(StopSignal& signals, Node& node, seconds reload_interval) {
    while (true) {
        auto const signal = reload_interval > seconds(0) ? signals.wait_for(reload_interval)
                                                         : std::optional(signals.wait());
        if (signal && signals.asks_to_stop(*signal)) return *signal;
        node.keep_certificate(signal ? Look::anyway : Look::for_changes);
    }
}

}  // namespace

Result<void> serve(config::Settings const& settings, ReadyCallback on_ready) {
    StopSignal stop_signal;
    // Names, digests and provider ids are nobody else's business, whatever the folder's own mode.
    umask(S_IRWXG | S_IRWXO);
    TRY(auto const node, Node::start(settings));
    on_ready(node->url());
    auto const signal = wait_for_stop(stop_signal, *node, settings.tls_reload_interval);
    node->log().write(observe::LogLevel::info, "server.signal", {{"signal", std::int64_t(signal)}});
    node->stop();
    return {};
}

}  // namespace filegate::app
