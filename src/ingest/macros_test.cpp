#include "ingest/macros.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Macros in_part(std::string_view name, std::string_view content, std::size_t head_bytes = 4) {
    auto const head = std::min(content.size(), head_bytes);
    PartSearch part(name, bytes_of(content.substr(0, head)));
    part.take(bytes_of(content.substr(head)));
    return part.finish();
}

TEST(macros, are_named_by_a_part_in_any_case) {
    for (auto const* const name : {"word/vbaProject.bin", "word/vbaproject.BIN", "VBAPROJECT.bin"})
        EXPECT_EQ(in_part(name, "x"), Macros::present) << name;
    for (auto const* const name : {"word/vbaProject.xml", "word/vbaProject.bin/x", ""})
        EXPECT_EQ(in_part(name, "x"), Macros::none) << name;
}

TEST(macros, are_told_by_content_types_whatever_the_part_is_called) {
    for (auto const& list : {
             "<Types a='application/vnd.ms-word.document.MacroEnabled.main+xml'/>"s,
             "<Types a='application/vnd.ms-office.vbaProject'/>"s,
             "<Types a='application/vnd.ms-excel.intlmacrosheet+xml'/>"s,
             "<Types/>" + std::string(900'000, ' ') + "macroEnabled",
         }) {
        EXPECT_EQ(in_part("[content_types].XML", list), Macros::present) << list.substr(0, 80);
        EXPECT_EQ(in_part("word/document.xml", list), Macros::none) << list.substr(0, 80);
    }
    for (auto const& list : {"<Types/>"s, "<?xml version='1.0' encoding='UTF-8'?><Types/>"s,
                             "<?xml version='1.0'?><!-- 1 --><Types a='encoding'/>"s}) {
        EXPECT_EQ(in_part("[Content_Types].xml", list), Macros::none) << list;
    }
}

TEST(macros, are_read_in_utf16) {
    std::string wide = "\xFF\xFE";
    for (auto const unit : "<Types a='macroEnabled'/>"s)
        wide += unit + "\0"s;
    EXPECT_EQ(macros_in_content_types(wide), Macros::present);
}

TEST(macros, are_not_told_where_content_types_hide_what_they_say) {
    for (auto const& list :
         {"<Types a='macroE&#110;abled'/>"s, "<!DOCTYPE x [<!ENTITY n 'n'>]><Types/>"s,
          "<?xml version='1.0' encoding='UTF-7'?><Types a='macroE+AG4-abled'/>"s,
          "<?xml version='1.0' encoding='utf-7' x='utf-8'?><Types/>"s,
          "<?xml version='1.0'" + std::string(999, ' ') + "encoding = 'x'?><Types/>",
          "<?xml encoding"s, "<Types/><?xml encoding='"s, "no list"s, ""s,
          "<Types/>"s + std::string((1 << 20) + 1, ' ')}) {
        EXPECT_EQ(in_part("[Content_Types].xml", list), Macros::not_told) << list.substr(0, 80);
    }
}

// An OLE file so far as it is searched: its mark, and one entry of a directory.
std::string ole_with(std::size_t entry_at, std::u16string const& name, char kind) {
    auto content = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s;
    content.resize(entry_at);
    for (auto const unit : name) {
        content += static_cast<char>(unit);
        content += '\0';
    }
    content.resize(entry_at + 64);
    content += static_cast<char>(2 * name.size() + 2) + "\0"s + kind;
    content.resize(entry_at + 200);
    return content;
}

TEST(macros, are_found_in_an_ole_part_however_its_bytes_arrive) {
    auto const content = ole_with(1024, u"_vba_Project", 2);
    EXPECT_EQ(in_part("word/embeddings/a.bin", content), Macros::none) << "too short to be told";
    EXPECT_EQ(in_part("word/embeddings/a.bin", content, 8), Macros::present);
    for (std::size_t const bytes : {1, 7, 64, 127, 128, 129, 1000, 5000}) {
        OleMacroSearch search;
        for (std::size_t at = 0; at < content.size(); at += bytes)
            search.take(bytes_of(std::string_view(content).substr(at, bytes)));
        EXPECT_TRUE(search.has_found()) << bytes;
    }
}

TEST(macros, are_entries_of_a_directory_and_not_words) {
    struct Case {
        std::size_t at;
        std::u16string name;
        char kind;
        bool is_found;
    };
    for (auto const& [at, name, kind, is_found] : {
             Case{512, u"Macros", 1, true},
             Case{512, u"_VBA_PROJECT_CUR", 1, true},
             Case{512, u"Macros", 2, false},
             Case{520, u"Macros", 1, false},
             Case{512, u"Macros2", 1, false},
             Case{512, u"Nacros", 1, false},
         }) {
        OleMacroSearch search;
        search.take(bytes_of(ole_with(at, name, kind)));
        EXPECT_EQ(search.has_found(), is_found) << at << int(kind);
    }
}

TEST(macros, give_documents_another_type) {
    for (auto const* const type :
         {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "application/vnd.openxmlformats-officedocument.presentationml.presentation",
          "application/epub+zip", "application/vnd.oasis.opendocument.text"}) {
        EXPECT_TRUE(type_with_macros(type).ends_with(".macroenabled.12")) << type;
    }
    for (auto const* const type : {"application/zip", "application/pdf",
                                   "application/vnd.ms-word.document.macroenabled.12"}) {
        EXPECT_EQ(type_with_macros(type), type);
    }
}

}  // namespace
}  // namespace filegate::ingest
