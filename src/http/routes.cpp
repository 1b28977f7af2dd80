#include "http/api.hpp"

namespace filegate::http {
namespace {

using enum access::Scope;

constexpr std::array table{
    Route{{"POST", "/v1/files"}, files_write, &Api::create_file},
    Route{{"PUT", "/v1/files"}, files_write, &Api::put_file},
    Route{{"PUT", "/v1/files/{filename}"}, files_write, &Api::put_file},
    Route{{"POST", "/v1/files:batch"}, files_write, &Api::batch},
    Route{{"GET", "/v1/files"}, files_read, &Api::list_files},
    Route{{"GET", "/v1/files/{id}"}, files_read, &Api::retrieve_file},
    Route{{"GET", "/v1/files/{id}/content"}, files_read, &Api::file_content},
    Route{{"DELETE", "/v1/files/{id}"}, files_write, &Api::delete_file},
    Route{{"POST", "/v1/files/{id}/deliver"}, files_write, &Api::deliver_file},
    Route{{"GET", "/v1/limits"}, files_read, &Api::limits},
    Route{{"GET", "/healthz"}, std::nullopt, &Api::health},
    Route{{"GET", "/readyz"}, std::nullopt, &Api::readiness},
    Route{{"GET", "/v1/admin/health"}, admin, &Api::full_health},
    Route{{"GET", "/v1/admin/breakers"}, admin, &Api::breakers},
    Route{{"POST", "/v1/admin/breakers/{provider}/{transport}"}, admin, &Api::force_breaker},
    Route{{"GET", "/v1/admin/locks"}, admin, &Api::locks},
    Route{{"DELETE", "/v1/admin/locks/{key}"}, admin, &Api::force_unlock},
    Route{{"POST", "/v1/admin/reconcile"}, admin, &Api::reconcile},
    Route{{"GET", "/v1/admin/events"}, admin, &Api::events},
    Route{{"GET", "/v1/admin/audit"}, admin, &Api::audit},
    Route{{"GET", "/v1/admin/audit/verify"}, admin, &Api::verify_audit},
    Route{{"POST", "/v1/admin/tokens/revoke"}, admin, &Api::revoke_token},
    Route{{"GET", "/.well-known/oauth-protected-resource"}, std::nullopt, &Api::protected_resource},
    Route{{"GET", "/.well-known/oauth-protected-resource/{path}"},
          std::nullopt,
          &Api::protected_resource},
    Route{{"GET", "/v1/admin/quotas"}, admin, &Api::quotas},
    Route{{"GET", "/v1/admin/quotas/{principal}"}, admin, &Api::quota},
    Route{{"PUT", "/v1/admin/quotas/{principal}"}, admin, &Api::set_quota},
};

}  // namespace

std::span<Route const> routes() {
    return table;
}

}  // namespace filegate::http
