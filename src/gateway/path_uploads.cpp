#include "gateway/path_uploads.hpp"

namespace filegate::gateway {
namespace {

class PathIncoming final : public IncomingFile {
public:
    using Count = std::function<void(std::uint64_t bytes)>;
    PathIncoming(UploadRequest request, std::unique_ptr<paths::PathFile> file, Count count)
        : request_(std::move(request)), file_(std::move(file)), count_(std::move(count)) {}

    UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        CO_TRY(auto const bytes, co_await file_->read(into));
        count_(bytes);
        co_return bytes;
    }

private:
    UploadRequest request_;
    std::unique_ptr<paths::PathFile> file_;
    Count count_;
};

// On a drive both slashes separate.
std::string last_part(std::string_view path) {
    auto const start = path.find_last_of(path.starts_with('/') ? "/" : "/\\");
    return std::string(start == std::string_view::npos ? path : path.substr(start + 1));
}

}  // namespace

Task<Result<FileView>> PathUploads::upload(access::Principal const& caller, PathUpload wish) {
    auto arrival = caller.arrival();
    arrival.has_body = true;
    CO_TRY(co_await parts_.access.check_rate(caller, arrival));
    CO_TRY(auto file, co_await open(caller, wish.path));
    if (wish.request.name.empty()) wish.request.name = last_part(wish.path);
    auto const bytes = file->size_bytes();
    wish.request.declared = {.at_least = bytes, .at_most = bytes};
    auto const count = [&](std::uint64_t read) {
        parts_.access.note_received(caller, arrival, read);
    };
    PathIncoming incoming(std::move(wish.request), std::move(file), count);
    auto uploaded = co_await parts_.gateway.upload(caller, incoming);
    if (!uploaded) {
        parts_.audit.note_refusal(caller.arrival(), caller.id(), uploaded.error(), wish.path);
    }
    co_return uploaded;
}

Task<Result<std::unique_ptr<paths::PathFile>>> PathUploads::open(access::Principal const& caller,
                                                                 std::string const& path) {
    auto file = co_await parts_.paths.open_file(path);
    auto event = event_of(caller, file ? "path.allowed" : "path.refused", parts_.clock.wall_now());
    event.subject = path;
    if (!file) {
        event.outcome = "refused";
        event.detail = file.error().message;
        event.error_code = static_cast<std::int64_t>(file.error().code);
    }
    // Each one, refused ones too: who tries many paths must not hide one among them.
    CO_TRY(co_await parts_.audit.record(std::move(event)));
    co_return file;
}

}  // namespace filegate::gateway
