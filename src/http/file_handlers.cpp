// One handler per row of routes.cpp.

#include "http/api.hpp"
#include "http/content_answer.hpp"
#include "http/file_list.hpp"
#include "http/incoming.hpp"
#include "http/json_answers.hpp"
#include "http/parameters.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t deliver_body_bytes_max = 16 * 1024;
constexpr std::size_t list_limit_default = 1000;
constexpr std::size_t list_limit_max = 10'000;  // OpenAI's bound

// An id of another form cannot exist; the catalog need not be asked.
Result<FileId> file_id(std::string const& text, std::string_view param = "id") {
    if (is_file_id(text)) return FileId(text);
    return fail(Error{.code = ErrorCode::file_not_found,
                      .message = "No such File object: " + text,
                      .param = std::string(param)});
}

Result<catalog::ListQuery> list_query(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    catalog::ListQuery list;
    TRY(list.limit, limit_parameter(query, list_limit_default, list_limit_max));
    if (auto const purpose = query.find("purpose"); purpose && !purpose->empty()) {
        list.purpose = Purpose(std::string(*purpose));
    }
    if (auto const after = query.find("after"); after && !after->empty()) {
        TRY(list.after, file_id(std::string(*after), "after"));
    }
    auto const order = query.find("order").value_or("desc");
    if (order != "asc" && order != "desc") {
        return refuse_parameter("order", fmt::format("order is asc or desc, not '{}'", order));
    }
    list.is_ascending = order == "asc";
    return list;
}

// owner=NAME or owner=*, for admins.
Result<gateway::ListedFiles> listed_files(std::string_view text) {
    TRY(auto const query, net::Query::parse(text));
    auto const owner = query.find("owner");
    if (!owner || owner->empty()) return gateway::ListedFiles();
    if (*owner == "*") return gateway::ListedFiles{.is_everybodys = true};
    return gateway::ListedFiles{.owner = PrincipalId(std::string(*owner))};
}

}  // namespace

Api::Answer Api::create_file(Call& call) {
    CO_TRY(auto const upload,
           co_await FormUpload::begin(call.request, parts_.access.file_bytes_max()));
    CO_TRY(auto const view, co_await parts_.gateway.upload(call.caller, *upload));
    co_return co_await with_quota(call.caller, file_answer(view, call.caller));
}

Api::Answer Api::put_file(Call& call) {
    auto const filename = call.values.empty() ? std::string() : call.values.front();
    CO_TRY(auto upload, RawUpload::begin(call.request, filename));
    CO_TRY(auto const view, co_await parts_.gateway.upload(call.caller, upload));
    co_return co_await with_quota(call.caller, file_answer(view, call.caller));
}

Api::Answer Api::list_files(Call& call) {
    CO_TRY(auto query, list_query(call.request.query));
    CO_TRY(auto whose, listed_files(call.request.query));
    auto first = query;
    first.limit = std::min(query.limit, list_page_files);
    CO_TRY(auto page, co_await parts_.gateway.list(call.caller, std::move(first), whose));
    co_return file_list_answer(parts_.gateway, call.caller, std::move(query), std::move(whose),
                               std::move(page));
}

Api::Answer Api::retrieve_file(Call& call) {
    CO_TRY(auto id, file_id(call.values.front()));
    CO_TRY(auto const view, co_await parts_.gateway.find(call.caller, std::move(id)));
    co_return file_answer(view, call.caller);
}

Api::Answer Api::file_content(Call& call) {
    CO_TRY(auto id, file_id(call.values.front()));
    CO_TRY(auto content, co_await parts_.gateway.content(call.caller, std::move(id)));
    co_return co_await content_answer(call.request, std::move(content));
}

Api::Answer Api::delete_file(Call& call) {
    CO_TRY(auto const id, file_id(call.values.front()));
    CO_TRY(co_await parts_.gateway.remove(call.caller, id));
    co_return co_await with_quota(call.caller, deleted_answer(id));
}

Api::Answer Api::deliver_file(Call& call) {
    CO_TRY(auto id, file_id(call.values.front()));
    CO_TRY(auto const body, co_await read_all(*call.request.body, deliver_body_bytes_max));
    CO_TRY(auto request, parse_deliver_request(body));
    CO_TRY(auto const view,
           co_await parts_.gateway.deliver(call.caller, std::move(id), std::move(request)));
    co_return file_answer(view, call.caller);
}

Api::Answer Api::health(Call&) {
    net::ServerResponse answer;
    answer.headers.add("Content-Type", "application/json");
    answer.body = std::string("{\"ok\":true}\n");
    co_return answer;
}

}  // namespace filegate::http
