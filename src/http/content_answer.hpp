#pragma once
// A file's bytes as an HTTP answer: Range, ETag, conditional requests (RFC 9110 sections 13, 14).

#include "gateway/gateway.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

// 200, 206, 304, or 416 with the Content-Range the RFC asks for.
Task<Result<net::ServerResponse>> content_answer(net::ServerRequest const& request,
                                                 gateway::FileContent content);

// Content-Disposition for a download: an ASCII fallback and the true name (RFC 6266, RFC 8187).
std::string attachment_disposition(std::string_view filename);

}  // namespace filegate::http
