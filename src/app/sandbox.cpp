#include "sandbox/sandbox.hpp"

#include "app/block_on.hpp"
#include "app/serve.hpp"
#include "app/stop_signal.hpp"
#include "contracts/contract.hpp"

namespace filegate::app {
namespace {

// A sandbox holds nothing worth waiting long for.
constexpr seconds drain_time{2};

Task<Done> stop_server(net::HttpServer& server, Deadline deadline) {
    co_await server.stop(deadline);
    co_return Done();
}

}  // namespace

Result<void> sandbox(config::SandboxSettings const& settings, ReadyCallback on_ready) {
    StopSignal stop_signal;
    SystemClock clock;
    SystemRandom random;
    IdSource ids(clock, random);
    sandbox::Sandbox handler(contracts::builtin_contracts(), clock, settings.options);
    net::LoopThread first(clock, "sandbox0");
    net::LoopThread second(clock, "sandbox1");
    net::HttpServer server({&first.loop(), &second.loop()}, handler, ids,
                           {.host = settings.host, .port = settings.port});
    TRY(server.start());
    on_ready(server.url());
    stop_signal.wait();
    block_on(first.loop(), stop_server(server, clock.monotonic_now() + drain_time));
    return {};
}

}  // namespace filegate::app
