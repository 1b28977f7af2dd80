#include "ingest/content_policy.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using State = Verdict::State;

Verdict judge(std::string_view type, std::string_view name, ContentOptions const& options = {}) {
    return judge_content({.type = type}, name, options);
}

TEST(content_policy, executables_are_refused_under_every_name) {
    ContentFacts const facts{.type = "text/plain", .executable = "an ELF program"};
    for (std::string_view const name : {"", "a.txt", "a.pdf", "a.bin"}) {
        auto const verdict = judge_content(facts, name, {});
        EXPECT_EQ(verdict.state, State::refused);
        EXPECT_EQ(verdict.error.code, ErrorCode::malicious_file);
    }
}

TEST(content_policy, bombs_and_programs_in_archives_are_refused_before_their_type) {
    for (auto const state : {ArchiveFinding::State::bomb, ArchiveFinding::State::program}) {
        ContentFacts const facts{.type = "application/zip", .archive = {state, "is bad"}};
        EXPECT_EQ(judge_content(facts, "a.zip", {}).error.code, ErrorCode::malicious_file);
    }
}

TEST(content_policy, an_archive_that_cannot_be_read_is_not_checked) {
    ContentFacts const facts{.type = "application/epub+zip",
                             .archive = {ArchiveFinding::State::not_readable, "it is encrypted"}};
    auto const verdict = judge_content(facts, "a.epub", {});
    EXPECT_EQ(verdict.state, State::not_checked);
    EXPECT_FALSE(settle(verdict, Unchecked::refuse));
    EXPECT_NE(settle(verdict, Unchecked::accept)->find("encrypted"), std::string::npos);
    // What is wrong anyway is refused, whatever the policy.
    EXPECT_EQ(judge_content(facts, "a.pdf", {}).state, State::refused);
}

TEST(content_policy, takes_types_by_group_by_name_and_by_pattern) {
    EXPECT_EQ(judge("application/zip", "a.zip").error.code, ErrorCode::invalid_file_type);
    for (std::string const word : {"archives", "application/zip", "application/*"}) {
        EXPECT_EQ(judge("application/zip", "a.zip", {.allowed_types = {word}}).state, State::clean);
        EXPECT_EQ(judge("text/plain", "a.txt", {.allowed_types = {word}}).state, State::refused);
    }
    EXPECT_EQ(judge("application/vnd.ms-word.document.macroenabled.12", "a.docm").state,
              State::refused);
    EXPECT_EQ(judge("application/java-archive", "").state, State::refused);
}

TEST(content_policy, the_extension_must_promise_the_type) {
    struct Case {
        std::string_view type;
        std::string_view name;
        bool passes;
    };
    for (auto const& [type, name, passes] : {
             Case{"application/pdf", "a.pdf", true},
             Case{"application/pdf", "a.PDF", true},
             Case{"application/pdf", "a", true},
             Case{"application/pdf", "", true},
             Case{"application/pdf", "a.unheard-of", true},
             Case{"application/pdf", "a.txt", false},
             Case{"application/pdf", "a.doc", false},
             Case{"text/plain", "a.pdf", false},
             Case{"text/plain", "a.json", true},
             Case{"application/json", "a.txt", true},
             Case{"text/plain", "a.unheard-of", true},
             Case{"text/html", "a.jpg", false},
             Case{"text/rtf", "a.doc", true},
             Case{"image/png", "a.jpg", false},
             Case{"image/svg+xml", "a.svg", true},
             Case{"video/quicktime", "a.mp4", true},
             Case{"application/octet-stream", "a", true},
             Case{"application/octet-stream", "a.bin", true},
             Case{"application/octet-stream", "a.DAT", true},
             Case{"application/octet-stream", "a.txt", false},
             Case{"application/octet-stream", "a.pdf", false},
             Case{"application/octet-stream", "a.unheard-of", false},
         }) {
        auto const verdict = judge(type, name);
        EXPECT_EQ(verdict.state == State::clean, passes) << type << " as " << name;
        if (!passes) {
            EXPECT_EQ(verdict.error.code, ErrorCode::invalid_file_type);
            EXPECT_FALSE(verdict.error.message.empty());
        }
    }
}

TEST(content_policy, the_name_alone_is_enough_to_refuse_it) {
    auto const refused = check_extension("x.EXE", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_extension);
    EXPECT_EQ(refused.error().param, "filename");
    EXPECT_TRUE(check_extension("x.exe", {.blocked_extensions = {}}));
}

}  // namespace
}  // namespace filegate::ingest
