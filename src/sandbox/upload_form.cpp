#include "sandbox/upload_form.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "net/multipart.hpp"

namespace filegate::sandbox {

namespace {

constexpr std::size_t buffer_bytes = 128 * 1024;
constexpr std::size_t field_bytes_max = 64 * 1024;
constexpr std::uint64_t dropped_bytes_max = std::uint64_t{16} << 30;
constexpr std::string_view form_type = "multipart/form-data";

using Buffer = std::vector<std::byte>;

std::unexpected<Complaint> broken(std::string why) {
    return std::unexpected(Complaint{.trouble = Trouble::broken_body, .value = std::move(why)});
}

bool is_form_type(std::string_view content_type) {
    auto const same = [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
    };
    return std::ranges::equal(content_type.substr(0, form_type.size()), form_type, same);
}

Accepted<std::string> form_boundary(net::ServerRequest const& request) {
    auto const content_type = request.headers.find("Content-Type").value_or("");
    if (!is_form_type(content_type)) {
        return std::unexpected(
            Complaint{.trouble = Trouble::not_multipart,
                      .value = "request Content-Type isn't multipart/form-data"});
    }
    auto boundary = net::multipart_boundary(content_type);
    if (!boundary) {
        return std::unexpected(Complaint{.trouble = Trouble::not_multipart,
                                         .value = "no multipart boundary param in Content-Type"});
    }
    if (!request.has_body || request.body == nullptr) return broken("the request has no body");
    return *std::move(boundary);
}

std::string last_segment(std::string_view path) {
    auto const slash = path.find_last_of("/\\");
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

Task<Accepted<std::string>> read_field(net::MultipartReader& reader, Buffer& buffer) {
    std::string text;
    while (true) {
        auto const count = co_await reader.read(buffer);
        if (!count) co_return broken(count.error().message);
        if (*count == 0) co_return text;
        if (text.size() + *count > field_bytes_max) {
            co_return broken(fmt::format("a text field has more than {} bytes", field_bytes_max));
        }
        text.append(reinterpret_cast<char const*>(buffer.data()), *count);
    }
}

Task<Accepted<FilePart>> read_file(net::MultipartReader& reader, net::PartHead& head,
                                   Buffer& buffer, std::size_t content_bytes_max) {
    FilePart part{.filename = last_segment(*head.filename),
                  .content_type = std::move(head.content_type),
                  .content = std::string()};
    if (!decode_utf8(part.filename)) co_return broken("the file name is not UTF-8");
    Sha256 hash;
    while (true) {
        auto const count = co_await reader.read(buffer);
        if (!count) co_return broken(count.error().message);
        if (*count == 0) break;
        hash.update(std::span(buffer).first(*count));
        part.bytes += *count;
        if (part.bytes > content_bytes_max) part.content.reset();
        if (part.content) {
            part.content->append(reinterpret_cast<char const*>(buffer.data()), *count);
        }
    }
    part.sha256 = hash.finish();
    co_return part;
}

Task<Result<void>> read_to_end(ByteSource& source, Buffer& buffer) {
    for (std::uint64_t dropped = 0; dropped < dropped_bytes_max;) {
        CO_TRY(auto const count, co_await source.read(buffer));
        if (count == 0) co_return Result<void>();
        dropped += count;
    }
    co_return fail(ErrorCode::validation_failed, "the body does not end");
}

bool is_file(net::PartHead const& head) {
    return head.name == "file" && head.filename && !last_segment(*head.filename).empty();
}

}  // namespace

Task<Accepted<UploadForm>> read_upload_form(net::ServerRequest& request,
                                            std::size_t content_bytes_max) {
    CO_TRY(auto boundary, form_boundary(request));
    net::MultipartReader reader(*request.body, std::move(boundary));
    Buffer buffer(buffer_bytes);
    UploadForm form;
    while (true) {
        auto head = co_await reader.next_part();
        if (!head) co_return broken(head.error().message);
        if (!*head) break;
        auto& part = **head;
        if (is_file(part) && !form.file) {
            CO_TRY(form.file, co_await read_file(reader, part, buffer, content_bytes_max));
        } else if (!part.filename) {
            CO_TRY(auto text, co_await read_field(reader, buffer));
            form.fields.emplace(std::move(part.name), std::move(text));
        }
    }
    auto const end = co_await read_to_end(*request.body, buffer);
    if (!end) co_return broken(end.error().message);
    co_return form;
}

Task<void> drop_body(net::ServerRequest& request) {
    if (!request.has_body || request.body == nullptr) co_return;
    Buffer buffer(buffer_bytes);
    // A body that breaks off is the client's loss: it gets the answer it would have got.
    [[maybe_unused]] auto const end = co_await read_to_end(*request.body, buffer);
}

Task<void> drop_half_of_body(net::ServerRequest& request) {
    if (!request.has_body || request.body == nullptr) co_return;
    Buffer buffer(buffer_bytes);
    auto left = request.content_length ? *request.content_length / 2 : std::uint64_t{1};
    while (left > 0) {
        auto const bytes_max =
            std::min<std::uint64_t>(buffer.size(), request.content_length ? left : buffer.size());
        auto const count = co_await request.body->read(std::span(buffer).first(bytes_max));
        if (!count || *count == 0) co_return;
        left -= std::min<std::uint64_t>(*count, left);
    }
}

Task<void> drop_body_unless_waiting(net::ServerRequest& request) {
    if (!request.headers.find("Expect")) co_await drop_body(request);
}

}  // namespace filegate::sandbox
