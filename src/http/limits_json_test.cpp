#include "http/limits_json.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace filegate::http {
namespace {

boost::json::value body(net::ServerResponse const& answer) {
    return boost::json::parse(std::get<std::string>(answer.body));
}

constexpr access::QuotaView some{
    .limit_bytes = 100, .used_bytes = 30, .reserved_bytes = 20, .left_bytes = 50, .file_count = 3};

TEST(limits_json, tells_every_limit_by_name) {
    gateway::LimitsReport report{.file_bytes_max = 7, .quota = some};
    report.rates = access::RateOptions();
    report.purposes = {Purpose("assistants"), Purpose("vision")};
    report.providers = {{ProviderName("glm"), {Purpose("file")}, Purpose("file")}};
    EXPECT_EQ(body(limits_answer(report)), boost::json::parse(R"({
        "object": "limits", "file_bytes_max": 7,
        "quota": {"limit_bytes": 100, "used_bytes": 30, "reserved_bytes": 20, "left_bytes": 50,
                  "file_count": 3},
        "rates": {"requests_per_second": 200, "address_requests_per_second": 400,
                  "failed_logins_per_minute": 30, "upload_bytes_per_second": 268435456,
                  "uploads_at_once": 256,
                  "burst_s": 10},
        "purposes": ["assistants", "vision"],
        "providers": {"glm": {"purposes": ["file"], "default_purpose": "file"}}})"));
}

TEST(limits_json, what_does_not_apply_is_null) {
    auto const object = body(limits_answer({})).as_object();
    EXPECT_TRUE(object.at("quota").is_null());
    EXPECT_TRUE(object.at("rates").is_null());
}

TEST(limits_json, headers_say_what_is_used_and_left) {
    net::Headers headers;
    add_quota_headers(headers, some);
    EXPECT_EQ(headers.find("X-Filegate-Quota-Limit"), "100");
    EXPECT_EQ(headers.find("X-Filegate-Quota-Used"), "30");
    EXPECT_EQ(headers.find("X-Filegate-Quota-Left"), "50");
}

TEST(limits_json, a_principals_name_is_shown_without_what_would_move_a_cursor) {
    gateway::PrincipalQuota const one{.principal = PrincipalId("a\x1b[2Jb"), .quota = some};
    auto const object = body(quota_answer(one)).as_object();
    EXPECT_EQ(object.at("principal").as_string().find('\x1b'), boost::json::string::npos);
    EXPECT_TRUE(object.at("is_default").as_bool());
    EXPECT_EQ(object.at("left_bytes").to_number<int>(), 50);
}

TEST(limits_json, a_limit_is_a_whole_number_of_bytes_or_null) {
    EXPECT_EQ(parse_quota_limit(R"({"limit_bytes":0})").value(), 0U);
    EXPECT_EQ(parse_quota_limit(R"({"limit_bytes":53687091200})").value(), 50ULL << 30);
    EXPECT_EQ(parse_quota_limit(R"({"limit_bytes":null})").value(), std::nullopt);
    for (auto const* text :
         {"", "{}", "[]", R"({"limit_bytes":-1})", R"({"limit_bytes":1.5})",
          R"({"limit_bytes":"5"})", R"({"limit_bytes":true})", R"({"limit_bytes":[]})",
          R"({"limit_bytes":1152921504606846977})", R"({"limit_bytes":99999999999999999999})",
          R"({"limit":5})", R"({"limit_bytes":5,"more":1})"}) {
        auto const parsed = parse_quota_limit(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::validation_failed) << text;
    }
}

}  // namespace
}  // namespace filegate::http
