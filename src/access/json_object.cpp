#include "access/json_object.hpp"

#include <jansson.h>

namespace filegate::access {
namespace {

std::string text_of(json_t const* value) {
    return {json_string_value(value), json_string_length(value)};
}

}  // namespace

void JsonObject::Release::operator()(json_t* value) const {
    json_decref(value);
}

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
    Value value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
    if (!json_is_object(value.get())) return std::nullopt;
    return JsonObject(std::move(value));
}

json_t* JsonObject::find(std::string_view name) const {
    return json_object_getn(value_.get(), name.data(), name.size());
}

std::optional<std::string> JsonObject::text(std::string_view name) const {
    auto const* const value = find(name);
    if (!json_is_string(value)) return std::nullopt;
    return text_of(value);
}

std::optional<double> JsonObject::number(std::string_view name) const {
    auto const* const value = find(name);
    if (!json_is_number(value)) return std::nullopt;
    return json_number_value(value);
}

std::optional<std::vector<std::string>> JsonObject::texts(std::string_view name) const {
    auto* const value = find(name);
    if (json_is_string(value)) return std::vector{text_of(value)};
    if (!json_is_array(value)) return std::nullopt;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < json_array_size(value); ++i) {
        auto const* const item = json_array_get(value, i);
        if (!json_is_string(item)) return std::nullopt;
        all.push_back(text_of(item));
    }
    return all;
}

std::optional<std::vector<JsonObject>> JsonObject::objects(std::string_view name,
                                                           std::size_t count_max) const {
    auto* const list = find(name);
    if (!json_is_array(list) || json_array_size(list) > count_max) return std::nullopt;
    std::vector<JsonObject> all;
    for (std::size_t i = 0; i < json_array_size(list); ++i) {
        auto* const item = json_array_get(list, i);
        if (json_is_object(item)) all.push_back(JsonObject(Value(json_incref(item))));
    }
    return all;
}

std::string JsonObject::dump() const {
    std::string text;
    auto const append = [](char const* bytes, std::size_t count, void* out) {
        static_cast<std::string*>(out)->append(bytes, count);
        return 0;
    };
    (void)json_dump_callback(value_.get(), append, &text, JSON_COMPACT | JSON_ENSURE_ASCII);
    return text;
}

}  // namespace filegate::access
