// How near receive() comes to the hash bound (SHA-256 of one core): bytes_per_second of
// receive_large beside that of hash_only, in one run. FG_BENCH_FOLDER names the disk to measure.

#include "ingest/ingest.hpp"

#include <cstdlib>
#include <cstring>
#include <sys/resource.h>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/sim_loop.hpp"
#include "base/task_group.hpp"

namespace filegate::ingest {
namespace {

// Bytes for nothing but the memory they are written to.
class ZeroSource final : public ByteSource {
public:
    explicit ZeroSource(std::uint64_t bytes) : left_(bytes) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const count = std::min<std::uint64_t>({into.size(), left_, 256 * 1024});
        std::memset(into.data(), 0, count);
        left_ -= count;
        co_return count;
    }

private:
    std::uint64_t left_;
};

Task<void> receive_one(Ingest& ingest, std::uint64_t bytes, bool& is_received) {
    ZeroSource body(bytes);
    Expectation const expected{.bytes_max = bytes, .filename = "zero.bin"};
    auto const received = co_await ingest.receive(body, expected);
    is_received = received && received->bytes == bytes;
}

Task<Done> receive_many(Executor& executor, Ingest& ingest, std::uint64_t bytes, std::size_t count,
                        bool& is_received) {
    TaskGroup group(executor);
    for (std::size_t i = 0; i < count; ++i)
        group.spawn(receive_one(ingest, bytes, is_received));
    co_await group.join();
    co_return Done();
}

double peak_resident_mib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Arguments: bytes per body, bodies at once.
void receive(benchmark::State& state) {
    auto const bytes = static_cast<std::uint64_t>(state.range(0));
    auto const count = static_cast<std::size_t>(state.range(1));
    auto const* const folder = std::getenv("FG_BENCH_FOLDER");
    auto const scratch = std::filesystem::path(folder != nullptr ? folder : "/tmp") /
                         fmt::format("filegate-bench-{}", ::getpid());
    {
        SimLoop loop;
        WorkerPool workers("bench", 2);
        auto staging = store::StagingArea::open(scratch, workers).value();
        Ingest ingest(staging, workers, {});
        for (auto _ : state) {
            bool is_received = false;
            loop.run_task(receive_many(loop, ingest, bytes, count, is_received));
            if (!is_received) state.SkipWithError("a body was not received");
        }
    }
    std::filesystem::remove_all(scratch);
    state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1));
    state.SetItemsProcessed(state.iterations() * state.range(1));
    state.counters["peak_MiB"] = peak_resident_mib();
}
BENCHMARK(receive)
    ->Args({1 << 10, 1})
    ->Args({100 << 10, 1})
    ->Args({1 << 10, 64})
    ->Args({4 << 20, 1})
    ->Args({1 << 30, 1})
    ->Args({256 << 20, 4})
    ->Args({64 << 20, 64})
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void hash_only(benchmark::State& state) {
    std::vector<std::byte> const buffer(1 << 20);
    for (auto _ : state) {
        Sha256 hash;
        for (int i = 0; i < 1024; ++i)
            hash.update(buffer);
        benchmark::DoNotOptimize(hash.finish());
    }
    state.SetBytesProcessed(state.iterations() << 30);
}
BENCHMARK(hash_only)->UseRealTime();

}  // namespace
}  // namespace filegate::ingest
