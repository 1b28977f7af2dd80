#include "http/incoming.hpp"

#include "http/upload_fields.hpp"
#include "net/url.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t field_bytes_max = 4096;
constexpr std::size_t epilogue_bytes_max = 64 * 1024;

// What a form adds around its file: boundaries, part headers and fields. Generous, so that a file
// is never refused for its form; a bigger form only loses the early refusal.
constexpr std::uint64_t form_overhead_bytes = 64 * 1024;

access::DeclaredSize raw_size(net::ServerRequest const& request) {
    if (!request.has_body) return {.at_most = 0};
    return {.at_least = request.content_length.value_or(0), .at_most = request.content_length};
}

access::DeclaredSize form_size(net::ServerRequest const& request) {
    if (!request.content_length) return {};
    auto const length = *request.content_length;
    return {.at_least = length - std::min(length, form_overhead_bytes), .at_most = length};
}

class PartSource final : public ByteSource {
public:
    explicit PartSource(net::MultipartReader& reader) : reader_(reader) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        return reader_.read(into);
    }

private:
    net::MultipartReader& reader_;
};

Error bad_form(std::string message) {
    return {.code = ErrorCode::validation_failed, .message = std::move(message), .param = "file"};
}

}  // namespace

Result<RawUpload> RawUpload::begin(net::ServerRequest& request, std::string_view filename) {
    gateway::UploadRequest fields;
    TRY(auto const query, net::Query::parse(request.query));
    for (auto const& [name, value] : query.parameters()) {
        // A form may carry fields that only OpenAI knows; this shape is ours alone, and a misspelt
        // `deliver=none` must not send the file out.
        TRY(check_upload_field_name(name));
        TRY(set_upload_field(fields, name, value));
    }
    if (!filename.empty()) fields.name = filename;
    if (fields.name.empty()) {
        return fail(Error{.code = ErrorCode::validation_failed,
                          .message = "a raw upload needs a name: PUT /v1/files/NAME or "
                                     "PUT /v1/files?filename=NAME",
                          .param = "filename"});
    }
    TRY(fields.announced_sha256, announced_digest(request.headers));
    fields.declared = raw_size(request);
    return RawUpload(request, std::move(fields));
}

Task<Result<std::size_t>> RawUpload::read(std::span<std::byte> into) {
    return request_->body->read(into);
}

Task<Result<std::unique_ptr<FormUpload>>> FormUpload::begin(net::ServerRequest& request,
                                                            std::uint64_t file_bytes_max) {
    auto const content_type = request.headers.find("Content-Type").value_or("");
    CO_TRY(auto boundary, net::multipart_boundary(content_type));
    if (auto refusal =
            access::size_refusal(file_bytes_max, {.at_least = form_size(request).at_least})) {
        co_return fail(std::move(*refusal));
    }
    std::unique_ptr<FormUpload> upload(new FormUpload(request, std::move(boundary)));
    upload->fields_.declared = form_size(request);
    CO_TRY(auto const has_file, co_await upload->find_file_part());
    if (!has_file) {
        co_return fail(
            bad_form("the form has no part named 'file'; send the file in a part with "
                     "Content-Disposition: form-data; name=\"file\"; filename=\"...\""));
    }
    // The form's digest header covers the whole form (RFC 9530), not the file; only the header of
    // our own names the file's.
    net::Headers own;
    if (auto const hex = request.headers.find("X-Content-SHA256")) {
        own.add("X-Content-SHA256", std::string(*hex));
    }
    CO_TRY(upload->fields_.announced_sha256, announced_digest(own));
    co_return upload;
}

Task<Result<bool>> FormUpload::find_file_part() {
    while (true) {
        CO_TRY(auto const head, co_await reader_.next_part());
        if (!head) co_return false;
        if (head->name == "file") {
            if (head->filename) fields_.name = *head->filename;
            if (fields_.name.empty()) {
                co_return fail(bad_form("the part named 'file' has no filename"));
            }
            co_return true;
        }
        CO_TRY(co_await read_field(*head));
    }
}

Task<Result<void>> FormUpload::read_field(net::PartHead const& head) {
    PartSource part(reader_);
    auto value = co_await read_all(part, field_bytes_max);
    if (!value) {
        auto error = std::move(value).error();
        if (error.param.empty()) error.param = head.name;
        co_return fail(std::move(error));
    }
    if (head.name == "filename") co_return {};  // only the file part names the file
    co_return set_upload_field(fields_, head.name, *value);
}

Task<Result<std::size_t>> FormUpload::read(std::span<std::byte> into) {
    if (is_at_end_) co_return 0;
    CO_TRY(auto const count, co_await reader_.read(into));
    if (count > 0) co_return count;
    CO_TRY(co_await read_fields_behind());
    is_at_end_ = true;
    co_return 0;
}

Task<Result<void>> FormUpload::read_fields_behind() {
    while (true) {
        CO_TRY(auto const head, co_await reader_.next_part());
        if (!head) co_return co_await read_epilogue();
        if (head->name == "file") {
            co_return fail(
                bad_form("the form has a second part named 'file'; send one file a "
                         "request"));
        }
        CO_TRY(co_await read_field(*head));
    }
}

// What follows the closing boundary means nothing, but a body that breaks off there was announced
// wrongly, and such a client is told rather than believed.
Task<Result<void>> FormUpload::read_epilogue() {
    std::array<std::byte, 4096> dropped{};
    std::size_t total = 0;
    while (total <= epilogue_bytes_max) {
        CO_TRY(auto const count, co_await body_.read(dropped));
        if (count == 0) co_return {};
        total += count;
    }
    co_return fail(bad_form(
        fmt::format("more than {} bytes follow the form's closing boundary", epilogue_bytes_max)));
}

}  // namespace filegate::http
