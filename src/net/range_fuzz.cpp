#include "net/range.hpp"

#include <cstring>

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::uint64_t size_bytes = 0;
    auto const used = std::min(size, sizeof size_bytes);
    std::memcpy(&size_bytes, data, used);
    std::string_view const header(reinterpret_cast<char const*>(data) + used, size - used);
    auto const range = filegate::net::parse_range(header, size_bytes);
    if (range && *range) {
        FG_CHECK((*range)->bytes > 0, "a range is never empty");
        FG_CHECK((*range)->first < size_bytes, "a range begins inside");
        FG_CHECK((*range)->bytes <= size_bytes - (*range)->first, "a range ends inside");
    }
    return 0;
}
