// Any bytes under any name: sniff() answers with a media type. The first byte of the input says how
// long the name is, the second which container it is made to look like.

#include "ingest/sniff.hpp"

#include <array>

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace std::string_view_literals;
    constexpr std::array fronts{""sv, "PK\x03\x04"sv, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv};
    if (size < 2) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data) + 2, size - 2);
    auto const name = input.substr(0, data[0] % 16);
    std::string content(fronts[data[1] % fronts.size()]);
    content += input.substr(name.size());
    if (content.empty()) return 0;
    filegate::ingest::MemoryContent const bytes(std::as_bytes(std::span(content)));
    auto const type = filegate::ingest::sniff(bytes, {.filename = name});
    FG_CHECK(type && type->contains('/'), "every content has a type");
    return 0;
}
