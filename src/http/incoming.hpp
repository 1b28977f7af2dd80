#pragma once
// The two shapes in which a file comes in over HTTP, as gateway::IncomingFile.

#include "gateway/gateway.hpp"
#include "net/http_message.hpp"
#include "net/multipart.hpp"

namespace filegate::http {

// PUT: the body is the file.
class RawUpload final : public gateway::IncomingFile {
public:
    // Fields come from the query and headers; `filename`, when not empty, from the path.
    static Result<RawUpload> begin(net::ServerRequest& request, std::string_view filename);

    gateway::UploadRequest const& request() const override { return fields_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    RawUpload(net::ServerRequest& request, gateway::UploadRequest fields)
        : request_(&request), fields_(std::move(fields)) {}

    net::ServerRequest* request_;
    gateway::UploadRequest fields_;
};

// POST multipart/form-data: one part named `file`, text fields before or after it.
class FormUpload final : public gateway::IncomingFile {
public:
    // Reads up to the file part. Fails when there is none, and before the first byte when the
    // form's length says that its file has more than `file_bytes_max`.
    static Task<Result<std::unique_ptr<FormUpload>>> begin(net::ServerRequest& request,
                                                           std::uint64_t file_bytes_max);

    gateway::UploadRequest const& request() const override { return fields_; }

    // At the end of the file part, reads the fields behind it before it answers 0.
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

private:
    FormUpload(net::ServerRequest& request, std::string boundary)
        : body_(*request.body), reader_(*request.body, std::move(boundary)) {}

    Task<Result<bool>> find_file_part();
    Task<Result<void>> read_field(net::PartHead const& head);
    Task<Result<void>> read_fields_behind();
    Task<Result<void>> read_epilogue();

    ByteSource& body_;
    net::MultipartReader reader_;
    gateway::UploadRequest fields_;
    bool is_at_end_ = false;
};

}  // namespace filegate::http
