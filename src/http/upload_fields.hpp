#pragma once
// The text fields of an upload, the same in a form, in a query string and in JSON. Pure.

#include <string_view>

#include "gateway/gateway.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

// purpose, provider, deliver, filename, expires_after[anchor], expires_after[seconds] (or
// expires_after). An empty value means "not given"; unknown names are ignored, as OpenAI's API
// does. Fails with validation_failed, naming the field and the values it takes.
Result<void> set_upload_field(gateway::UploadRequest& request, std::string_view name,
                              std::string_view value);

// validation_failed, listing the names, when `name` is none of the above.
Result<void> check_upload_field_name(std::string_view name);

// Content-Digest (RFC 9530, sha-256) and X-Content-SHA256 (64 hex characters).
Result<std::optional<Sha256Digest>> announced_digest(net::Headers const& headers);

}  // namespace filegate::http
