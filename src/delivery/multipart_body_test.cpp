#include "delivery/multipart_body.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::delivery {
namespace {

Task<Result<std::string>> read_from(ReopenableBody const& body, std::uint64_t offset) {
    CO_TRY(auto const source, co_await body.open(offset));
    co_return co_await read_all(*source, 1 << 20);
}

std::string text_of(ReopenableBody const& body, std::uint64_t offset = 0) {
    SimLoop loop;
    auto text = loop.run_task(read_from(body, offset));
    return text ? *text : "failed: " + text.error().message;
}

MultipartFile file_of(ReopenableBody const& body, std::string filename, std::string mime) {
    return {std::move(filename), std::move(mime), WirePurpose("file-extract"), &body};
}

TEST(multipart_body, is_what_the_common_sdks_send) {
    MemoryBody const file("hello");
    MultipartBody const body(file_of(file, "notes \"v1\".txt", "text/plain"), "0123");
    EXPECT_EQ(text_of(body),
              "--0123\r\n"
              "Content-Disposition: form-data; name=\"purpose\"\r\n"
              "\r\n"
              "file-extract\r\n"
              "--0123\r\n"
              "Content-Disposition: form-data; name=\"file\"; filename=\"notes %22v1%22.txt\"\r\n"
              "Content-Type: text/plain\r\n"
              "\r\n"
              "hello\r\n"
              "--0123--\r\n");
    EXPECT_EQ(body.content_type(), "multipart/form-data; boundary=0123");
}

TEST(multipart_body, knows_its_exact_size) {
    for (std::size_t const bytes : {0U, 1U, 4096U, 100'000U}) {
        MemoryBody const file(std::string(bytes, 'x'));
        MultipartBody const body(file_of(file, "文件.txt", ""), "b");
        EXPECT_EQ(body.size_bytes(), text_of(body).size());
    }
}

TEST(multipart_body, opens_at_any_offset) {
    MemoryBody const file("0123456789");
    MultipartBody const body(file_of(file, "a.txt", "text/plain"), "boundary");
    auto const whole = text_of(body);
    for (std::size_t offset = 0; offset <= whole.size() + 2; ++offset)
        EXPECT_EQ(text_of(body, offset), whole.substr(std::min(offset, whole.size())));
}

TEST(multipart_body, file_names_are_escaped_as_html5_has_it) {
    struct Row {
        std::string name;
        std::string_view expected;
    };
    MemoryBody const file("x");
    for (auto const& row : {
             Row{"plain.txt", "plain.txt"},
             Row{"文件.txt", "文件.txt"},
             Row{"a\"; filename=\"b", "a%22; filename=%22b"},
             Row{"a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"},
             Row{std::string("a\0b", 3), "a%00b"},
             Row{"a\x7f\x1f", "a%7F%1F"},
             Row{"back\\slash", "back\\slash"},
         }) {
        MultipartBody const body(file_of(file, row.name, "text/plain"), "b");
        EXPECT_NE(text_of(body).find(fmt::format("filename=\"{}\"\r\n", row.expected)),
                  std::string::npos)
            << text_of(body);
    }
}

TEST(multipart_body, what_is_no_media_type_becomes_octet_stream) {
    MemoryBody const file("x");
    for (std::string const type : {"", "nonsense", "text/plain\r\nX-Evil: 1", "text/plain\x7f"}) {
        MultipartBody const body(file_of(file, "a", type), "b");
        EXPECT_NE(text_of(body).find("\r\nContent-Type: application/octet-stream\r\n\r\n"),
                  std::string::npos)
            << type;
    }
}

// Claims a size that its bytes do not have.
class LyingBody final : public ReopenableBody {
public:
    LyingBody(std::string bytes, std::uint64_t claimed)
        : body_(std::move(bytes)), claimed_(claimed) {}
    std::uint64_t size_bytes() const override { return claimed_; }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t offset) const override {
        return body_.open(offset);
    }

private:
    MemoryBody body_;
    std::uint64_t claimed_;
};

TEST(multipart_body, a_file_that_ends_early_is_an_error_not_a_short_body) {
    LyingBody const file("1234", 5);
    MultipartBody const body(file_of(file, "a", "text/plain"), "b");
    EXPECT_EQ(text_of(body), "failed: The stored file ends at byte 4 of 5.");
}

TEST(multipart_body, a_file_that_has_grown_is_cut_at_its_announced_size) {
    LyingBody const file("123456", 5);
    MultipartBody const body(file_of(file, "a", "text/plain"), "b");
    EXPECT_EQ(text_of(body).size(), body.size_bytes());
    EXPECT_NE(text_of(body).find("\r\n\r\n12345\r\n--b--\r\n"), std::string::npos);
}

TEST(multipart_body, every_boundary_is_another) {
    SeededRandom random(7);
    auto const first = make_boundary(random);
    EXPECT_NE(first, make_boundary(random));
    EXPECT_LE(first.size(), 70) << "RFC 2046";
    EXPECT_EQ(first.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos);
}

}  // namespace
}  // namespace filegate::delivery
