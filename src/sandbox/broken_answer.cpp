#include "sandbox/broken_answer.hpp"

#include <boost/json.hpp>

#include "sandbox/slow_source.hpp"

namespace filegate::sandbox {

namespace {

namespace json = boost::json;

constexpr std::uint64_t missing_bytes = 64;

class DripSource final : public ByteSource {
public:
    DripSource(std::string text, milliseconds total)
        : size_(text.size()), text_(std::move(text)), slow_(text_, size_, total) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { return slow_.read(into); }

private:
    std::uint64_t size_;
    MemorySource text_;
    SlowSource slow_;
};

// The answer's JSON, when it is a success that has some.
std::string* success_text(net::ServerResponse& response) {
    auto const is_json = response.headers.find("Content-Type") == "application/json";
    auto const is_success = response.status >= 200 && response.status < 300;
    return is_json && is_success ? std::get_if<std::string>(&response.body) : nullptr;
}

}  // namespace

void halve_json(net::ServerResponse& response) {
    if (auto* const text = success_text(response)) text->resize(text->size() / 2);
}

void empty_json(net::ServerResponse& response) {
    if (auto* const text = success_text(response)) text->clear();
}

void leave_out_id(net::ServerResponse& response) {
    auto* const text = success_text(response);
    if (text == nullptr) return;
    auto object = json::parse(*text).as_object();
    object.stable_erase("id");
    *text = json::serialize(object);
}

void drip(net::ServerResponse& response, milliseconds total) {
    auto* const text = std::get_if<std::string>(&response.body);
    if (text == nullptr || text->empty()) return;
    auto const size = text->size();
    response.body = net::StreamedBody{
        .source = std::make_unique<DripSource>(std::move(*text), total), .size_bytes = size};
}

// The server takes a source that ends early for a broken one, and cuts the connection.
void announce_more(net::ServerResponse& response) {
    if (auto* const text = std::get_if<std::string>(&response.body)) {
        auto const size = text->size();
        response.body = net::StreamedBody{
            .source = std::make_unique<MemorySource>(std::move(*text)), .size_bytes = size};
    }
    auto& size = std::get<net::StreamedBody>(response.body).size_bytes;
    size = size.value_or(0) + missing_bytes;
}

}  // namespace filegate::sandbox
