#pragma once
// POST /v1/files:batch: what is asked for, read from JSON; and a form with many files, read one
// part after another.

#include "gateway/path_uploads.hpp"
#include "net/http_message.hpp"
#include "net/multipart.hpp"

namespace filegate::http {

inline constexpr std::size_t batch_files_max = 100;

// One entry of {"files":[...]}; what is wrong with it is its own failure, not the batch's.
using PathWish = Result<gateway::PathUpload>;

// validation_failed for anything but {"files": [{"path": "...", ...}, ...]} of 1 to 100 entries.
Result<std::vector<PathWish>> parse_path_batch(std::string_view json);

// A form's file parts in order. Text fields are about the files behind them.
class FormFiles {
public:
    static Result<std::unique_ptr<FormFiles>> begin(net::ServerRequest& request);

    // The next file, whose bytes must be read (or skipped) before the one after it is asked for;
    // none at the form's end. A failure is the form's: nothing behind it can be read.
    Task<Result<std::unique_ptr<gateway::IncomingFile>>> next();

    // Reads over what is left of the current file; file_too_large when that is more than
    // `bytes_max`, so that nobody's refused file goes on for ever.
    Task<Result<void>> skip_file(std::uint64_t bytes_max);

private:
    FormFiles(net::ServerRequest& request, std::string boundary)
        : length_(request.content_length),
          reader_(*request.body, std::move(boundary), {.parts_max = 8 * batch_files_max}) {}

    Task<Result<void>> read_field(net::PartHead const& head);

    std::optional<std::uint64_t> length_;
    net::MultipartReader reader_;
    gateway::UploadRequest fields_;
    std::size_t files_ = 0;
};

}  // namespace filegate::http
