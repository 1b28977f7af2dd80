// Adds per second with so many writers in flight, reads per second, and whether either depends on
// how many files there are already. The folder is under TMPDIR: point it at the disk that counts.

#include <benchmark/benchmark.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"
#include "catalog/sqlite_catalog.hpp"

namespace filegate::catalog {
namespace {

constexpr std::size_t owners = 100;

class Bench {
public:
    explicit Bench(std::size_t files = 0) { fill(files); }

    NewFile next_file() {
        ++number_;
        auto const text = std::to_string(number_);
        return {.id = ids_.file(),
                .owner = PrincipalId("owner " + std::to_string(number_ % owners)),
                .name = "report " + text + ".pdf",
                .purpose = Purpose("assistants"),
                .bytes = number_,
                .sha256 = sha256(text),
                .mime_type = "application/pdf",
                .now = loop_.wall_now()};
    }
    Task<void> add(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto file = next_file();
            auto const added = co_await catalog_->add_file(file);
            FG_CHECK(added.has_value(), "the catalog takes files");
            if (number_ % 64 == 0) sample_.push_back(std::move(file));
        }
    }
    Task<void> find(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto const& file = sample_[random_.below(sample_.size())];
            auto const found = co_await catalog_->find_file(file.owner, file.id);
            FG_CHECK(found.has_value(), "what was added is there");
        }
    }
    Task<void> list(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto const& file = sample_[random_.below(sample_.size())];
            auto const page =
                co_await catalog_->list_files(file.owner, {.limit = 10, .after = file.id});
            FG_CHECK(page.has_value(), "what was added is listed");
        }
    }
    Task<void> deduplicate(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto file = sample_[random_.below(sample_.size())];
            auto const added = co_await catalog_->add_file(std::move(file));
            FG_CHECK(added && !added->is_new_record, "the same file is known");
        }
    }

    using Work = Task<void> (Bench::*)(std::size_t);
    void run(Work work, std::size_t in_flight, std::size_t each) {
        loop_.run_task(all(work, in_flight, each));
    }

private:
    void fill(std::size_t files) {
        constexpr std::size_t in_flight = 256;
        if (files > 0) run(&Bench::add, in_flight, files / in_flight + 1);
    }
    Task<Done> all(Work work, std::size_t in_flight, std::size_t each) {
        TaskGroup group(loop_);
        for (std::size_t i = 0; i < in_flight; ++i)
            group.spawn((this->*work)(each));
        co_await group.join();
        co_return Done();
    }

    SimLoop loop_;
    SeededRandom random_{1};
    IdSource ids_{loop_, random_};
    ScratchFolder folder_;
    std::unique_ptr<SqliteCatalog> catalog_ =
        SqliteCatalog::open(folder_.path() / "catalog.db", {}, loop_).value();
    std::uint64_t number_ = 0;
    std::vector<NewFile> sample_;
};

// range(0): in flight; range(1): files there before.
void measure(benchmark::State& state, Bench::Work work) {
    auto const in_flight = static_cast<std::size_t>(state.range(0));
    Bench bench(static_cast<std::size_t>(state.range(1)));
    constexpr std::size_t each = 50;
    bench.run(work, in_flight, each);
    for (auto _ : state)
        bench.run(work, in_flight, each);
    state.SetItemsProcessed(state.iterations() * state.range(0) * std::int64_t{each});
}

void adds(benchmark::State& state) {
    measure(state, &Bench::add);
}
void finds(benchmark::State& state) {
    measure(state, &Bench::find);
}
void lists(benchmark::State& state) {
    measure(state, &Bench::list);
}
void dedups(benchmark::State& state) {
    measure(state, &Bench::deduplicate);
}

BENCHMARK(adds)
    ->Args({1, 0})
    ->Args({8, 0})
    ->Args({64, 0})
    ->Args({64, 100'000})
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(finds)
    ->Args({1, 1000})
    ->Args({64, 1000})
    ->Args({64, 100'000})
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(lists)->Args({64, 1000})->Args({64, 100'000})->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(dedups)->Args({64, 1000})->Args({64, 100'000})->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace filegate::catalog
