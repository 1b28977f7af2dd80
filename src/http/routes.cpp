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
};

}  // namespace

std::span<Route const> routes() {
    return table;
}

}  // namespace filegate::http
