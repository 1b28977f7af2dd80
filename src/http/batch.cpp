#include "http/batch.hpp"

#include "http/json_values.hpp"
#include "http/upload_fields.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::size_t field_bytes_max = 4096;
constexpr std::size_t skip_bytes = 16 * 1024;
constexpr std::string_view example = R"({"files":[{"path":"/data/a.pdf"}]})";
constexpr std::array<std::string_view, 4> text_fields{"filename", "purpose", "provider", "deliver"};

std::unexpected<Error> refuse(std::string_view param, std::string message) {
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = std::move(message),
                      .param = std::string(param)});
}

Error too_many_files() {
    return {.code = ErrorCode::validation_failed,
            .message = fmt::format("a batch takes at most {} files; send several batches",
                                   batch_files_max),
            .param = "files"};
}

PathWish parse_wish(json::value const& entry) {
    if (!entry.is_object()) {
        return refuse("files", R"(an entry of "files" is an object with "path")");
    }
    auto const& object = entry.get_object();
    for (auto const& member : object) {
        if (member.key() == "path") continue;
        TRY(check_upload_field_name(member.key()));
    }
    gateway::PathUpload wish;
    TRY(wish.path, text_member(object, "path"));
    if (wish.path.empty()) return refuse("path", R"("path" is missing or empty)");
    for (auto const field : text_fields) {
        TRY(auto const value, text_member(object, field));
        TRY(set_upload_field(wish.request, field, value));
    }
    if (auto const* const expiry = object.if_contains("expires_after"); expiry != nullptr) {
        if (!expiry->is_int64()) return refuse("expires_after", "expires_after is a number");
        TRY(set_upload_field(wish.request, "expires_after", std::to_string(expiry->get_int64())));
    }
    return wish;
}

class PartFile final : public gateway::IncomingFile {
public:
    PartFile(net::MultipartReader& reader, gateway::UploadRequest request)
        : reader_(reader), request_(std::move(request)) {}
    gateway::UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        return reader_.read(into);
    }

private:
    net::MultipartReader& reader_;
    gateway::UploadRequest request_;
};

class FieldSource final : public ByteSource {
public:
    explicit FieldSource(net::MultipartReader& reader) : reader_(reader) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        return reader_.read(into);
    }

private:
    net::MultipartReader& reader_;
};

}  // namespace

Result<std::vector<PathWish>> parse_path_batch(std::string_view text) {
    TRY(auto const object, parse_object(text, example));
    for (auto const& member : object) {
        if (member.key() != "files") {
            return refuse(member.key(), fmt::format(R"(there is no member "{}"; there is "files")",
                                                    std::string_view(member.key())));
        }
    }
    auto const* const files = object.if_contains("files");
    if (files == nullptr || !files->is_array() || files->get_array().empty()) {
        return refuse("files", fmt::format("\"files\" is a list, such as {}", example));
    }
    if (files->get_array().size() > batch_files_max) return fail(too_many_files());
    std::vector<PathWish> wishes;
    for (auto const& entry : files->get_array())
        wishes.push_back(parse_wish(entry));
    return wishes;
}

Result<std::unique_ptr<FormFiles>> FormFiles::begin(net::ServerRequest& request) {
    TRY(auto boundary, net::multipart_boundary(request.headers.find("Content-Type").value_or("")));
    return std::unique_ptr<FormFiles>(new FormFiles(request, std::move(boundary)));
}

Task<Result<std::unique_ptr<gateway::IncomingFile>>> FormFiles::next() {
    while (true) {
        CO_TRY(auto const head, co_await reader_.next_part());
        if (!head) co_return nullptr;
        if (!head->filename) {
            CO_TRY(co_await read_field(*head));
            continue;
        }
        if (++files_ > batch_files_max) co_return fail(too_many_files());
        auto request = fields_;
        request.name = *head->filename;
        request.declared = {.at_least = 0, .at_most = length_};
        co_return std::make_unique<PartFile>(reader_, std::move(request));
    }
}

Task<Result<void>> FormFiles::skip_file(std::uint64_t bytes_max) {
    std::vector<std::byte> skipped(skip_bytes);
    for (std::uint64_t bytes = 0; bytes <= bytes_max;) {
        CO_TRY(auto const count, co_await reader_.read(skipped));
        if (count == 0) co_return {};
        bytes += count;
    }
    co_return fail(ErrorCode::file_too_large,
                   fmt::format("a refused file goes on for more than {} bytes; the files behind it "
                               "were not read, send them without it",
                               bytes_max));
}

Task<Result<void>> FormFiles::read_field(net::PartHead const& head) {
    FieldSource source(reader_);
    CO_TRY(auto const value, co_await read_all(source, field_bytes_max));
    if (head.name == "filename") co_return {};  // only a file's own part names it
    co_return set_upload_field(fields_, head.name, value);
}

}  // namespace filegate::http
