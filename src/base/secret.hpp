#pragma once
// A text that must never reach a log, an error, a metric or a page. It has no formatter and no
// stream operator on purpose; only the adapter that sends it asks for reveal().

#include <string>
#include <utility>

namespace filegate {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    std::string const& reveal() const { return text_; }
    bool is_empty() const { return text_.empty(); }

private:
    std::string text_;
};

}  // namespace filegate
