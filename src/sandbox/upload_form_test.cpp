#include "sandbox/upload_form.hpp"

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

// Gives `bytes_per_read` at a time, and fails or just stops after `bytes_max`.
class BrokenSource final : public ByteSource {
public:
    struct Behaviour {
        std::size_t bytes_per_read = SIZE_MAX;
        std::size_t bytes_max = SIZE_MAX;
        bool is_failing = false;  // at bytes_max; false: ends there
    };
    BrokenSource(std::string bytes, Behaviour behaviour)
        : bytes_(std::move(bytes)), behaviour_(behaviour) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const end = std::min(bytes_.size(), behaviour_.bytes_max);
        if (position_ >= end && behaviour_.is_failing) {
            co_return fail(ErrorCode::body_truncated, "the client went away");
        }
        auto const count =
            std::min({into.size(), behaviour_.bytes_per_read, end - std::min(position_, end)});
        std::memcpy(into.data(), bytes_.data() + position_, count);
        position_ += count;
        co_return count;
    }

private:
    std::string bytes_;
    Behaviour behaviour_;
    std::size_t position_ = 0;
};

Accepted<UploadForm> read_form(ByteSource& body, std::string_view content_type = form_content_type,
                               std::size_t content_bytes_max = 100) {
    SimLoop loop;
    net::ServerRequest request{
        .headers = {{"Content-Type", std::string(content_type)}}, .has_body = true, .body = &body};
    return loop.run_task(read_upload_form(request, content_bytes_max));
}

TEST(upload_form, is_read_in_either_order_and_in_any_pieces) {
    FormFile const file{.filename = "文件.txt"};
    auto const purpose = field_part("purpose", "file-extract");
    for (auto const& body : {purpose + file_part(file), file_part(file) + purpose}) {
        for (std::size_t const piece : {1, 2, 7, 64, 100'000}) {
            BrokenSource source(body + "--xyz--\r\n", {.bytes_per_read = piece});
            auto const form = read_form(source);
            ASSERT_TRUE(form) << form.error().value;
            ASSERT_TRUE(form->file);
            EXPECT_EQ(form->fields.at("purpose"), "file-extract");
            EXPECT_EQ(form->file->filename, "文件.txt");
            EXPECT_EQ(form->file->content_type, "text/plain");
            EXPECT_EQ(form->file->bytes, 5U);
            EXPECT_EQ(form->file->sha256, sha256("hello"));
            EXPECT_EQ(form->file->content, "hello");
        }
    }
}

TEST(upload_form, takes_a_part_without_content_type_and_fields_it_does_not_know) {
    MemorySource source(field_part("colour", "red") +
                        upload_form("batch", {.filename = "b.jsonl", .content_type = ""}));
    auto const form = read_form(source, "Multipart/Form-Data; charset=utf-8; boundary=\"xyz\"");
    ASSERT_TRUE(form) << form.error().value;
    EXPECT_EQ(form->file->content_type, "");
    EXPECT_EQ(form->fields.at("colour"), "red");
}

TEST(upload_form, takes_the_first_file_and_ignores_other_files) {
    MemorySource source(
        "--xyz\r\nContent-Disposition: form-data; name=\"other\"; filename=\"o\"\r\n\r\no\r\n" +
        file_part({.content = "one"}) + upload_form("batch", {.content = "two"}));
    auto const form = read_form(source);
    ASSERT_TRUE(form) << form.error().value;
    EXPECT_EQ(form->file->content, "one");
}

TEST(upload_form, keeps_the_last_segment_of_a_name) {
    for (auto const* const name : {"/etc/a.txt", "C:\\\\docs\\\\a.txt", "../a.txt", "a.txt"}) {
        MemorySource source(upload_form("batch", {.filename = name}));
        auto const form = read_form(source);
        ASSERT_TRUE(form && form->file) << name;
        EXPECT_EQ(form->file->filename, "a.txt");
    }
}

TEST(upload_form, has_no_file_without_a_name) {
    for (auto const& part : {field_part("file", "hello"), file_part({.filename = ""}),
                             file_part({.filename = "dir/"})}) {
        MemorySource source(part + "--xyz--\r\n");
        auto const form = read_form(source);
        ASSERT_TRUE(form) << part << form.error().value;
        EXPECT_FALSE(form->file) << part;
    }
}

TEST(upload_form, keeps_content_up_to_its_limit_and_hashes_all) {
    for (std::size_t const bytes : {99, 100, 101, 300'000}) {
        std::string const content(bytes, 'x');
        MemorySource source(upload_form("batch", {.content = content}));
        auto const form = read_form(source);
        ASSERT_TRUE(form && form->file);
        EXPECT_EQ(form->file->bytes, bytes);
        EXPECT_EQ(form->file->sha256, sha256(content));
        EXPECT_EQ(form->file->content.has_value(), bytes <= 100) << bytes;
    }
}

TEST(upload_form, is_broken_wherever_the_body_ends_early) {
    auto const body = field_part("purpose", "batch") + upload_form("batch", {});
    auto const end = body.size() - 2;  // the last line break may be missing
    for (bool const is_failing : {true, false}) {
        for (std::size_t bytes = 0; bytes < end; ++bytes) {
            BrokenSource source(body, {.bytes_max = bytes, .is_failing = is_failing});
            auto const form = read_form(source);
            ASSERT_FALSE(form) << bytes;
            EXPECT_EQ(form.error().trouble, Trouble::broken_body);
        }
    }
}

TEST(upload_form, is_broken_when_the_body_fails_after_the_closing_boundary) {
    auto const body = upload_form("batch", {});
    BrokenSource source(body, {.bytes_max = body.size(), .is_failing = true});
    EXPECT_FALSE(read_form(source));
}

TEST(upload_form, needs_a_multipart_type_with_a_boundary) {
    for (auto const* const type : {"", "multipart/form-data",
                                   "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
                                   "application/json", "multipart/form-data; charset=utf-8"}) {
        MemorySource source(upload_form("batch", {}));
        auto const form = read_form(source, type);
        ASSERT_FALSE(form) << type;
        EXPECT_EQ(form.error().trouble, Trouble::not_multipart) << type;
    }
}

TEST(upload_form, bounds_its_text_fields) {
    for (std::size_t const bytes : {65'536, 65'537}) {
        MemorySource source(field_part("a", std::string(bytes, 'x')) + "--xyz--\r\n");
        EXPECT_EQ(read_form(source).has_value(), bytes == 65'536);
    }
}

TEST(upload_form, needs_a_body_and_a_name_in_utf8) {
    SimLoop loop;
    net::ServerRequest request{.headers = {{"Content-Type", std::string(form_content_type)}}};
    EXPECT_FALSE(loop.run_task(read_upload_form(request, 100)));
    MemorySource source(upload_form("batch", {.filename = "a\xff.txt"}));
    auto const form = read_form(source);
    // Either the parser refuses such a name or it has made valid text of it.
    EXPECT_TRUE(!form || form->file->filename != "a\xff.txt");
}

using Drop = Task<void>(net::ServerRequest&);

Task<Result<bool>> drop_and_look(Drop& drop, net::ServerRequest& request) {
    co_await drop(request);
    std::byte byte{};
    CO_TRY(auto const count, co_await request.body->read(std::span(&byte, 1)));
    co_return count == 0;
}

TEST(drop_body, reads_to_the_end) {
    SimLoop loop;
    for (auto* const drop : {&drop_body, &drop_body_unless_waiting}) {
        MemorySource source(std::string(300'000, 'x'));
        net::ServerRequest request{.has_body = true, .body = &source};
        EXPECT_TRUE(*loop.run_task(drop_and_look(*drop, request)));
    }
}

TEST(drop_body, leaves_the_body_of_a_client_that_waits_for_leave_when_told_so) {
    SimLoop loop;
    for (auto* const drop : {&drop_body, &drop_body_unless_waiting}) {
        MemorySource source("x");
        net::ServerRequest request{
            .headers = {{"Expect", "100-continue"}}, .has_body = true, .body = &source};
        EXPECT_EQ(*loop.run_task(drop_and_look(*drop, request)), drop == &drop_body);
    }
}

TEST(drop_body, does_not_mind_a_body_that_breaks_off) {
    SimLoop loop;
    BrokenSource source("abc", {.bytes_max = 2, .is_failing = true});
    net::ServerRequest request{.has_body = true, .body = &source};
    EXPECT_FALSE(loop.run_task(drop_and_look(drop_body, request)));
}

}  // namespace
}  // namespace filegate::sandbox
