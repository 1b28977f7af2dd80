// Any bytes as clamd's answer: only its one word for clean files is clean.

#include "ingest/clamd_answer.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using State = filegate::ingest::Verdict::State;
    std::string_view const answer(reinterpret_cast<char const*>(data), size);
    auto const verdict = filegate::ingest::verdict_of_clamd(answer);
    if (verdict.state == State::clean) {
        FG_CHECK(answer.starts_with("stream: OK"), "clean is what clamd called clean");
        return 0;
    }
    FG_CHECK(!verdict.error.message.empty(), "there is a reason");
    for (auto const c : verdict.error.message)
        FG_CHECK(static_cast<unsigned char>(c) >= 0x20, "and it can be shown");
    return 0;
}
