// What a rate limit costs each request: the bucket alone, and as access asks for it.

#include "coordination/memory_rate_limits.hpp"

#include <benchmark/benchmark.h>

#include "base/sim_loop.hpp"

namespace filegate::coordination {
namespace {

constexpr Rate rate{.units = 1'000'000'000, .per = seconds(1), .burst = 1'000'000'000};
constexpr int requests = 1000;

std::vector<RateKey> keys(std::int64_t count) {
    std::vector<RateKey> all;
    for (std::int64_t i = 0; i < count; ++i) {
        all.push_back({.door = "http",
                       .whom = Whom::address,
                       .name = fmt::format("192.0.{}.{}", i / 256, i % 256)});
    }
    return all;
}

void checks(benchmark::State& state) {
    SystemClock clock;
    SeededRandom random(1);
    MemoryRateLimits limits(clock, random);
    auto const all = keys(state.range(0));
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(limits.take_now(all[next], rate, 1));
        next = (next + 1) % all.size();
    }
}
BENCHMARK(checks)->Arg(1)->Arg(60'000)->ArgName("callers");
BENCHMARK(checks)->Arg(1000)->ArgName("callers")->Threads(2);

Task<Done> take_many(RateLimits& limits, std::vector<RateKey> const& all) {
    for (int i = 0; i < requests; ++i)
        co_await limits.take(all[static_cast<std::size_t>(i) % all.size()], rate, 1);
    co_return Done();
}

void awaited_checks(benchmark::State& state) {
    SimLoop loop;
    SeededRandom random(1);
    MemoryRateLimits limits(loop, random);
    auto const all = keys(100);
    for (auto _ : state)
        loop.run_task(take_many(limits, all));
    state.SetItemsProcessed(state.iterations() * requests);
}
BENCHMARK(awaited_checks);

}  // namespace
}  // namespace filegate::coordination
