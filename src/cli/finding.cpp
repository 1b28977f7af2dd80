#include "cli/finding.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/exit_code.hpp"
#include "cli/text_table.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

using State = Finding::State;

struct Words {
    std::string_view mark;
    std::string_view state;
};

Words words_of(State state) {
    switch (state) {
        case State::well:
            return {"ok", "well"};
        case State::impaired:
            return {"warn", "impaired"};
        case State::unwell:
            return {"FAIL", "unwell"};
        case State::skipped:
            return {"-", "skipped"};
    }
    return {"FAIL", "unwell"};
}

}  // namespace

std::string findings_table(std::span<Finding const> findings) {
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : findings)
        rows.push_back({std::string(words_of(one.state).mark), one.part, one.what});
    return text_table(std::move(rows));
}

std::string findings_json(std::span<Finding const> findings) {
    std::string out;
    for (auto const& one : findings) {
        out += fmt::format(R"({{"part":{},"state":"{}","what":{}}})"
                           "\n",
                           observe::json_quoted(one.part), words_of(one.state).state,
                           observe::json_quoted(one.what));
    }
    return out;
}

int exit_code(std::span<Finding const> findings) {
    int worst = exit_ok;
    for (auto const& one : findings) {
        if (one.state == State::unwell)
            worst = std::max(worst, 10 * static_cast<int>(one.category));
    }
    return worst;
}

}  // namespace filegate::cli
