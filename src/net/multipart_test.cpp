#include "net/multipart.hpp"

#include "net/multipart_fixture.hpp"

namespace filegate::net {
namespace {

struct Layout {
    std::string content_type;
    std::string body;
    std::vector<Part> parts;
};

Layout httpx() {
    return {"multipart/form-data; boundary=0123456789abcdef0123456789abcdef",
            "--0123456789abcdef0123456789abcdef\r\n"
            "Content-Disposition: form-data; name=\"purpose\"\r\n"
            "\r\n"
            "file-extract\r\n"
            "--0123456789abcdef0123456789abcdef\r\n"
            "Content-Disposition: form-data; name=\"file\"; filename=\"notes %22v1%22.txt\"\r\n"
            "Content-Type: text/plain\r\n"
            "\r\n"
            "hello\r\n-- world\n\r\n"
            "--0123456789abcdef0123456789abcdef--\r\n",
            {{"purpose", std::nullopt, "", "file-extract"},
             {"file", "notes \"v1\".txt", "text/plain", "hello\r\n-- world\n"}}};
}

Layout undici() {
    return {
        "multipart/form-data; boundary=----formdata-undici-072417926254",
        "------formdata-undici-072417926254\r\n"
        "Content-Disposition: form-data; name=\"file\"; filename=\"文件.txt\"\r\n"
        "Content-Type: application/octet-stream\r\n"
        "\r\n"
        "\r\n------formdata-undici-07241792625\r\n"
        "------formdata-undici-072417926254\r\n"
        "Content-Disposition: form-data; name=\"purpose\"\r\n"
        "\r\n"
        "assistants\r\n"
        "------formdata-undici-072417926254--\r\n",
        {{"file", "文件.txt", "application/octet-stream", "\r\n------formdata-undici-07241792625"},
         {"purpose", std::nullopt, "", "assistants"}}};
}

Layout curl() {
    return {"multipart/form-data; boundary=------------------------d74496d66958873e",
            "--------------------------d74496d66958873e\r\n"
            "Content-Disposition: form-data; name=\"purpose\"\r\n"
            "\r\n"
            "fine-tune\r\n"
            "--------------------------d74496d66958873e\r\n"
            "Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"b.jsonl\"\r\n"
            "Content-Type: application/octet-stream\r\n"
            "\r\n"
            "{\"a\":1}\n\r\n"
            "--------------------------d74496d66958873e--\r\n",
            {{"purpose", std::nullopt, "", "fine-tune"},
             {"file", "a\"b.jsonl", "application/octet-stream", "{\"a\":1}\n"}}};
}

Layout okhttp() {
    return {"multipart/form-data; boundary=3d4f5e8e-7e41-4b4a-9d0c-6a1f8f6a6c11",
            "--3d4f5e8e-7e41-4b4a-9d0c-6a1f8f6a6c11\r\n"
            "Content-Disposition: form-data; name=\"file\"; filename=\"report.pdf\"\r\n"
            "Content-Type: application/octet-stream\r\n"
            "Content-Length: 8\r\n"
            "\r\n"
            "%PDF-1.7\r\n"
            "--3d4f5e8e-7e41-4b4a-9d0c-6a1f8f6a6c11\r\n"
            "Content-Disposition: form-data; name=\"purpose\"\r\n"
            "Content-Length: 5\r\n"
            "\r\n"
            "agent\r\n"
            "--3d4f5e8e-7e41-4b4a-9d0c-6a1f8f6a6c11--\r\n",
            {{"file", "report.pdf", "application/octet-stream", "%PDF-1.7"},
             {"purpose", std::nullopt, "", "agent"}}};
}

Layout requests() {
    return {"multipart/form-data; boundary=5fdc2e1b0c5b4c5a9a1e8f1a2b3c4d5e",
            "--5fdc2e1b0c5b4c5a9a1e8f1a2b3c4d5e\r\n"
            "Content-Disposition: form-data; name=\"purpose\"\r\n"
            "\r\n"
            "batch\r\n"
            "--5fdc2e1b0c5b4c5a9a1e8f1a2b3c4d5e\r\n"
            "Content-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n"
            "\r\n"
            "\r\n"
            "--5fdc2e1b0c5b4c5a9a1e8f1a2b3c4d5e--\r\n",
            {{"purpose", std::nullopt, "", "batch"}, {"file", "in.jsonl", "", ""}}};
}

TEST(multipart, takes_apart_what_real_clients_send_however_it_is_cut) {
    for (auto const& layout : {httpx(), undici(), curl(), okhttp(), requests()}) {
        auto const boundary = multipart_boundary(layout.content_type);
        ASSERT_TRUE(boundary) << layout.content_type;
        expect_same_however_cut(layout.body, *boundary, layout.parts);
    }
}

TEST(multipart, reads_give_the_same_parts_whatever_the_size_of_pieces_and_spans) {
    for (auto const& layout : {httpx(), undici(), curl(), okhttp(), requests()}) {
        auto const boundary = multipart_boundary(layout.content_type).value();
        for (std::size_t span_bytes = 1; span_bytes <= 130; ++span_bytes) {
            for (std::size_t const piece_bytes : {1UL, 2UL, 7UL, 64UL, 100'000UL}) {
                ASSERT_EQ(read_parts(layout.body, boundary, piece_bytes, span_bytes), layout.parts)
                    << "spans of " << span_bytes << ", pieces of " << piece_bytes;
            }
        }
    }
}

TEST(multipart, large_parts_come_out_whole_whatever_the_size_of_pieces_and_spans) {
    SeededRandom random(11);
    std::vector<Part> parts;
    std::string body;
    for (std::size_t const size : {0UL, 1UL, 20'000UL, 5UL, 40'000UL, 1024UL}) {
        parts.push_back({.name = "f", .content = tricky_bytes(random, size) + "."});
        body += part_of(parts.back().content, "BbB");
    }
    body += "--BbB--";
    for (std::size_t const span_bytes : {1UL, 3UL, 1023UL, 1024UL, 1025UL, 16'384UL, 1'000'000UL}) {
        for (std::size_t const piece_bytes : {1UL, 2UL, 5UL, 77UL, 1024UL, 1'000'000UL}) {
            ASSERT_EQ(read_parts(body, "BbB", piece_bytes, span_bytes), parts)
                << "spans of " << span_bytes << ", pieces of " << piece_bytes;
        }
    }
}

TEST(multipart, a_body_that_ends_early_is_truncated_wherever_it_ends) {
    auto const layout = undici();
    auto const boundary = multipart_boundary(layout.content_type).value();
    auto const whole = std::string_view(layout.body);
    auto const needed = whole.size() - 2;  // the last CRLF may be missing
    for (std::size_t size = 0; size < needed; ++size) {
        auto const outcome = parse_pieces({whole.substr(0, size)}, boundary);
        ASSERT_EQ(outcome, Outcome(std::unexpect, ErrorCode::body_truncated)) << "size " << size;
        ASSERT_EQ(read_parts(whole.substr(0, size), boundary, 9, 2000),
                  Outcome(std::unexpect, ErrorCode::body_truncated))
            << "size " << size;
    }
    EXPECT_TRUE(parse_pieces({whole.substr(0, needed)}, boundary));
}

Task<std::vector<std::string>> names_without_reading(ByteSource& source) {
    MultipartReader reader(source, "B");
    std::vector<std::string> names;
    std::array<std::byte, 2000> buffer;
    while (true) {
        auto const head = co_await reader.next_part();
        if (!head || !*head) break;
        names.push_back((*head)->name);
        if (names.size() % 2 == 0) (void)co_await reader.read(buffer);
    }
    EXPECT_FALSE((co_await reader.next_part()).value());
    EXPECT_EQ((co_await reader.read(buffer)).value(), 0U);
    co_return names;
}

TEST(multipart, moving_on_skips_what_is_unread) {
    SimLoop loop;
    std::string body;
    for (std::size_t size = 1; size < 60'000; size *= 3)
        body += part_of(std::string(size, 'x'), "B");
    body += "--B--";
    for (std::size_t const piece_bytes : {1UL, 1000UL, 1'000'000UL}) {
        PieceSource source(body, piece_bytes);
        EXPECT_EQ(loop.run_task(names_without_reading(source)).size(), 11U);
    }
}

Task<std::pair<Result<std::size_t>, Result<std::size_t>>> read_twice(ByteSource& source) {
    MultipartReader reader(source, "B");
    std::array<std::byte, 100> buffer;
    EXPECT_TRUE((co_await reader.next_part()).value());
    auto first = co_await reader.read(buffer);
    while (first && *first > 0)
        first = co_await reader.read(buffer);
    auto second = co_await reader.read(buffer);
    co_return std::pair(first, second);
}

TEST(multipart, the_first_failure_stays) {
    SimLoop loop;
    PieceSource source("--B\r\nContent-Disposition: form-data; name=f\r\n\r\nabc\r\n--", 1000);
    auto const [first, second] = loop.run_task(read_twice(source));
    ASSERT_FALSE(first);
    ASSERT_FALSE(second);
    EXPECT_EQ(first.error().code, ErrorCode::body_truncated);
    EXPECT_EQ(second.error().code, ErrorCode::body_truncated);
}

// Fails after it has given a text.
class FailingSource final : public ByteSource {
public:
    explicit FailingSource(std::string text) : before_(std::move(text)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        CO_TRY(auto const count, co_await before_.read(into));
        if (count == 0) co_return fail(ErrorCode::request_timeout, "the client stalled");
        co_return count;
    }

private:
    MemorySource before_;
};

TEST(multipart, a_failure_of_the_body_is_passed_on_wherever_it_happens) {
    SimLoop loop;
    auto const layout = curl();
    auto const boundary = multipart_boundary(layout.content_type).value();
    for (std::size_t size = 0; size < layout.body.size() - 2; ++size) {
        for (std::size_t const span_bytes : {50UL, 5000UL}) {
            FailingSource source(layout.body.substr(0, size));
            EXPECT_EQ(loop.run_task(pull_parts(source, boundary, span_bytes, {})),
                      Outcome(std::unexpect, ErrorCode::request_timeout))
                << size;
        }
    }
}

// Counts how the body is read: large spans must reach it as they are.
class WatchingSource final : public ByteSource {
public:
    explicit WatchingSource(std::string text) : text_(std::move(text)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        targets.push_back(into.data());
        return text_.read(into);
    }
    std::vector<std::byte*> targets;

private:
    MemorySource text_;
};

Task<std::size_t> reads_into(ByteSource& source, std::span<std::byte> buffer) {
    MultipartReader reader(source, "B");
    (void)co_await reader.next_part();
    std::size_t reads = 0;
    while ((co_await reader.read(buffer)).value() > 0)
        ++reads;
    co_return reads;
}

TEST(multipart, a_large_read_goes_straight_into_the_callers_span) {
    SimLoop loop;
    WatchingSource source(part_of(std::string(1 << 20, 'x'), "B") + "--B--");
    std::vector<std::byte> buffer(64 * 1024);
    loop.run_task(reads_into(source, buffer));
    auto const straight = std::ranges::count_if(source.targets, [&](std::byte const* target) {
        return target >= buffer.data() && target < buffer.data() + buffer.size();
    });
    EXPECT_GE(straight, 15);
    EXPECT_LE(source.targets.size() - straight, 3U);
}

}  // namespace
}  // namespace filegate::net
