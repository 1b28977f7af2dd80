// What the content policy costs per file: where a signature decides, where text is read by its
// extension, and where libmagic must read it.

#include <benchmark/benchmark.h>

#include "ingest/content_check.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes)
        all += text;
    return all;
}

void check(benchmark::State& state, std::string const& content, std::string_view name) {
    SystemClock const clock;
    ContentOptions const options;
    for (auto _ : state) {
        MemoryContent const bytes(std::as_bytes(std::span(content)));
        auto checked = check_content(bytes, {.filename = name}, options, clock);
        benchmark::DoNotOptimize(checked);
    }
}

constexpr std::size_t kib = 1024;
constexpr std::string_view words = "The quick brown fox jumps over the lazy dog, and then again.\n";

void pdf(benchmark::State& state) {
    check(state, "%PDF-1.7\n" + std::string(256 * kib, 'x'), "a.pdf");
}
void png(benchmark::State& state) {
    check(state, "\x89PNG\r\n\x1A\n" + std::string(256 * kib, '\1'), "a.png");
}
void elf(benchmark::State& state) {
    check(state,
          "\x7F"
          "ELF" +
              std::string(256 * kib, '\1'),
          "a.txt");
}
void markdown_by_extension(benchmark::State& state) {
    check(state, repeated(words, 256 * kib), "a.md");
}
void text_by_libmagic(benchmark::State& state) {
    check(state, repeated(words, 256 * kib), "README");
}
void code_by_libmagic(benchmark::State& state) {
    check(state, repeated("int main(void) { if (a < b) return f(x, \"y\"); }\n", 256 * kib),
          "code");
}
void html_by_libmagic(benchmark::State& state) {
    check(state, "<!doctype html><html><body>" + repeated("<p>words</p>\n", 256 * kib), "a.html");
}
void latin1_by_libmagic(benchmark::State& state) {
    check(state, repeated("caf\xE9 au lait, s'il vous pla\xEEt\n", 256 * kib), "a.txt");
}
void bytes_by_libmagic(benchmark::State& state) {
    std::string bytes;
    for (std::uint32_t i = 1; bytes.size() < 256 * kib; ++i)
        bytes += static_cast<char>(i * 2654435761U >> 24);
    check(state, bytes, "a.bin");
}

BENCHMARK(pdf)->Unit(benchmark::kMicrosecond);
BENCHMARK(png)->Unit(benchmark::kMicrosecond);
BENCHMARK(elf)->Unit(benchmark::kMicrosecond);
BENCHMARK(markdown_by_extension)->Unit(benchmark::kMicrosecond);
BENCHMARK(text_by_libmagic)->Unit(benchmark::kMicrosecond);
BENCHMARK(code_by_libmagic)->Unit(benchmark::kMicrosecond);
BENCHMARK(html_by_libmagic)->Unit(benchmark::kMicrosecond);
BENCHMARK(latin1_by_libmagic)->Unit(benchmark::kMicrosecond);
BENCHMARK(bytes_by_libmagic)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace filegate::ingest
