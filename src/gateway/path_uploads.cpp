#include "gateway/path_uploads.hpp"

namespace filegate::gateway {
namespace {

class PathIncoming final : public IncomingFile {
public:
    PathIncoming(UploadRequest request, std::unique_ptr<paths::PathFile> file)
        : request_(std::move(request)), file_(std::move(file)) {}

    UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { return file_->read(into); }

private:
    UploadRequest request_;
    std::unique_ptr<paths::PathFile> file_;
};

// On a drive both slashes separate.
std::string last_part(std::string_view path) {
    auto const start = path.find_last_of(path.starts_with('/') ? "/" : "/\\");
    return std::string(start == std::string_view::npos ? path : path.substr(start + 1));
}

}  // namespace

Task<Result<FileView>> PathUploads::upload(access::Principal const& caller, PathUpload wish) {
    CO_TRY(auto file, co_await open(caller, wish.path));
    if (wish.request.name.empty()) wish.request.name = last_part(wish.path);
    auto const bytes = file->size_bytes();
    wish.request.declared = {.at_least = bytes, .at_most = bytes};
    PathIncoming incoming(std::move(wish.request), std::move(file));
    auto uploaded = co_await gateway_.upload(caller, incoming);
    if (!uploaded) {
        audit_.note_refusal(caller.visit(), caller.id(), uploaded.error(), wish.path);
    }
    co_return uploaded;
}

Task<Result<std::unique_ptr<paths::PathFile>>> PathUploads::open(access::Principal const& caller,
                                                                 std::string const& path) {
    auto file = co_await paths_.open_file(path);
    auto event = event_of(caller, file ? "path.allowed" : "path.refused", clock_.wall_now());
    event.subject = path;
    if (file) {
        CO_TRY(co_await audit_.record(std::move(event)));
        co_return file;
    }
    event.outcome = "refused";
    event.detail = file.error().message;
    event.error_code = static_cast<std::int64_t>(file.error().code);
    audit_.note(std::move(event));
    co_return file;
}

}  // namespace filegate::gateway
