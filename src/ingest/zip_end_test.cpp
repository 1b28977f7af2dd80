#include "ingest/zip_end.hpp"

#include <gtest/gtest.h>

#include "ingest/zip_fixture.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::optional<ZipEnd> end_of(std::string const& bytes, ZipEndPlace place = ZipEndPlace::anywhere) {
    return find_zip_end(content_of(bytes), place).value();
}

std::string const archive = zip({{"a.txt", "text"}, {"b.txt", "more"}});
std::size_t const record = archive.size() - 22;

// `bytes` of the record from `offset` on are replaced.
std::string with(std::size_t offset, std::string const& bytes) {
    auto changed = archive;
    return changed.replace(record + offset, bytes.size(), bytes);
}

TEST(zip_end, says_where_the_directory_is_and_how_much_is_in_it) {
    auto const end = end_of(archive).value();
    EXPECT_EQ(end.at, record);
    EXPECT_EQ(end.members, 2U);
    EXPECT_EQ(end.directory_at, archive.find("PK\1\2"));
    EXPECT_EQ(end.directory_bytes, record - end.directory_at);
    EXPECT_TRUE(end.is_last);
    EXPECT_FALSE(end.is_zip64());
}

TEST(zip_end, a_record_that_lacks_a_byte_is_none) {
    for (std::size_t count = 0; count < archive.size(); ++count)
        EXPECT_FALSE(end_of(archive.substr(0, count))) << count;
}

TEST(zip_end, a_record_is_none_whose_directory_stands_neither_by_size_nor_by_offset) {
    auto const offset_off = number(archive.find("PK\1\2") + 1, 4);
    EXPECT_TRUE(end_of(with(16, offset_off))) << "the size says it";
    EXPECT_TRUE(end_of(with(12, number(1, 4)))) << "the offset says it";
    EXPECT_TRUE(end_of(with(12, number(0, 4))));
    EXPECT_TRUE(end_of(with(12, "\xFF\xFF\xFF\xFF"))) << "a size beyond the file's front";
    for (auto const& size : {number(0, 4), number(1, 4), "\xFF\xFF\xFF\xFF"s}) {
        for (auto const& offset : {number(0, 4), offset_off, "\xFF\xFF\xFF\xFF"s,
                                   number(archive.size(), 4), number(record, 4)}) {
            EXPECT_FALSE(end_of(with(12, size + offset)));
        }
    }
}

// Else a record would be its own proof.
TEST(zip_end, a_directory_stands_before_its_record) {
    auto const nothing = std::string("PK\5\6") + std::string(18, '\0');
    EXPECT_FALSE(end_of(nothing));
    auto const behind = std::string("PK\5\6") + number(0, 8) + number(0, 4) + number(22, 4) +
                        number(4, 2) + "PK\1\2";
    EXPECT_FALSE(end_of(behind));
}

TEST(zip_end, is_found_however_it_is_written) {
    auto gap = archive;
    gap.insert(record, "gap");
    EXPECT_EQ(end_of(gap)->at, record + 3);
    auto const shifted = "front" + archive;
    EXPECT_EQ(end_of(shifted)->directory_at, shifted.find("PK\1\2"));
    // As zip64 writes it: the numbers stand in another record before it.
    auto zip64 = with(8, std::string(12, '\xFF'));
    EXPECT_FALSE(end_of(zip64)) << "without its locator it is none";
    zip64.insert(record, "PK\6\7" + std::string(16, '\0'));
    ASSERT_TRUE(end_of(zip64));
    EXPECT_TRUE(end_of(zip64)->is_zip64());
    EXPECT_EQ(end_of(zip64)->directory_bytes, 0U);
    EXPECT_TRUE(end_of(zip64, ZipEndPlace::last));
}

TEST(zip_end, of_several_records_the_last_that_is_real_counts) {
    auto const inner = zip({{"x", "y"}});
    auto const outer = zip({{"inner.zip", inner}});
    EXPECT_EQ(end_of(outer)->at, outer.size() - 22);
    auto const mark = std::string("PK\5\6") + std::string(18, '\0');
    EXPECT_EQ(end_of(archive + mark + mark)->at, record);
    EXPECT_EQ(end_of(archive + "PK\5\6")->at, record) << "a mark without a record";
    EXPECT_EQ(end_of(archive + archive)->at, archive.size() + record);
}

TEST(zip_end, is_looked_for_as_far_back_as_the_longest_comment_reaches) {
    EXPECT_EQ(end_of(zip({{"a", "b"}}, std::string(65'535, 'c')))->members, 1U);
    EXPECT_TRUE(end_of(archive + std::string(65'535, 'c')));
    EXPECT_FALSE(end_of(archive + std::string(65'536, 'c')));
}

TEST(zip_end, the_end_of_a_pdf_behind_it_means_that_it_is_attached) {
    EXPECT_TRUE(end_of(archive + "%%EO")->is_last);
    EXPECT_FALSE(end_of(archive + "%%EOF")->is_last);
    EXPECT_FALSE(end_of(archive + "%%EOF and more")->is_last);
    EXPECT_TRUE(end_of("%%EOF" + archive + "junk")->is_last);
    EXPECT_TRUE(end_of(zip({{"a", "b"}}, "%%EOF"))->is_last) << "it is the comment's";
    EXPECT_FALSE(end_of(zip({{"a", "b"}}, "%%EOF") + "%%EOF")->is_last);
    EXPECT_FALSE(end_of(archive + "%%EOF", ZipEndPlace::last));
}

// Every mark is looked into, so each must cost little: a tail of nothing but marks and signs.
TEST(zip_end, a_tail_of_marks_is_read_over) {
    std::string marks;
    while (marks.size() < 65'557)
        marks += "PK\5\6%";
    EXPECT_FALSE(end_of(marks));
    EXPECT_FALSE(end_of(marks, ZipEndPlace::last));
    EXPECT_TRUE(end_of(archive + marks.substr(0, 65'000)));
}

class FailingContent final : public Content {
public:
    FailingContent(std::string const& bytes, int reads) : bytes_(bytes), reads_(reads) {}
    std::uint64_t size_bytes() const override { return bytes_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
        if (reads_-- == 0) return fail(ErrorCode::storage_error, "the disk is gone");
        return content_of(bytes_).read_at(offset, into);
    }

private:
    std::string const& bytes_;
    mutable int reads_;
};

TEST(zip_end, a_read_that_fails_is_not_taken_for_no_archive) {
    auto const nowhere = with(12, number(1, 4) + number(1, 4));
    int failed_reads = 0;
    for (int reads = 0;; ++reads) {
        FailingContent const content(nowhere, reads);
        auto const found = find_zip_end(content, ZipEndPlace::anywhere);
        if (found) break;
        EXPECT_EQ(found.error().code, ErrorCode::storage_error);
        ++failed_reads;
    }
    EXPECT_EQ(failed_reads, 4) << "the tail, and three places";
}

}  // namespace
}  // namespace filegate::ingest
