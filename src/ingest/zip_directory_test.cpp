#include "ingest/zip_directory.hpp"

#include <gtest/gtest.h>

#include "ingest/zip_fixture.hpp"

namespace filegate::ingest {
namespace {

std::string_view contradiction(std::string const& archive, std::uint64_t members_max = 100) {
    auto const content = content_of(archive);
    auto const end = find_zip_end(content, ZipEndPlace::anywhere).value();
    return contradiction_in_zip(content, end.value(), members_max).value();
}

TEST(zip_directory, agrees_with_members_that_are_what_it_says) {
    EXPECT_EQ(contradiction(zip({{"a", "1"}, {"", "nameless"}, {"c/", ""}}, "a comment")), "");
}

TEST(zip_directory, notices_every_byte_that_differs_where_it_matters) {
    auto const archive = zip({{"a", "1"}, {"name", "content"}});
    auto const second = archive.rfind("PK\x03\x04");
    // The mark, encryption, method, check sum, sizes, name.
    for (std::size_t const at : {0, 3, 6, 8, 9, 14, 17, 18, 21, 22, 25, 26, 27, 30, 33}) {
        auto changed = archive;
        changed[second + at] = static_cast<char>(changed[second + at] ^ 1);
        EXPECT_NE(contradiction(changed), "") << at;
    }
    // The version, other flags, the time and the extra field may differ.
    for (std::size_t const at : {4, 7, 10, 13, 28}) {
        auto changed = archive;
        changed[second + at] = static_cast<char>(changed[second + at] ^ 8);
        EXPECT_EQ(contradiction(changed), "") << at;
    }
}

TEST(zip_directory, survives_members_that_begin_anywhere) {
    auto const archive = zip({{"", "1"}}, "PK\x03\x04");
    auto const entry = archive.find("PK\x01\x02");
    for (std::size_t at = 1; at < archive.size() + 4; ++at)
        EXPECT_NE(contradiction(std::string(archive).replace(entry + 42, 4, number(at, 4))), "");
}

TEST(zip_directory, looks_at_no_more_members_than_it_may) {
    auto archive = zip({{"a", "1"}, {"b", "2"}});
    archive[archive.rfind("PK\x03\x04")] = 'x';
    EXPECT_EQ(contradiction(archive, 1), "");
    EXPECT_NE(contradiction(archive, 2), "");
}

}  // namespace
}  // namespace filegate::ingest
