#include "http/json_answers.hpp"

#include "http/json_values.hpp"
#include "http/upload_fields.hpp"
#include "observe/escape.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

// OpenAI's own (deprecated but required) words.
std::string_view openai_status(catalog::FileStatus status) {
    switch (status) {
        case catalog::FileStatus::kept:
            return "uploaded";
        case catalog::FileStatus::placed:
            return "processed";
        case catalog::FileStatus::failed:
            return "error";
    }
    return "error";
}

std::string_view placement_status(catalog::PlacementStatus status) {
    switch (status) {
        case catalog::PlacementStatus::live:
            return "completed";
        case catalog::PlacementStatus::deleting:
            return "deleting";
        case catalog::PlacementStatus::deleted:
            return "deleted";
        case catalog::PlacementStatus::vanished:
            return "vanished";
    }
    return "vanished";
}

json::object placement_object(catalog::PlacementRecord const& placement) {
    return {{"provider", placement.key.provider.text()},
            {"account", placement.key.account.text()},
            {"provider_file_id", placement.provider_file_id.text()},
            {"purpose", placement.key.purpose.text()},
            {"status", placement_status(placement.status)},
            {"expires_at", seconds_or_null(placement.expires_at)}};
}

json::object error_object(Error const& error) {
    auto const& row = error_row(error.code);
    return {{"error_code", std::to_string(static_cast<int>(error.code))},
            {"error_name", row.name},
            {"message", observe::printable(error.message)},
            {"provider", text_or_null(observe::printable(error.provider))}};
}

json::array failed_deliveries(gateway::Outcomes const& outcomes) {
    json::array failures;
    for (auto const& outcome : outcomes) {
        if (!outcome.failure) continue;
        auto failure = error_object(*outcome.failure);
        failure["provider"] = outcome.provider.text();
        failures.push_back(std::move(failure));
    }
    return failures;
}

json::object file_object(catalog::FileRecord const& file,
                         std::vector<catalog::PlacementRecord> const& placements,
                         bool is_deduplicated, PrincipalId const& viewer) {
    json::array places;
    for (auto const& placement : placements)
        places.push_back(placement_object(placement));
    json::object ours{{"sha256", file.sha256.hex()},
                      {"mime_type", file.mime_type},
                      {"deduplicated", is_deduplicated},
                      {"placements", std::move(places)}};
    if (file.owner != viewer) ours["owner"] = observe::printable(file.owner.text());
    return {{"id", file.id.text()},
            {"object", "file"},
            {"bytes", file.bytes},
            {"created_at", unix_seconds(file.created_at)},
            {"expires_at", seconds_or_null(file.expires_at)},
            {"filename", file.name},
            {"purpose", file.purpose.text()},
            {"status", openai_status(file.status)},
            {"status_details", text_or_null(file.status_details)},
            {"filegate", std::move(ours)}};
}

// Providers as one string or as a list of strings.
Result<std::string> provider_member(json::object const& object) {
    auto const* const value = object.if_contains("provider");
    if (value == nullptr || !value->is_array()) return text_member(object, "provider");
    std::string joined;
    for (auto const& name : value->get_array()) {
        if (!name.is_string()) return text_member(json::object{{"provider", 0}}, "provider");
        joined += (joined.empty() ? "" : ",") + std::string(name.get_string());
    }
    return joined;
}

json::object error_body(Error const& error, RequestId const& id) {
    auto const& row = error_row(error.code);
    auto extra = error_object(error);
    auto const message = extra.at("message");
    extra.erase("message");
    extra["file_id"] = text_or_null(observe::printable(error.file_id));
    extra["request_id"] = id.text();
    extra["retry_after_s"] =
        error.retry_after_s ? json::value(*error.retry_after_s) : json::value();
    return {{"error", json::object{{"message", message},
                                   {"type", row.openai_type},
                                   {"param", text_or_null(observe::printable(error.param))},
                                   {"code", row.openai_code},
                                   {"filegate", std::move(extra)}}}};
}

json::object view_object(gateway::FileView const& view, PrincipalId const& viewer) {
    auto object = file_object(view.file, view.placements, view.is_deduplicated, viewer);
    auto failures = failed_deliveries(view.outcomes);
    if (!failures.empty()) {
        object["filegate"].as_object()["failed_deliveries"] = std::move(failures);
    }
    return object;
}

}  // namespace

net::ServerResponse error_answer(Error const& error, RequestId const& id) {
    auto answer = json_answer(error_row(error.code).http_status, error_body(error, id));
    if (error.retry_after_s) {
        answer.headers.add("Retry-After", std::to_string(*error.retry_after_s));
    }
    return answer;
}

net::ServerResponse file_answer(gateway::FileView const& view, access::Principal const& viewer) {
    return json_answer(200, view_object(view, viewer.id()));
}

net::ServerResponse batch_answer(std::span<Result<gateway::FileView> const> files,
                                 RequestId const& id) {
    json::array list;
    for (auto const& file : files) {
        if (file) {
            list.push_back(view_object(*file, file->file.owner));
        } else {
            list.push_back(error_body(file.error(), id));
        }
    }
    auto const failed = std::ranges::count_if(files, [](auto const& file) { return !file; });
    return json_answer(200, {{"object", "list"},
                             {"data", std::move(list)},
                             {"succeeded", std::ssize(files) - failed},
                             {"failed", failed}});
}

std::string file_json(catalog::FileRecord const& file,
                      std::vector<catalog::PlacementRecord> const& placements,
                      PrincipalId const& viewer) {
    return json::serialize(file_object(file, placements, false, viewer));
}

net::ServerResponse deleted_answer(FileId const& id) {
    return json_answer(200, {{"id", id.text()}, {"object", "file"}, {"deleted", true}});
}

Result<gateway::DeliverRequest> parse_deliver_request(std::string_view text) {
    if (text.empty()) return gateway::DeliverRequest();
    TRY(auto const object, parse_object(text, R"({"provider":"glm"})"));
    for (auto const& member : object) {
        TRY(check_upload_field_name(member.key()));
    }
    TRY(auto const providers, provider_member(object));
    TRY(auto const mode, text_member(object, "deliver"));
    TRY(auto const purpose, text_member(object, "purpose"));
    gateway::UploadRequest fields;
    TRY(set_upload_field(fields, "provider", providers));
    TRY(set_upload_field(fields, "deliver", mode));
    TRY(set_upload_field(fields, "purpose", purpose));
    return gateway::DeliverRequest{.providers = std::move(fields.providers),
                                   .purpose = std::move(fields.purpose),
                                   .mode = fields.mode};
}

}  // namespace filegate::http
