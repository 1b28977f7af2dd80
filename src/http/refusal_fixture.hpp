#pragma once
// For fuzzers: a refusal of a stranger's text is the stranger's mistake, says why, and is answered
// as JSON, whatever of the text it quotes.

#include <boost/json.hpp>

#include "base/check.hpp"
#include "http/json_answers.hpp"

namespace filegate::http {

inline void check_refusal(Error const& error) {
    FG_CHECK(error.code == ErrorCode::validation_failed, "the caller's mistake");
    FG_CHECK(!error.message.empty(), "a refusal says why");
    auto const answer = error_answer(error, RequestId("fuzz"));
    boost::system::error_code malformed;
    (void)boost::json::parse(std::get<std::string>(answer.body), malformed);
    FG_CHECK(!malformed, "a refusal is JSON");
}

}  // namespace filegate::http
