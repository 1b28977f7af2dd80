#include <benchmark/benchmark.h>

#include "base/random.hpp"
#include "net/delimiter_search.hpp"
#include "net/multipart_parser.hpp"

namespace filegate::net {
namespace {

constexpr std::size_t body_bytes = 4 << 20;
constexpr std::string_view boundary = "----formdata-undici-072417926254";

enum Fill : int { random_bytes, carriage_returns, last_bytes, near_boundaries, candidates };

std::string fill(int kind) {
    std::string body(body_bytes, '\r');
    auto const delimiter = fmt::format("\r\n--{}", boundary);
    auto near = delimiter;
    near[near.size() / 2] = '!';
    switch (kind) {
        case random_bytes:
            SeededRandom(1).fill(std::as_writable_bytes(std::span(body)));
            break;
        case last_bytes:
            std::ranges::fill(body, delimiter.back());
            break;
        case near_boundaries:
            for (std::size_t i = 0; i < body.size(); ++i)
                body[i] = near[i % near.size()];
            break;
        case candidates:  // first and last byte fit at every other place
            for (std::size_t i = 0; i < body.size(); ++i)
                body[i] = i / (delimiter.size() - 1) % 2 == 0 ? '\r' : delimiter.back();
            break;
        default:
            break;
    }
    return body;
}

void report(benchmark::State& state) {
    static constexpr std::array names{"random", "all CR", "all last bytes", "near-boundaries",
                                      "candidates everywhere"};
    state.SetLabel(names[static_cast<std::size_t>(state.range(0))]);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body_bytes));
}

void search(benchmark::State& state) {
    auto const body = fill(static_cast<int>(state.range(0)));
    auto const delimiter = fmt::format("\r\n--{}", boundary);
    for (auto _ : state)
        benchmark::DoNotOptimize(find_delimiter(body, delimiter));
    report(state);
}
BENCHMARK(search)->DenseRange(random_bytes, candidates);

void search_without_vectors(benchmark::State& state) {
    auto const body = fill(static_cast<int>(state.range(0)));
    auto const delimiter = fmt::format("\r\n--{}", boundary);
    for (auto _ : state)
        benchmark::DoNotOptimize(find_delimiter_portable(body, delimiter));
    report(state);
}
BENCHMARK(search_without_vectors)->DenseRange(random_bytes, candidates);

// The parser on a part's bytes in reads of 256 KiB.
void parse_body(benchmark::State& state) {
    auto const body = fill(static_cast<int>(state.range(0)));
    auto const head =
        fmt::format("--{}\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n", boundary);
    constexpr std::size_t read_bytes = 256 << 10;
    for (auto _ : state) {
        MultipartParser parser(boundary);
        auto rest = std::as_bytes(std::span(head));
        while (!rest.empty())
            rest = rest.subspan(parser.step(rest)->consumed);
        for (std::size_t at = 0; at < body.size(); at += read_bytes) {
            rest = std::as_bytes(std::span(body).subspan(at, read_bytes));
            while (!rest.empty())
                rest = rest.subspan(parser.step(rest)->consumed);
        }
    }
    report(state);
}
BENCHMARK(parse_body)->DenseRange(random_bytes, candidates);

}  // namespace
}  // namespace filegate::net
