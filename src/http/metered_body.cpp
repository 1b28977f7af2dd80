#include "http/metered_body.hpp"

#include "http/arrival.hpp"

namespace filegate::http {
namespace {

constexpr std::uint64_t piece_bytes = 1 << 20;

}  // namespace

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
