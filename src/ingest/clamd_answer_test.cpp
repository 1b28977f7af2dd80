#include "ingest/clamd_answer.hpp"

#include <gtest/gtest.h>

namespace filegate::ingest {
namespace {

using namespace std::string_literals;
using State = Verdict::State;

TEST(clamd_answer, only_the_whole_word_for_clean_is_clean) {
    for (auto const& answer : {"stream: OK\0"s, "stream: OK\n"s, "stream: OK"s}) {
        EXPECT_EQ(verdict_of_clamd(answer).state, State::clean) << answer;
    }
    for (auto const& answer :
         {""s, "OK"s, "stream: "s, "stream: O"s, "stream: OK?"s, "stream: ok"s, "stream: FOUND"s,
          "stream:  FOUND"s, "UNKNOWN COMMAND\0"s, "garbage\x01\xff"s, "fd[7]: OK"s}) {
        auto const verdict = verdict_of_clamd(answer);
        EXPECT_EQ(verdict.state, State::not_checked) << answer;
        EXPECT_EQ(verdict.error.code, ErrorCode::scanner_unavailable);
    }
}

TEST(clamd_answer, a_finding_names_the_signature) {
    auto const verdict = verdict_of_clamd("stream: Win.Test.EICAR_HDB-1 FOUND\0"s);
    EXPECT_EQ(verdict.state, State::refused);
    EXPECT_EQ(verdict.error.code, ErrorCode::malicious_file);
    EXPECT_NE(verdict.error.message.find("Win.Test.EICAR_HDB-1"), std::string::npos);
    auto const strange = verdict_of_clamd("stream: a\nb" + std::string(5000, 'x') + " FOUND");
    EXPECT_EQ(strange.state, State::refused);
    EXPECT_EQ(strange.error.message.find('\n'), std::string::npos);
    EXPECT_LT(strange.error.message.size(), 300U);
}

TEST(clamd_answer, a_stream_beyond_its_limit_says_so) {
    auto const verdict = verdict_of_clamd("INSTREAM size limit exceeded. ERROR\0"s);
    EXPECT_EQ(verdict.state, State::not_checked);
    EXPECT_EQ(verdict.error.code, ErrorCode::unchecked_file);
}

}  // namespace
}  // namespace filegate::ingest
