#include "net/delimiter_search.hpp"

#include "net/multipart_fixture.hpp"

namespace filegate::net {
namespace {

TEST(delimiter_search, both_ways_agree_with_string_find) {
    SeededRandom random(5);
    std::string const delimiter = "\r\n--Bb";
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = tricky_bytes(random, random.below(200));
        if (random.below(2) == 0) bytes.insert(random.below(bytes.size() + 1), delimiter);
        auto const expected = bytes.find(delimiter);
        ASSERT_EQ(find_delimiter(bytes, delimiter), expected) << testing::PrintToString(bytes);
        ASSERT_EQ(find_delimiter_portable(bytes, delimiter), expected)
            << testing::PrintToString(bytes);
    }
}

TEST(delimiter_search, finds_it_at_every_place_of_every_size) {
    auto const delimiter = "\r\n--" + std::string(70, '-');
    for (std::size_t size = delimiter.size(); size < 300; ++size) {
        for (std::size_t at = 0; at + delimiter.size() <= size; ++at) {
            std::string bytes(size, '-');
            bytes.replace(at, delimiter.size(), delimiter);
            ASSERT_EQ(find_delimiter(bytes, delimiter), at) << size;
            ASSERT_EQ(find_delimiter_portable(bytes, delimiter), at) << size;
        }
    }
}

}  // namespace
}  // namespace filegate::net
