#include "access/key_source.hpp"

#include <fmt/format.h>

#include "access/key_set.hpp"
#include "base/small_file.hpp"

namespace filegate::access {
namespace {

constexpr seconds fetch_time_max{5};
constexpr seconds connect_time_max{3};

std::unexpected<Error> unreadable(std::string_view place, std::string_view why) {
    return fail(ErrorCode::configuration_error, fmt::format("{} {}", place, why));
}

Result<std::string> read_file(std::filesystem::path const& path) {
    auto text = read_small_file(path, key_text_bytes_max);
    if (!text) return unreadable(path.string(), text.error());
    return *std::move(text);
}

}  // namespace

Task<Result<std::string>> FileKeySource::read() {
    auto work = [this] { return read_file(path_); };
    co_return co_await workers_.run(work);
}

Task<Result<std::string>> UrlKeySource::read() {
    net::ClientRequest request{
        .url = url_,
        .headers = {{"Accept", "application/jwk-set+json, application/json"}},
        .deadline = clock_.monotonic_now() + fetch_time_max,
        .connect_timeout = connect_time_max,
        .stall_timeout = fetch_time_max,
        .response_bytes_max = key_text_bytes_max};
    auto response = co_await http_.send(std::move(request));
    if (!response) {
        co_return unreadable(url_, fmt::format("cannot be had: {}", response.error().message));
    }
    if (response->status != 200) {
        co_return unreadable(url_,
                             fmt::format("answered with status {}, not 200 (redirects are not "
                                         "followed)",
                                         response->status));
    }
    co_return std::move(response->body);
}

}  // namespace filegate::access
