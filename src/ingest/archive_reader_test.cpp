#include "ingest/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "ingest/zip_fixture.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;
using State = ArchiveFinding::State;

struct Member {
    std::string name;
    std::string content;
};

enum class Format : std::uint8_t { zip, stored_zip, tar, tar_gz, gz };

std::string pack(Format format, std::vector<Member> const& members) {
    auto* const a = archive_write_new();
    if (format == Format::zip || format == Format::stored_zip) {
        archive_write_set_format_zip(a);
        if (format == Format::stored_zip) archive_write_zip_set_compression_store(a);
    } else if (format == Format::gz) {
        archive_write_set_format_raw(a);
    } else {
        archive_write_set_format_ustar(a);
    }
    if (format == Format::tar_gz || format == Format::gz) archive_write_add_filter_gzip(a);
    std::string packed(64 << 20, '\0');
    std::size_t used = 0;
    archive_write_open_memory(a, packed.data(), packed.size(), &used);
    for (auto const& member : members) {
        auto* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(a, entry);
        archive_write_data(a, member.content.data(), member.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    packed.resize(used);
    return packed;
}

MemoryContent content_of(std::string_view bytes) {
    return MemoryContent(std::as_bytes(std::span(bytes)));
}

ArchiveFinding examine(std::string_view archive, ContentOptions const& limits = {}) {
    SimLoop const clock;
    return examine_archive(content_of(archive), limits, clock, MonotonicTime::max()).value();
}

std::string const program =
    "\x7F"
    "ELF"s +
    std::string(100, '\1');
constexpr std::array formats{Format::zip, Format::stored_zip, Format::tar, Format::tar_gz};

TEST(archive_reader, passes_archives_of_harmless_members) {
    for (auto const format : formats) {
        auto const archive = pack(format, {{"a.txt", "text"}, {"b/", ""}, {"b/c.sh", "#!/bin/sh"}});
        auto const found = examine(archive);
        EXPECT_EQ(found.state, State::sound) << int(format) << found.what;
    }
    EXPECT_EQ(examine(pack(Format::gz, {{"a", "text"}})).state, State::sound);
}

TEST(archive_reader, finds_programs_whatever_their_name_and_depth) {
    for (auto const format : formats) {
        auto const archive = pack(format, {{"a.txt", "text"}, {"b.txt", program}});
        EXPECT_EQ(examine(archive).state, State::program) << int(format);
        EXPECT_EQ(examine(pack(Format::zip, {{"inner", archive}})).state, State::program);
    }
    EXPECT_EQ(examine(pack(Format::gz, {{"a", program}})).state, State::program);
}

std::uint32_t crc_of(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (auto const byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

// One stored member, written field by field.
struct WrittenZip {
    std::string name = "a.bin";
    std::string content;
    std::size_t extra_bytes = 0;

    std::string header() const {
        return number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
               number(crc_of(content), 4) + number(content.size(), 4) + number(content.size(), 4) +
               number(name.size(), 2);
    }
    std::string local() const {
        auto extra = extra_bytes > 0 ? "\xFE\xCA"s + number(extra_bytes - 4, 2) : ""s;
        extra.resize(extra_bytes);
        return "PK\x03\x04"s + header() + number(extra_bytes, 2) + name + extra + content;
    }
    std::string directory(std::size_t local_at = 0) const {
        return "PK\x01\x02"s + number(20, 2) + header() + std::string(12, '\0') +
               number(local_at, 4) + name;
    }
    static std::string end(std::size_t directory_bytes, std::size_t directory_at) {
        return "PK\x05\x06"s + number(0, 4) + number(1, 2) + number(1, 2) +
               number(directory_bytes, 4) + number(directory_at, 4) + number(0, 2);
    }
    std::string bytes() const {
        return local() + directory() + end(directory().size(), local().size());
    }
};

// Padded so that `first` bytes of the member stand before the 64 KiB boundary at which files are
// read.
std::string split(std::string const& content, std::size_t first) {
    return WrittenZip{.content = content, .extra_bytes = (64 << 10) - first - 35}.bytes();
}

TEST(archive_reader, judges_a_member_by_more_than_the_block_it_happens_to_begin_with) {
    auto const windows = "MZ"s + std::string(3000, ' ') + std::string(10, '\0') + "code";
    auto const inner = pack(Format::zip, {{"x", program}});
    for (std::size_t const first : {1, 2, 3, 40, 511}) {
        EXPECT_EQ(examine(split(program, first)).state, State::program) << first;
        EXPECT_EQ(examine(split(windows, first)).state, State::program) << first;
        EXPECT_EQ(examine(split(inner, first)).state, State::program) << first;
        EXPECT_EQ(examine(split(pack(Format::tar, {{"x", program}}), first)).state, State::program);
        auto const harmless = examine(split(pack(Format::zip, {{"x", "text"}}), first));
        EXPECT_EQ(harmless.state, State::sound) << harmless.what;
    }
}

TEST(archive_reader, counts_what_a_member_begins_with_whatever_its_blocks) {
    auto const bomb = pack(Format::zip, {{"zeros", std::string(20 << 20, '\0')}});
    auto const found = examine(split(bomb, 1));
    EXPECT_EQ(found.state, State::bomb);
    EXPECT_NE(found.what.find("100 times"), std::string::npos) << found.what;
    auto const text = pack(Format::zip, {{"a", std::string(1000, 'a')}});
    EXPECT_EQ(examine(text, {.archive_bytes_max = 1000}).state, State::sound);
    EXPECT_EQ(examine(text, {.archive_bytes_max = 999}).state, State::bomb);
}

TEST(archive_reader, a_program_whose_rest_is_damaged_is_still_a_program) {
    auto archive = pack(Format::stored_zip, {{"a.bin", program}});
    archive[archive.find("ELF") + 50] = 'x';
    EXPECT_EQ(examine(archive).state, State::program);
}

// As it was before POSIX: nothing but its check sum marks it, which some summed of signed bytes.
template <class Byte = std::uint8_t>
std::string old_tar(std::string const& name, std::string const& content) {
    auto header = name;
    header.resize(512);
    auto const write = [&](std::size_t at, std::string const& text) {
        header.replace(at, text.size(), text);
    };
    for (auto const at : {100, 108, 116})
        write(static_cast<std::size_t>(at), "0000644");
    write(124, fmt::format("{:011o} ", content.size()));
    write(136, "00000000000 ");
    write(148, std::string(8, ' '));
    int sum = 0;
    for (auto const byte : header)
        sum += static_cast<Byte>(byte);
    write(148, fmt::format("{:06o}", sum) + '\0');
    auto const padding = (512 - content.size() % 512) % 512;
    return header + content + std::string(padding + 1024, '\0');
}

bool is_readable(std::string_view bytes) {
    return is_readable_archive(std::as_bytes(std::span(bytes)));
}

TEST(archive_reader, looks_into_archives_that_no_usual_mark_tells) {
    auto const tar = old_tar("a.bin", program);
    auto const zip = pack(Format::zip, {{"a", program}});
    for (auto const& archive : {tar, "PK00" + zip, "PK\x07\x08" + zip, old_tar("GIF89a", program),
                                old_tar<std::int8_t>("\xFF\xFE", program)}) {
        EXPECT_TRUE(is_readable(archive));
        EXPECT_EQ(examine(archive).state, State::program);
        for (auto const format : formats)
            EXPECT_EQ(examine(pack(format, {{"inner", archive}})).state, State::program);
    }
    EXPECT_EQ(examine(old_tar("a.txt", "text")).state, State::sound);
    auto broken = tar;
    broken[0] = 'b';
    EXPECT_FALSE(is_readable(broken));
    EXPECT_FALSE(is_readable(std::string(512, '0')));
    EXPECT_FALSE(is_readable(std::string(512, '\0')));
}

TEST(archive_reader, archives_in_archives_that_it_cannot_look_into_are_not_checked) {
    for (auto const& inner :
         {"7z\xBC\xAF\x27\x1C rest"s, "Rar!\x1A\x07\1\0"s, "BZh11AY&SY rest"s,
          "\xFD"
          "7zXZ\0 rest"s,
          "\x28\xB5\x2F\xFD rest"s, "MSCF\0\0\0\0 rest"s, "xar!\0\x1C\0\1"s, "LZIP\1 rest"s,
          "\x04\x22\x4D\x18 rest"s, "MSWIM\0\0\0 rest"s, "x.-lh5-"s}) {
        for (auto const format : formats) {
            auto const found = examine(pack(format, {{"inner", inner}}));
            EXPECT_EQ(found.state, State::not_readable) << inner;
            EXPECT_NE(found.what.find("an archive of the type"), std::string::npos) << found.what;
        }
    }
}

// The bytes come out without the holes: they are not what a reader gets.
TEST(archive_reader, a_member_with_holes_is_not_checked) {
    auto* const a = archive_write_new();
    archive_write_set_format_pax(a);
    std::string packed(64 << 10, '\0');
    std::size_t used = 0;
    archive_write_open_memory(a, packed.data(), packed.size(), &used);
    auto* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, "a.bin");
    archive_entry_set_size(entry, 20'000);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_sparse_add_entry(entry, 0, 512);
    archive_entry_sparse_add_entry(entry, 8192, 512);
    archive_write_header(a, entry);
    std::string const content(20'000, 'x');
    archive_write_data(a, content.data(), content.size());
    archive_entry_free(entry);
    archive_write_close(a);
    archive_write_free(a);
    auto const found = examine(packed.substr(0, used));
    EXPECT_EQ(found.state, State::not_readable);
    EXPECT_NE(found.what.find("holes"), std::string::npos) << found.what;
}

TEST(archive_reader, a_member_that_is_two_archives_at_once_is_not_checked) {
    auto const both = old_tar("PK\x05\x06"s + std::string(18, '\0'), "text");
    EXPECT_EQ(examine(pack(Format::tar, {{"both", both}})).state, State::not_readable);
}

// As Info-ZIP writes what it reads from a pipe.
TEST(archive_reader, an_end_of_zip64_that_says_the_same_is_no_contradiction) {
    WrittenZip const honest{.content = "text"};
    auto const directory_at = honest.local().size();
    auto const bytes = honest.directory().size();
    auto const written = [&](std::uint64_t members, std::uint64_t zip64_at) {
        auto const zip64 = "PK\x06\x06"s + number(44, 8) + number(45, 2) + number(45, 2) +
                           number(0, 8) + number(1, 8) + number(members, 8) + number(bytes, 8) +
                           number(directory_at, 8);
        auto const locator = "PK\x06\x07"s + number(0, 4) + number(zip64_at, 8) + number(1, 4);
        return honest.local() + honest.directory() + zip64 + locator +
               WrittenZip::end(bytes, directory_at);
    };
    EXPECT_EQ(examine(written(1, directory_at + bytes)).state, State::sound);
    EXPECT_NE(examine(written(2, directory_at + bytes)).state, State::sound);
    EXPECT_NE(examine(written(1, 0)).state, State::sound);
}

// What other readers would take, who go by the directory, is not what was looked at.
TEST(archive_reader, a_zip_whose_directory_contradicts_its_members_is_not_checked) {
    WrittenZip const honest{.content = "text"};
    EXPECT_EQ(examine(honest.bytes()).state, State::sound);
    auto const local = honest.local();
    auto const entry = honest.directory();
    auto const end = WrittenZip::end(entry.size(), local.size());
    auto const written = [](std::string bytes, std::size_t at, char value) {
        bytes[at] = value;
        return bytes;
    };
    auto const renamed = "\x75\x70"s + number(10, 2) + "\1"s + number(0, 4) + "b.bin";
    auto named_twice = local;
    named_twice[28] = static_cast<char>(renamed.size());
    named_twice.insert(35, renamed);
    for (auto const& [what, archive] : std::vector<Member>{
             {"name", joined({written(local, 30, 'b'), entry, end})},
             {"method", joined({local, written(entry, 10, 8), end})},
             {"packed bytes", joined({local, written(entry, 20, 3), end})},
             {"check sum", joined({local, written(entry, 16, 1), end})},
             {"encryption", joined({local, written(entry, 8, 1), end})},
             {"name in an extra field",
              joined({named_twice, entry, WrittenZip::end(entry.size(), named_twice.size())})},
             {"where the directory is", joined({"PK00", local, entry, end})},
             {"how long the directory is",
              joined({local, entry, "gap", WrittenZip::end(entry.size() + 3, local.size())})},
             {"disks", local + entry + written(end, 4, 1)},
             {"how many members", local + entry + written(written(end, 8, 2), 10, 2)},
         }) {
        EXPECT_NE(examine(archive).state, State::sound) << what;
    }
}

TEST(archive_reader, tells_of_macros_in_members_of_all_levels) {
    Member const plain{"[Content_Types].xml", "<Types/>"};
    auto const project = pack(Format::zip, {plain, {"xl/vbaProject.bin", "macros"}});
    auto const listed = pack(Format::zip, {{"[Content_Types].xml", "<Types a='macroEnabled'/>"}});
    auto const unclear = pack(Format::zip, {{"[Content_Types].xml", "no list"}});
    auto const macros = [&](std::string const& inner) {
        return examine(pack(Format::zip, {plain, {"a", inner}, {"b", "text"}})).macros;
    };
    EXPECT_EQ(examine(project).macros, Macros::present);
    EXPECT_EQ(macros(project), Macros::present);
    EXPECT_EQ(macros(listed), Macros::present);
    EXPECT_EQ(macros(unclear), Macros::not_told);
    EXPECT_EQ(macros(pack(Format::tar, {{"a", unclear}, {"b", listed}, {"c", unclear}})),
              Macros::present);
    EXPECT_EQ(macros("text"), Macros::none);
}

TEST(archive_reader, counts_members_of_all_levels) {
    std::vector<Member> members;
    for (int i = 0; i < 20; ++i)
        members.push_back({fmt::format("{}", i), "x"});
    for (auto const format : formats) {
        auto const archive = pack(format, members);
        // The gzip around the tar has one member too, and so has the zip below.
        EXPECT_EQ(examine(archive, {.archive_members_max = 21}).state, State::sound);
        auto const found = examine(archive, {.archive_members_max = 19});
        EXPECT_EQ(found.state, State::bomb);
        EXPECT_NE(found.what.find("19 members"), std::string::npos);
        auto const outer = pack(Format::zip, {{"a", archive}});
        EXPECT_EQ(examine(outer, {.archive_members_max = 20}).state, State::bomb);
    }
}

TEST(archive_reader, counts_what_comes_out_of_all_levels) {
    for (auto const format : {Format::zip, Format::tar_gz, Format::gz}) {
        auto const archive = pack(format, {{"zeros", std::string(20 << 20, '\0')}});
        auto const ratio = examine(archive);
        EXPECT_EQ(ratio.state, State::bomb) << int(format);
        EXPECT_NE(ratio.what.find("100 times"), std::string::npos) << ratio.what;
        ContentOptions const few_bytes{.archive_ratio_max = 10'000, .archive_bytes_max = 5 << 20};
        auto const bytes = examine(archive, few_bytes);
        EXPECT_EQ(bytes.state, State::bomb);
        EXPECT_NE(bytes.what.find("5242880 bytes"), std::string::npos);
        EXPECT_EQ(examine(archive, {.archive_ratio_max = 10'000}).state, State::sound);
    }
}

TEST(archive_reader, takes_no_offence_at_small_files_that_pack_well) {
    EXPECT_EQ(examine(pack(Format::zip, {{"spaces", std::string(8 << 20, ' ')}})).state,
              State::sound);
}

TEST(archive_reader, goes_as_deep_as_it_may) {
    auto archive = pack(Format::zip, {{"x", "innermost"}});
    for (std::uint64_t depth = 2; depth <= 4; ++depth) {
        archive = pack(depth % 2 == 0 ? Format::tar : Format::zip, {{"inner", archive}});
        EXPECT_EQ(examine(archive, {.archive_depth_max = depth}).state, State::sound) << depth;
        auto const found = examine(archive, {.archive_depth_max = depth - 1});
        EXPECT_EQ(found.state, State::bomb);
        EXPECT_NE(found.what.find(fmt::format("{} deep", depth - 1)), std::string::npos);
    }
}

TEST(archive_reader, says_so_when_an_archive_is_damaged_or_cut_anywhere) {
    auto const archive = pack(Format::zip, {{"a.txt", "text"}, {"b.txt", std::string(500, 'b')}});
    for (std::size_t bytes = 5; bytes < archive.size() - 22; bytes += 7) {
        EXPECT_EQ(examine(archive.substr(0, bytes)).state, State::not_readable) << bytes;
    }
    EXPECT_EQ(examine("\x1F\x8B\x08 no gzip at all"s).state, State::not_readable);
}

TEST(archive_reader, a_member_that_is_encrypted_cannot_be_checked) {
    auto archive = pack(Format::stored_zip, {{"a.txt", "text"}});
    archive[6] |= 1;
    archive[archive.find("PK\x01\x02") + 8] |= 1;
    auto const found = examine(archive);
    EXPECT_EQ(found.state, State::not_readable);
    EXPECT_NE(found.what.find("encrypted"), std::string::npos) << found.what;
}

TEST(archive_reader, members_that_share_their_bytes_are_a_bomb) {
    auto archive = pack(Format::stored_zip, {{"a.txt", "text"}});
    auto const directory = archive.find("PK\x01\x02");
    auto const end = archive.find("PK\x05\x06");
    auto const entry = archive.substr(directory, end - directory);
    archive.insert(end, entry);
    auto const end_at = end + entry.size();
    archive[end_at + 8] = archive[end_at + 10] = 2;
    archive[end_at + 12] = static_cast<char>(2 * entry.size());
    auto const found = examine(archive);
    EXPECT_EQ(found.state, State::bomb);
    EXPECT_NE(found.what.find("overlap"), std::string::npos) << found.what;
}

// libarchive keeps the whole directory in memory before it tells of the first member.
TEST(archive_reader, a_directory_of_megabytes_is_not_taken_in) {
    std::vector<Member> members;
    for (int i = 0; i < 40'000; ++i)
        members.push_back({std::to_string(i) + std::string(240, 'n'), ""});
    auto const found = examine(pack(Format::stored_zip, members), {.archive_members_max = 100'000});
    EXPECT_EQ(found.state, State::not_readable);
    EXPECT_NE(found.what.find("8 MiB"), std::string::npos) << found.what;
}

TEST(archive_reader, an_archive_stored_in_an_archive_is_not_taken_for_the_outer_one) {
    auto const inner = pack(Format::zip, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
    EXPECT_EQ(examine(pack(Format::stored_zip, {{"inner.xlsx", inner}})).state, State::sound);
}

TEST(archive_reader, gives_up_at_its_deadline) {
    SimLoop const clock;
    auto const archive = pack(Format::zip, {{"a.txt", "text"}});
    auto const past = clock.monotonic_now() - seconds(1);
    auto const found = examine_archive(content_of(archive), {}, clock, past);
    EXPECT_EQ(found->state, State::not_readable);
    EXPECT_NE(found->what.find("too long"), std::string::npos);
}

// Fails after a number of reads.
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

TEST(archive_reader, passes_on_the_error_of_every_read_that_fails) {
    SimLoop const clock;
    auto const archive = pack(Format::zip, {{"a.txt", "text"}, {"b.txt", std::string(500, 'b')}});
    int failed_reads = 0;
    for (int reads = 0;; ++reads) {
        FailingContent const content(archive, reads);
        auto const found = examine_archive(content, {}, clock, MonotonicTime::max());
        if (found) break;
        EXPECT_EQ(found.error().code, ErrorCode::storage_error);
        ++failed_reads;
    }
    EXPECT_GE(failed_reads, 4);
}

}  // namespace
}  // namespace filegate::ingest
