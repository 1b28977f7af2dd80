#pragma once
// A string with a type: ids that cannot be swapped for one another.

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace filegate {

template <class Tag>
class Named {
public:
    Named() = default;
    explicit Named(std::string text) : text_(std::move(text)) {}

    std::string const& text() const { return text_; }
    bool is_empty() const { return text_.empty(); }

    friend auto operator<=>(Named const&, Named const&) = default;

private:
    std::string text_;
};

}  // namespace filegate

template <class Tag>
struct std::hash<filegate::Named<Tag>> {
    std::size_t operator()(filegate::Named<Tag> const& name) const noexcept {
        return std::hash<std::string>{}(name.text());
    }
};
