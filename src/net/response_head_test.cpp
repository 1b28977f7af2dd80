#include "net/response_head.hpp"

#include <gtest/gtest.h>

namespace filegate::net {
namespace {

TEST(response_head, frames_bodies_as_rfc_9112_asks) {
    struct Row {
        int status;
        HttpVersion version;
        bool is_length_known;
        BodyFraming framing;
    };
    using enum HttpVersion;
    for (auto const& row :
         {Row{200, http_1_1, true, BodyFraming::length},
          Row{200, http_1_1, false, BodyFraming::chunked},
          Row{200, http_1_0, true, BodyFraming::length},
          Row{200, http_1_0, false, BodyFraming::until_close},
          Row{204, http_1_1, true, BodyFraming::none}, Row{304, http_1_0, false, BodyFraming::none},
          Row{101, http_1_1, false, BodyFraming::none}}) {
        EXPECT_EQ(choose_framing(row.status, row.version, row.is_length_known), row.framing)
            << row.status;
    }
}

TEST(response_head, writes_dates_as_http_has_them) {
    DateText date;
    auto const at = [&](std::int64_t second) {
        return std::string(date.at(WallTime(seconds(second))));
    };
    EXPECT_EQ(at(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(at(951'782'399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(at(951'782'400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(at(4'102'444'800), "Fri, 01 Jan 2100 00:00:00 GMT");
    EXPECT_EQ(date.at(WallTime(milliseconds(4'102'444'800'999))), "Fri, 01 Jan 2100 00:00:00 GMT");
}

TEST(response_head, is_written_whole) {
    Headers const headers{{"X-A", "1"}, {"CONNECTION", "upgrade"}, {"x-request-id", "forged"}};
    std::string out = "kept|";
    append_response_head(out, {.status = 207,
                               .headers = headers,
                               .framing = BodyFraming::chunked,
                               .keeps_alive = false,
                               .date = "D",
                               .request_id = "R"});
    EXPECT_EQ(out,
              "kept|HTTP/1.1 207 Multi-Status\r\nX-A: 1\r\nDate: D\r\nX-Request-Id: R\r\n"
              "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(chunk_head(255), "ff\r\n");
}

TEST(response_head, a_handlers_own_date_goes_before_ours) {
    Headers const headers{{"date", "theirs"}};
    std::string out;
    append_response_head(out, {.status = 204, .headers = headers, .date = "ours"});
    EXPECT_NE(out.find("date: theirs\r\n"), std::string::npos);
    EXPECT_EQ(out.find("ours"), std::string::npos);
}

}  // namespace
}  // namespace filegate::net
