#pragma once
// Results as OpenAI's JSON (providers.md section 4), with one member `filegate` beside it.

#include <span>
#include <string_view>

#include "gateway/gateway.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

net::ServerResponse error_answer(Error const& error, RequestId const& id);
// A file that is not the viewer's own says whose it is.
net::ServerResponse file_answer(gateway::FileView const& view, access::Principal const& viewer);
// One file of a list.
std::string file_json(catalog::FileRecord const& file,
                      std::vector<catalog::PlacementRecord> const& placements,
                      PrincipalId const& viewer);
net::ServerResponse deleted_answer(FileId const& id);
// Each file or its error, in the order in which they were sent.
net::ServerResponse batch_answer(std::span<Result<gateway::FileView> const> files,
                                 RequestId const& id);

// The body of POST /v1/files/{id}/deliver: {"provider": "kimi,glm" or [..], "deliver": "wait",
// "purpose": "..."}; an empty body means auto, wait and the recorded purpose.
Result<gateway::DeliverRequest> parse_deliver_request(std::string_view json);

}  // namespace filegate::http
