// What a circuit breaker costs each request to a provider.

#include "coordination/memory_breakers.hpp"

#include <benchmark/benchmark.h>

#include "base/sim_loop.hpp"

namespace filegate::coordination {
namespace {

constexpr int requests = 1000;

Task<Done> pass_many(Breakers& breakers, BreakerKey const& key) {
    for (int i = 0; i < requests; ++i) {
        auto permit = co_await breakers.enter(key);
        if (permit) co_await permit->succeeded();
    }
    co_return Done();
}

void requests_that_succeed(benchmark::State& state) {
    SimLoop loop;
    MemoryBreakers breakers({.is_enabled = state.range(0) == 1}, loop, nullptr);
    BreakerKey const key{ProviderName("glm"), "native"};
    for (auto _ : state)
        loop.run_task(pass_many(breakers, key));
    state.SetItemsProcessed(state.iterations() * requests);
}
BENCHMARK(requests_that_succeed)->Arg(0)->Arg(1)->ArgName("enabled");

}  // namespace
}  // namespace filegate::coordination
