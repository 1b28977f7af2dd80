#pragma once
// A request's body, counted towards its sender's rate as it is read.

#include "access/access.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

// Stands in the place of the request's body while it lives; where nobody is limited, it does
// nothing. What was read is counted a piece at a time, so that many uploads at once see one
// another, and the rest when it goes, however the request ended.
class MeteredBody final : public ByteSource {
public:
    MeteredBody(net::ServerRequest& request, access::Access& access,
                access::Principal const& caller);
    ~MeteredBody() override;
    MeteredBody(MeteredBody const&) = delete;
    MeteredBody& operator=(MeteredBody const&) = delete;

    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    void note();

    net::ServerRequest& request_;
    access::Access& access_;
    access::Principal const& caller_;
    ByteSource* const body_;
    std::uint64_t unnoted_bytes_ = 0;
};

}  // namespace filegate::http
