#include "ingest/documents.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "ingest/content_check.hpp"
#include "ingest/macros.hpp"
#include "ingest/zip_fixture.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::string type_of(std::string_view content, std::string_view filename = {}) {
    return sniff(MemoryContent(std::as_bytes(std::span(content))), {.filename = filename}).value();
}

constexpr auto word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr auto excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
constexpr auto powerpoint =
    "application/vnd.openxmlformats-officedocument.presentationml.presentation";
Member const types{"[Content_Types].xml", "<Types/>"};

TEST(documents, tells_what_a_zip_archive_is) {
    struct Case {
        std::vector<Member> members;
        std::string_view type;
    };
    for (auto const& [members, type] : {
             Case{{types, {"_rels/.rels", ""}, {"word/document.xml", ""}}, word},
             Case{{types, {"xl/workbook.xml", ""}}, excel},
             Case{{types, {"ppt/presentation.xml", ""}}, powerpoint},
             Case{{types, {"word/document.xml", ""}, {"word/vbaProject.bin", ""}},
                  "application/vnd.ms-word.document.macroenabled.12"},
             Case{{types, {"word/document.xml", ""}, {"word/VBAproject.BIN", ""}},
                  "application/vnd.ms-word.document.macroenabled.12"},
             Case{{{"[CONTENT_types].xml", ""}, {"Word/document.xml", ""}}, word},
             Case{{types, {"xl/workbook.bin", ""}},
                  "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
             Case{{{"mimetype", "application/epub+zip"}, {"META-INF/container.xml", ""}},
                  "application/epub+zip"},
             Case{{{"mimetype", "application/vnd.oasis.opendocument.text"}},
                  "application/vnd.oasis.opendocument.text"},
             Case{{{"META-INF/MANIFEST.MF", ""}}, "application/java-archive"},
             Case{{{"AndroidManifest.xml", ""}, {"META-INF/MANIFEST.MF", ""}},
                  "application/vnd.android.package-archive"},
             Case{{{"word/document.xml", "without types"}}, "application/zip"},
             Case{{{"mimetype", "text/html"}}, "application/zip"},
             Case{{{"mimetype", "application/json"}}, "application/zip"},
             Case{{{"mimetype", "application/octet-stream"}}, "application/zip"},
             Case{{{"mimetype", "application/<script>"}}, "application/zip"},
             Case{{}, "application/zip"},
         }) {
        EXPECT_EQ(type_of(zip(members), "x.txt"), type);
    }
}

TEST(documents, finds_the_names_behind_large_first_members_and_a_comment) {
    Member const picture{"docProps/thumbnail.jpeg", std::string(300'000, 'j')};
    EXPECT_EQ(type_of(zip({picture, types, {"word/document.xml", ""}})), word);
    EXPECT_EQ(type_of(zip({types, {"xl/workbook.xml", ""}}, "a comment")), excel);
}

TEST(documents, is_a_plain_archive_wherever_it_is_cut) {
    auto const whole = zip({types, {"word/document.xml", "text"}});
    for (std::size_t length = 4; length < whole.size(); ++length)
        EXPECT_EQ(type_of(whole.substr(0, length)), "application/zip") << length;
    EXPECT_EQ(type_of(whole), word);
}

TEST(documents, is_a_plain_archive_when_cut_before_its_declaration) {
    auto const whole = zip({{"mimetype", "application/epub+zip"}});
    for (std::size_t length = 4; length < 38 + 20; ++length)
        EXPECT_EQ(type_of(whole.substr(0, length)), "application/zip") << length;
    EXPECT_EQ(type_of(whole), "application/epub+zip");
}

constexpr std::uint32_t end_of_chain = 0xFFFFFFFE;

std::string directory_entry(std::u16string const& name) {
    std::string entry;
    for (auto const unit : name)
        entry += number(unit, 2);
    entry.resize(64);
    entry += number(2 * name.size() + 2, 2);
    entry.resize(128);
    return entry;
}

// Sector 0 is the FAT; the directory starts in sector 1 and goes on in sector 3.
std::string ole(std::vector<std::u16string> const& names, std::uint32_t after_first = 3) {
    auto header = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s;
    header.resize(30);
    header += number(9, 2);
    header.resize(48);
    header += number(1, 4);
    header.resize(76);
    header += number(0, 4);
    header.resize(512, '\xFF');
    auto fat = number(end_of_chain, 4) + number(after_first, 4) + number(end_of_chain, 4) +
               number(end_of_chain, 4);
    fat.resize(512, '\xFF');
    std::string entries;
    for (auto const& name : names)
        entries += directory_entry(name);
    entries.resize(1024);
    return header + fat + entries.substr(0, 512) + std::string(512, '\0') + entries.substr(512);
}

TEST(documents, tells_what_an_ole_file_is) {
    struct Case {
        std::vector<std::u16string> names;
        std::string_view type;
    };
    for (auto const& [names, type] : {
             Case{{u"Root Entry", u"WordDocument"}, "application/msword"},
             Case{{u"Root Entry", u"Workbook"}, "application/vnd.ms-excel"},
             Case{{u"Root Entry", u"Book"}, "application/vnd.ms-excel"},
             Case{{u"Root Entry", u"PowerPoint Document"}, "application/vnd.ms-powerpoint"},
             Case{{u"Root Entry", u"a", u"b", u"c", u"d", u"WordDocument"}, "application/msword"},
         }) {
        EXPECT_EQ(type_of(ole(names), "x.txt"), type);
    }
}

// As check_content() judges them, when everything that is a document may pass.
CheckedContent check(std::string_view content, std::string_view filename) {
    SimLoop const clock;
    return check_content(MemoryContent(std::as_bytes(std::span(content))), {.filename = filename},
                         {}, clock)
        .value();
}

constexpr char storage = 1;
constexpr char stream = 2;

std::string kind_of_entry(std::string content, std::u16string const& name, char kind) {
    std::string wide;
    for (auto const unit : name)
        wide += number(unit, 2);
    content[content.find(wide + "\0\0"s) + 66] = kind;
    return content;
}

TEST(documents, old_ones_with_macros_are_of_the_type_of_new_ones_with_macros) {
    struct Case {
        std::u16string document;
        std::u16string macros;
        char kind;
        std::string_view type;
    };
    constexpr auto word_macros = "application/vnd.ms-word.document.macroenabled.12";
    for (auto const& [document, macros, kind, type] : {
             Case{u"WordDocument", u"Macros", storage, word_macros},
             Case{u"WordDocument", u"MACROS", storage, word_macros},
             Case{u"WordDocument", u"_VBA_PROJECT", stream, word_macros},
             Case{u"Workbook", u"_VBA_PROJECT_CUR", storage,
                  "application/vnd.ms-excel.sheet.macroenabled.12"},
             Case{u"WordDocument", u"Macros", stream, "application/msword"},
             Case{u"WordDocument", u"Macros and more", storage, "application/msword"},
             Case{u"WordDocument", u"Macro", storage, "application/msword"},
         }) {
        // In the second sector of the directory, too.
        for (auto const& names : {std::vector{document, macros},
                                  std::vector{document, u"a"s, u"b"s, u"c"s, u"d"s, macros}}) {
            auto const content = kind_of_entry(ole(names), macros, kind);
            auto const checked = check(content, "");
            EXPECT_EQ(checked.type, type);
            auto const is_refused = checked.verdict.state == Verdict::State::refused;
            EXPECT_EQ(is_refused, type != "application/msword");
        }
    }
}

TEST(documents, old_presentations_with_a_project_have_macros) {
    auto const project = [](std::uint64_t place) {
        return "\x1F\0\xFF\x03\x14\0\0\0\x02\0\0\x04\x0C\0\0\0"s + number(place, 4);
    };
    auto const document = ole({u"Root Entry", u"PowerPoint Document"});
    for (std::size_t const at : {0UL, 100UL, 65'536 - document.size() - 9}) {
        auto const front = document + std::string(at, 'x');
        EXPECT_EQ(check(front + project(7) + "x", "a.ppt").type,
                  "application/vnd.ms-powerpoint.presentation.macroenabled.12");
        EXPECT_EQ(check(front + project(0) + "x", "a.ppt").type, "application/vnd.ms-powerpoint");
    }
}

TEST(documents, text_about_macros_is_no_macro) {
    auto content = ole({u"Root Entry", u"WordDocument"});
    for (auto const unit : u"How to use Macros and _VBA_PROJECT"s)
        content += number(unit, 2);
    EXPECT_EQ(check(content, "a.doc").verdict.state, Verdict::State::clean);
}

TEST(documents, gives_up_looking_for_macros_at_its_deadline) {
    SimLoop const clock;
    auto const content = ole({u"Root Entry", u"WordDocument"});
    auto const found = macros_in_ole(MemoryContent(std::as_bytes(std::span(content))), clock,
                                     clock.monotonic_now() - seconds(1));
    EXPECT_EQ(found.value(), Macros::not_told);
}

TEST(documents, stops_at_a_directory_that_leads_in_circles_or_nowhere) {
    std::vector<std::u16string> const names{u"Root Entry", u"Wordless"};
    for (std::uint32_t const next : {1U, 0U, 2U, 5000U, 127U, end_of_chain, 0xFFFFFFFFU}) {
        auto const content = ole(names, next);
        EXPECT_EQ(type_of_ole(MemoryContent(std::as_bytes(std::span(content)))).value(), "");
    }
}

TEST(documents, survives_an_ole_file_wherever_it_is_cut) {
    auto const whole = ole({u"Root Entry", u"WordDocument"});
    for (std::size_t length = 8; length < whole.size(); length += 13)
        EXPECT_FALSE(type_of(whole.substr(0, length)).empty());
}

}  // namespace
}  // namespace filegate::ingest
