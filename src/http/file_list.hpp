#pragma once
// GET /v1/files. A long list goes out page by page, so that who takes it slowly holds one page of
// it and no more.

#include "gateway/gateway.hpp"
#include "net/http_message.hpp"

namespace filegate::http {

inline constexpr std::size_t list_page_files = 100;

// `first` is the list's first page, of at most list_page_files; `query` asks for the whole.
// `gateway` outlives the answer. When a later page cannot be read the answer breaks off.
net::ServerResponse file_list_answer(gateway::Gateway& gateway, access::Principal const& viewer,
                                     catalog::ListQuery query, gateway::ListedFiles whose,
                                     catalog::FilePage first);

}  // namespace filegate::http
