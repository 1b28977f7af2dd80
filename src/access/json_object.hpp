#pragma once
// One JSON object from a stranger, read strictly: a name that stands twice at any depth, text that
// is not UTF-8, a NUL or anything behind the object makes it unreadable. Jansson, which the JOSE
// library needs anyway, stays in the .cpp.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct json_t;

namespace filegate::access {

class JsonObject {
public:
    static std::optional<JsonObject> parse(std::string_view text);

    bool has(std::string_view name) const { return find(name) != nullptr; }
    // None: absent, or of another type. Ask has() where the difference matters.
    std::optional<std::string> text(std::string_view name) const;
    std::optional<double> number(std::string_view name) const;
    // A list of texts; a single text is a list of one.
    std::optional<std::vector<std::string>> texts(std::string_view name) const;
    // The objects of a list, other things left out; none: no list, or longer than `count_max`.
    std::optional<std::vector<JsonObject>> objects(std::string_view name,
                                                   std::size_t count_max) const;

    std::string dump() const;  // on one line

private:
    struct Release {
        void operator()(json_t* value) const;
    };
    using Value = std::unique_ptr<json_t, Release>;
    explicit JsonObject(Value value) : value_(std::move(value)) {}

    json_t* find(std::string_view name) const;

    Value value_;
};

}  // namespace filegate::access
