#include "http/content_answer.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::http {
namespace {

class ContentAnswer : public ::testing::Test {
protected:
    net::ServerResponse ask(net::Headers headers) {
        net::ServerRequest request{
            .method = "GET", .headers = std::move(headers), .id = RequestId("req-1")};
        gateway::FileContent content{.body = std::make_unique<MemoryBody>(bytes_)};
        content.view.file.name = "年 report \"1\".txt";
        content.view.file.bytes = bytes_.size();
        content.view.file.sha256 = sha256(bytes_);
        content.view.file.mime_type = "text/plain";
        return loop_.run_task(content_answer(request, std::move(content))).value();
    }
    std::string body_of(net::ServerResponse& answer) {
        auto& stream = std::get<net::StreamedBody>(answer.body);
        auto bytes = loop_.run_task(read_all(*stream.source, 1 << 20)).value();
        EXPECT_EQ(bytes.size(), stream.size_bytes);
        return bytes;
    }

    SimLoop loop_;
    std::string bytes_ = "0123456789";
    std::string etag_ = '"' + sha256("0123456789").hex() + '"';
};

TEST_F(ContentAnswer, sends_the_whole_file_as_a_download_nobody_renders) {
    auto answer = ask({});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(body_of(answer), bytes_);
    EXPECT_EQ(answer.headers.find("ETag"), etag_);
    EXPECT_EQ(answer.headers.find("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(answer.headers.find("Content-Security-Policy")->ends_with("; sandbox"));
    EXPECT_EQ(answer.headers.find("Content-Disposition"),
              "attachment; filename=\"___ report _1_.txt\"; "
              "filename*=UTF-8''%E5%B9%B4%20report%20%221%22.txt");
}

TEST_F(ContentAnswer, sends_the_range_that_was_asked_for) {
    auto answer = ask({{"Range", "bytes=2-4"}});
    EXPECT_EQ(answer.status, 206);
    EXPECT_EQ(answer.headers.find("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(body_of(answer), "234");
}

TEST_F(ContentAnswer, a_range_outside_the_file_is_416_with_the_size) {
    auto const answer = ask({{"Range", "bytes=10-"}});
    EXPECT_EQ(answer.status, 416);
    EXPECT_EQ(answer.headers.find("Content-Range"), "bytes */10");
}

TEST_F(ContentAnswer, a_known_version_is_not_sent_again) {
    EXPECT_EQ(ask({{"If-None-Match", etag_}}).status, 304);
    EXPECT_EQ(ask({{"If-None-Match", "\"other\", " + etag_}}).status, 304);
    EXPECT_EQ(ask({{"If-None-Match", "*"}}).status, 304);
    EXPECT_EQ(ask({{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(ContentAnswer, if_range_with_another_version_means_the_whole_file) {
    EXPECT_EQ(ask({{"Range", "bytes=2-4"}, {"If-Range", etag_}}).status, 206);
    EXPECT_EQ(ask({{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}).status, 200);
}

}  // namespace
}  // namespace filegate::http
