#include "http/metered_body.hpp"

namespace filegate::http {
namespace {

constexpr std::string_view door = "http";
constexpr std::uint64_t piece_bytes = 1 << 20;

}  // namespace

access::Arrival arrival_of(net::ServerRequest const& request) {
    return {.door = door, .peer_address = request.peer_address, .has_body = request.has_body};
}

MeteredBody::MeteredBody(net::ServerRequest& request, access::Access& access,
                         access::Principal const& caller)
    : request_(request), access_(access), caller_(caller), body_(request.body) {
    if (body_ != nullptr && access.limits_rates()) request.body = this;
}

MeteredBody::~MeteredBody() {
    request_.body = body_;
    if (unnoted_bytes_ > 0) note();
}

Task<Result<std::size_t>> MeteredBody::read(std::span<std::byte> into) {
    CO_TRY(auto const count, co_await body_->read(into));
    unnoted_bytes_ += count;
    if (unnoted_bytes_ >= piece_bytes) note();
    co_return count;
}

void MeteredBody::note() {
    access_.note_received(caller_, arrival_of(request_), std::exchange(unnoted_bytes_, 0));
}

}  // namespace filegate::http
