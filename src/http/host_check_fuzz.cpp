// Two lines of any bytes, a Host and an Origin: without authentication only names of this machine
// get through, and what is read is what is meant, written anew or not.

#include "http/host_check.hpp"

#include "base/check.hpp"

using namespace filegate;
using namespace filegate::http;

namespace {

std::string text_of(net::Authority const& authority) {
    auto const is_six = authority.host.contains(':');
    auto text = is_six ? '[' + authority.host + ']' : authority.host;
    if (authority.port) text += ':' + std::to_string(*authority.port);
    return text;
}

void check_authority(std::string_view text) {
    auto const read = net::parse_authority(text);
    if (!read) return;
    FG_CHECK(net::parse_authority(text_of(*read)) == read, "written anew it is the same");
    FG_CHECK(text.find_first_of("@/\\?#% \t,") == std::string_view::npos,
             "nothing but an authority");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const host = text.substr(0, text.find('\n'));
    auto const origin = text.substr(std::min(text.size(), host.size() + 1));
    check_authority(host);
    if (auto const read = net::parse_origin(origin)) {
        FG_CHECK(origin.contains("://"), "an origin has a scheme");
        check_authority(text_of(read->authority));
    }
    net::ServerRequest request{
        .method = "POST", .host = std::string(host), .id = RequestId("fuzz")};
    if (!origin.empty()) request.headers.add("Origin", std::string(origin));
    if (HostCheck().check(request)) {
        auto const authority = net::parse_authority(host);
        FG_CHECK(authority && net::is_loopback(authority->host), "a name of this machine");
        FG_CHECK(origin.empty() || net::parse_origin(origin)->authority.host == authority->host,
                 "a page of this server");
    }
    return 0;
}
