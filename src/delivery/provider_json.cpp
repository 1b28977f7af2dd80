// The shapes (docs/providers.md, sections 2.5, 3.6, 4.4):
//
//   {"error":{"message","type","param","code"}}     Kimi, OpenAI, GLM (code alone, as text)
//   {"error":"text"}                                a gateway before GLM
//   {"code":1210,"message":"..."}                   GLM, as one schema has it
//
// A file is {id, bytes, created_at, filename, purpose, status, expires_at}; older GLM servers write
// fileName, and created_at may come in milliseconds.

#include "delivery/provider_json.hpp"

#include <boost/json.hpp>

#include "base/utf8.hpp"

namespace filegate::delivery {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 32;
constexpr std::size_t id_bytes_max = 128;
constexpr std::size_t member_bytes_max = 4096;
constexpr std::size_t files_max = 10'000;
// Seconds of the year 5138: what is larger was meant as milliseconds.
constexpr std::int64_t seconds_max = 100'000'000'000;

std::optional<json::value> parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

json::value const* member(json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains({key.data(), key.size()});
    return value && !value->is_null() ? value : nullptr;
}

// Any value as text; a structure as its JSON.
std::string text_of(json::object const& object, std::string_view key) {
    auto const* const value = member(object, key);
    if (!value) return {};
    std::string text;
    if (auto const* const string = value->if_string()) {
        text.assign(string->data(), string->size());
    } else {
        text = json::serialize(*value);
    }
    if (text.size() > member_bytes_max) text.resize(member_bytes_max);
    return text;
}

std::string first_text_of(json::object const& object, std::initializer_list<char const*> keys) {
    for (auto const* const key : keys) {
        if (auto text = text_of(object, key); !text.empty()) return text;
    }
    return {};
}

std::optional<std::int64_t> whole_of(json::object const& object, std::string_view key) {
    auto const* const value = member(object, key);
    if (!value) return std::nullopt;
    boost::system::error_code error;
    auto const number = value->to_number<std::int64_t>(error);
    if (error || number < 0) return std::nullopt;
    return number;
}

std::optional<WallTime> time_of(json::object const& object, std::string_view key) {
    auto const number = whole_of(object, key);
    if (!number || *number > seconds_max * 1000) return std::nullopt;
    if (*number > seconds_max) return WallTime(milliseconds(*number));
    return WallTime(seconds(*number));
}

bool is_usable_id(std::string_view id) {
    auto const is_printable = [](char c) { return c > ' ' && c < 0x7f; };
    return !id.empty() && id.size() <= id_bytes_max && std::ranges::all_of(id, is_printable);
}

std::optional<ProviderFile> file_of(json::value const& value) {
    auto const* const object = value.if_object();
    if (!object) return std::nullopt;
    auto id = text_of(*object, "id");
    if (!is_usable_id(id)) return std::nullopt;
    ProviderFile file;
    file.id = ProviderFileId(std::move(id));
    file.filename = first_text_of(*object, {"filename", "fileName"});
    file.bytes = static_cast<std::uint64_t>(whole_of(*object, "bytes").value_or(0));
    file.purpose = text_of(*object, "purpose");
    file.status = cleaned_text(text_of(*object, "status"), 64);
    file.created_at = time_of(*object, "created_at");
    file.expires_at = time_of(*object, "expires_at");
    return file;
}

// The length of the UTF-8 sequence at the front; 0: not one.
std::size_t sequence_bytes(std::string_view text) {
    auto const lead = static_cast<unsigned char>(text.front());
    auto const count = lead < 0x80 ? 1U : lead >= 0xf0 ? 4U : lead >= 0xe0 ? 3U : 2U;
    return text.size() >= count && decode_utf8(text.substr(0, count)) ? count : 0;
}

bool is_control(std::string_view sequence) {
    auto const lead = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return lead < 0x20 || lead == 0x7f;
    return sequence.size() == 2 && lead == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

}  // namespace

std::string cleaned_text(std::string_view text, std::size_t bytes_max) {
    std::string out;
    while (!text.empty() && out.size() < bytes_max) {
        auto const count = sequence_bytes(text);
        auto const sequence = text.substr(0, std::max<std::size_t>(count, 1));
        auto const shown = count == 0 ? "?" : is_control(sequence) ? " " : sequence;
        if (out.size() + shown.size() > bytes_max) break;
        out += shown;
        text.remove_prefix(sequence.size());
    }
    return out;
}

std::optional<ErrorBody> read_error_body(std::string_view text) {
    auto const value = parse(text);
    auto const* const root = value ? value->if_object() : nullptr;
    if (!root) return std::nullopt;
    auto const* const error = member(*root, "error");
    if (error && error->is_string()) {
        return ErrorBody{{}, text_of(*root, "code"), text_of(*root, "error")};
    }
    auto const* const nested = error ? error->if_object() : nullptr;
    auto const& body = nested ? *nested : *root;
    ErrorBody read{text_of(body, "type"), text_of(body, "code"),
                   first_text_of(body, {"message", "msg"})};
    if (read.type.empty() && read.code.empty() && read.message.empty()) return std::nullopt;
    return read;
}

std::optional<ProviderFile> read_file_object(std::string_view text) {
    auto const value = parse(text);
    return value ? file_of(*value) : std::nullopt;
}

std::optional<FileListPage> read_file_list(std::string_view text) {
    auto const value = parse(text);
    auto const* const root = value ? value->if_object() : nullptr;
    auto const* const entries = root ? root->if_contains("data") : nullptr;
    auto const* const array = entries ? entries->if_array() : nullptr;
    if (!array || array->size() > files_max) return std::nullopt;
    FileListPage page;
    for (auto const& entry : *array) {
        if (auto file = file_of(entry)) page.files.push_back(*std::move(file));
    }
    auto const* const has_more = member(*root, "has_more");
    page.has_more = has_more && has_more->is_bool() && has_more->get_bool();
    return page;
}

}  // namespace filegate::delivery
