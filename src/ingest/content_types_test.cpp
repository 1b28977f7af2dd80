#include "ingest/content_types.hpp"

#include <gtest/gtest.h>

#include "ingest/content_options.hpp"

namespace filegate::ingest {
namespace {

TEST(content_types, every_group_is_a_word_for_something_and_none_for_programs) {
    for (auto const group : type_groups()) {
        for (std::string_view const program :
             {"application/x-executable", "application/vnd.microsoft.portable-executable",
              "application/x-mach-binary", "application/wasm", "application/java-archive",
              "application/vnd.ms-word.document.macroenabled.12"}) {
            EXPECT_FALSE(is_allowed_type(program, std::vector{std::string(group)})) << group;
        }
    }
    for (auto const& word : ContentOptions().allowed_types) {
        EXPECT_NE(std::ranges::find(type_groups(), word), type_groups().end()) << word;
    }
}

TEST(content_types, a_word_means_a_group_a_type_or_what_begins_alike) {
    struct Case {
        std::string_view type;
        std::string word;
        bool is_allowed;
    };
    for (auto const& [type, word, is_allowed] : {
             Case{"image/png", "images", true},
             Case{"image/png", "image", false},
             Case{"image/png", "image/*", true},
             Case{"image/png", "image/pn", false},
             Case{"image/png", "image/png ", false},
             Case{"image/png", "IMAGES", false},
             Case{"image/png", "*", true},
             Case{"image/png", "", false},
             Case{"image/png", "*/png", false},
             Case{"imagex/png", "image/*", false},
             Case{"", "image/*", false},
             Case{"images", "images", false},
             Case{"application/pdf-not", "documents", false},
             Case{"application/vnd.oasis.opendocument.text", "documents", true},
             Case{"application/pdf application/msword", "documents", false},
             Case{"video/mp4", "audio", false},
         }) {
        EXPECT_EQ(is_allowed_type(type, std::vector{word}), is_allowed) << type << " by " << word;
    }
    EXPECT_FALSE(is_allowed_type("image/png", {}));
    EXPECT_TRUE(is_allowed_type("image/png", std::vector<std::string>{"audio", "images"}));
}

TEST(content_types, an_extension_is_a_whole_word_of_the_table) {
    for (std::string_view const extension : {"", "pd", "pdfx", "jpg jpeg", " jpg", "PDF", "*"})
        EXPECT_EQ(agreement(extension, "application/pdf"), Agreement::unknown_extension)
            << extension;
    EXPECT_EQ(agreement("jpeg", "image/jpeg"), Agreement::agrees);
    EXPECT_EQ(agreement("jfif", "image/jpeg"), Agreement::agrees);
    EXPECT_EQ(agreement("jpeg", "image/jpe"), Agreement::disagrees);
    EXPECT_EQ(agreement("jpeg", ""), Agreement::disagrees);
    EXPECT_EQ(agreement("odt", "application/vnd.oasis.opendocument.text"), Agreement::agrees);
    EXPECT_EQ(agreement("odt", "application/vnd.oasis.opendocumentx"), Agreement::disagrees);
    EXPECT_EQ(agreement("docx", "application/vnd.ms-word.document.macroenabled.12"),
              Agreement::disagrees);
}

TEST(content_types, a_promise_is_named_by_its_first_type) {
    EXPECT_EQ(promised_type("pdf"), "application/pdf");
    EXPECT_EQ(promised_type("doc"), "application/msword");
    EXPECT_EQ(promised_type("md"), "text");
    EXPECT_EQ(promised_type("bin"), "*");
    EXPECT_EQ(promised_type("unheard-of"), "");
    EXPECT_EQ(promised_type(""), "");
}

TEST(content_types, what_is_written_is_text_whatever_its_name) {
    for (std::string_view const type : {"text/plain", "text/", "application/json", "image/svg+xml"})
        EXPECT_TRUE(is_text_type(type)) << type;
    for (std::string_view const type :
         {"text", "", "application/jsonx", "image/svg", "application/pdf"}) {
        EXPECT_FALSE(is_text_type(type)) << type;
    }
}

}  // namespace
}  // namespace filegate::ingest
