// Any bytes as an archive of a kind that the first byte chooses: examined within its limits.

#include "ingest/archive_reader.hpp"

#include <array>

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace std::string_view_literals;
    constexpr std::array fronts{""sv, "PK\x03\x04"sv, "\x1F\x8B\x08"sv};
    if (size < 2) return 0;
    std::string content(fronts[data[0] % fronts.size()]);
    content.append(reinterpret_cast<char const*>(data) + 1, size - 1);
    filegate::ingest::MemoryContent const bytes(std::as_bytes(std::span(content)));
    filegate::ingest::ContentOptions const limits{
        .archive_ratio_max = 10, .archive_bytes_max = 32 << 20, .archive_members_max = 50};
    filegate::SystemClock const clock;
    auto const start = clock.monotonic_now();
    auto const found =
        filegate::ingest::examine_archive(bytes, limits, clock, start + filegate::seconds(5));
    FG_CHECK(found.has_value(), "bytes in memory can be read");
    FG_CHECK(clock.monotonic_now() - start < filegate::seconds(20), "the deadline holds");
    return 0;
}
