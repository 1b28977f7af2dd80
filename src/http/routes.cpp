#include "http/api.hpp"

namespace filegate::http {
namespace {

constexpr std::array table{
    Route{{"POST", "/v1/files"}, &Api::create_file},
    Route{{"PUT", "/v1/files"}, &Api::put_file},
    Route{{"PUT", "/v1/files/{filename}"}, &Api::put_file},
    Route{{"GET", "/v1/files"}, &Api::list_files},
    Route{{"GET", "/v1/files/{id}"}, &Api::retrieve_file},
    Route{{"GET", "/v1/files/{id}/content"}, &Api::file_content},
    Route{{"DELETE", "/v1/files/{id}"}, &Api::delete_file},
    Route{{"POST", "/v1/files/{id}/deliver"}, &Api::deliver_file},
    Route{{"GET", "/healthz"}, &Api::health},
    Route{{"GET", "/readyz"}, &Api::readiness},
    Route{{"GET", "/v1/admin/health"}, &Api::full_health},
    Route{{"GET", "/v1/admin/breakers"}, &Api::breakers},
    Route{{"POST", "/v1/admin/breakers/{provider}/{transport}"}, &Api::force_breaker},
    Route{{"GET", "/v1/admin/locks"}, &Api::locks},
    Route{{"DELETE", "/v1/admin/locks/{key}"}, &Api::force_unlock},
    Route{{"POST", "/v1/admin/reconcile"}, &Api::reconcile},
    Route{{"GET", "/v1/admin/events"}, &Api::events},
};

}  // namespace

std::span<Route const> routes() {
    return table;
}

}  // namespace filegate::http
