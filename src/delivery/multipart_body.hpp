#pragma once
// A file as a multipart/form-data body: `purpose` first, then `file`, with an exact length known in
// advance. Openable at any offset as often as needed; the file's bytes are read through.

#include "base/byte_source.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"

namespace filegate::delivery {

struct MultipartFile {
    std::string filename;
    std::string mime_type;  // "application/octet-stream" stands in for what is no media type
    WirePurpose purpose;
    ReopenableBody const* body = nullptr;  // outlives the multipart body
};

// 128 random bits: no file holds them but by an accident that does not happen.
std::string make_boundary(Random& random);

class MultipartBody final : public ReopenableBody {
public:
    MultipartBody(MultipartFile const& file, std::string boundary);

    std::string content_type() const;  // with the boundary, without which nobody can read the body
    std::uint64_t size_bytes() const override;
    // The source fails with storage_error when the file ends before its size.
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override;

private:
    class Source;

    std::string boundary_;
    std::string head_;
    ReopenableBody const* file_;
    std::string tail_;
};

}  // namespace filegate::delivery
