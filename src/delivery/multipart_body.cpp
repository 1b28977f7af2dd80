// RFC 7578 as browsers and the common SDKs write it (docs/providers.md, section 1):
//
//   --B CRLF Content-Disposition: form-data; name="purpose" CRLF CRLF word CRLF
//   --B CRLF Content-Disposition: form-data; name="file"; filename="F" CRLF
//            Content-Type: T CRLF CRLF bytes CRLF
//   --B-- CRLF
//
// F is raw UTF-8 with the HTML5 escapes: " is %22, CR %0D, LF %0A, other control bytes likewise.

#include "delivery/multipart_body.hpp"

#include <cstring>

namespace filegate::delivery {
namespace {

std::string escaped_filename(std::string_view name) {
    std::string out;
    for (char const c : name) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '"') {
            out += fmt::format("%{:02X}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

std::string media_type(std::string const& type) {
    auto const is_plain = [](char c) { return c >= ' ' && c < 0x7f; };
    auto const is_usable = type.contains('/') && std::ranges::all_of(type, is_plain);
    return is_usable ? type : "application/octet-stream";
}

}  // namespace

std::string make_boundary(Random& random) {
    return fmt::format("filegate-{:016x}{:016x}", random.next(), random.next());
}

// Walks through head, file and tail; the file is opened when it is reached.
class MultipartBody::Source final : public ByteSource {
public:
    Source(MultipartBody const& whole, std::uint64_t position)
        : whole_(whole), position_(position) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const head_bytes = whole_.head_.size();
        auto const tail_from = head_bytes + whole_.file_->size_bytes();
        std::size_t count = 0;
        if (position_ < head_bytes) {
            count = copy(whole_.head_, position_, into);
        } else if (position_ < tail_from) {
            auto const part = std::min<std::uint64_t>(into.size(), tail_from - position_);
            CO_TRY(count, co_await read_file(into.first(static_cast<std::size_t>(part))));
        } else {
            count = copy(whole_.tail_, position_ - tail_from, into);
        }
        position_ += count;
        co_return count;
    }

private:
    static std::size_t copy(std::string const& text, std::uint64_t from,
                            std::span<std::byte> into) {
        auto const start = static_cast<std::size_t>(std::min<std::uint64_t>(from, text.size()));
        auto const count = std::min(into.size(), text.size() - start);
        std::memcpy(into.data(), text.data() + start, count);
        return count;
    }

    Task<Result<std::size_t>> read_file(std::span<std::byte> into) {
        auto const offset = position_ - whole_.head_.size();
        if (!file_) {
            CO_TRY(file_, co_await whole_.file_->open(offset));
        }
        CO_TRY(auto const count, co_await file_->read(into));
        if (count > 0) co_return count;
        co_return fail(ErrorCode::storage_error,
                       fmt::format("The stored file ends at byte {} of {}.", offset,
                                   whole_.file_->size_bytes()));
    }

    MultipartBody const& whole_;
    std::uint64_t position_;
    std::unique_ptr<ByteSource> file_;
};

MultipartBody::MultipartBody(MultipartFile const& file, std::string boundary)
    : boundary_(std::move(boundary)),
      head_(fmt::format("--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{1}\r\n"
                        "--{0}\r\nContent-Disposition: form-data; name=\"file\"; "
                        "filename=\"{2}\"\r\nContent-Type: {3}\r\n\r\n",
                        boundary_, file.purpose.text(), escaped_filename(file.filename),
                        media_type(file.mime_type))),
      file_(file.body),
      tail_(fmt::format("\r\n--{}--\r\n", boundary_)) {}

std::string MultipartBody::content_type() const {
    return fmt::format("multipart/form-data; boundary={}", boundary_);
}

std::uint64_t MultipartBody::size_bytes() const {
    return head_.size() + file_->size_bytes() + tail_.size();
}

Task<Result<std::unique_ptr<ByteSource>>> MultipartBody::open(std::uint64_t offset) const {
    co_return std::make_unique<Source>(*this, offset);
}

}  // namespace filegate::delivery
