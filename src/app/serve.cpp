#include "app/serve.hpp"

#include <sys/stat.h>

#include "app/node.hpp"
#include "app/stop_signal.hpp"

namespace filegate::app {

Result<void> serve(config::Settings const& settings, ReadyCallback on_ready) {
    StopSignal stop_signal;
    // Names, digests and provider ids are nobody else's business, whatever the folder's own mode.
    umask(S_IRWXG | S_IRWXO);
    TRY(auto const node, Node::start(settings));
    on_ready(node->url());
    auto const signal = stop_signal.wait();
    node->log().write(observe::LogLevel::info, "server.signal", {{"signal", std::int64_t(signal)}});
    node->stop();
    return {};
}

}  // namespace filegate::app
