#include "sandbox/faults.hpp"

#include <gtest/gtest.h>

namespace filegate::sandbox {
namespace {

TEST(fault_flag, reads_every_kind) {
    struct Case {
        std::string_view flag;
        Fault fault;
    };
    Case const cases[] = {
        {"kimi:upload:status=503:rate=0.2",
         {.provider = "kimi", .route = "upload", .status = 503, .rate = 0.2}},
        {"kimi:upload:status", {.provider = "kimi", .route = "upload", .status = 503}},
        {"*:*:latency:ms=250", {.kind = FaultKind::latency, .ms = milliseconds(250)}},
        {"*:list:latency:rate=1:ms=600000",
         {.route = "list", .kind = FaultKind::latency, .ms = milliseconds(600'000)}},
        {"glm:upload:lost_answer",
         {.provider = "glm", .route = "upload", .kind = FaultKind::lost_answer}},
        {"glm-cn:delete:reset_after_body:rate=0",
         {.provider = "glm-cn", .route = "delete", .kind = FaultKind::reset_after_body, .rate = 0}},
        {"*:content:status=400", {.route = "content", .status = 400}},
        {"*:retrieve:status=599", {.route = "retrieve", .status = 599}},
        {"kimi:*:html", {.provider = "kimi", .kind = FaultKind::html, .status = 504}},
        {"kimi:*:html=502", {.provider = "kimi", .kind = FaultKind::html, .status = 502}},
        {"*:upload:refuse_connection", {.route = "upload", .kind = FaultKind::refuse_connection}},
        {"*:upload:reset_before_body", {.route = "upload", .kind = FaultKind::reset_before_body}},
        {"*:upload:reset_during_body", {.route = "upload", .kind = FaultKind::reset_during_body}},
        {"*:*:wrong_length", {.kind = FaultKind::wrong_length}},
        {"*:*:invalid_json", {.kind = FaultKind::invalid_json}},
        {"*:*:empty_answer", {.kind = FaultKind::empty_answer}},
        {"*:*:no_id", {.kind = FaultKind::no_id}},
        {"*:upload:wrong_bytes", {.route = "upload", .kind = FaultKind::wrong_bytes}},
        {"*:upload:failed_status", {.route = "upload", .kind = FaultKind::failed_status}},
        {"*:upload:vanish", {.route = "upload", .kind = FaultKind::vanish}},
        {"*:upload:vanish=0", {.route = "upload", .kind = FaultKind::vanish}},
        {"*:upload:vanish=24h",
         {.route = "upload", .kind = FaultKind::vanish, .ms = std::chrono::hours(24)}},
        {"*:*:slow_accept=2s", {.kind = FaultKind::slow_accept, .ms = seconds(2)}},
        {"*:*:slow_read=1.5s", {.kind = FaultKind::slow_read, .ms = milliseconds(1'500)}},
        {"*:*:slow_read=1.001s", {.kind = FaultKind::slow_read, .ms = milliseconds(1'001)}},
        {"*:*:latency=250ms", {.kind = FaultKind::latency, .ms = milliseconds(250)}},
        {"*:*:drip=10m", {.kind = FaultKind::drip, .ms = std::chrono::minutes(10)}},
        {"kimi:upload:refuse_purpose=file-extract",
         {.provider = "kimi",
          .route = "upload",
          .kind = FaultKind::refuse_purpose,
          .purpose = "file-extract"}},
        {"kimi:*:refuse_purpose:purpose=image",
         {.provider = "kimi", .kind = FaultKind::refuse_purpose, .purpose = "image"}},
        {"glm:*:clock_skew=-5m",
         {.provider = "glm", .kind = FaultKind::clock_skew, .ms = -std::chrono::minutes(5)}},
        {"glm:*:clock_skew=24h",
         {.provider = "glm", .kind = FaultKind::clock_skew, .ms = std::chrono::hours(24)}},
        {"kimi:upload:status=429:type=exceeded_current_quota_error",
         {.provider = "kimi",
          .route = "upload",
          .status = 429,
          .type = "exceeded_current_quota_error"}},
        {"glm:*:status=429:code=1113", {.provider = "glm", .status = 429, .code = "1113"}},
        {"glm/native:upload:status",
         {.provider = "glm", .transport = Transport::native, .route = "upload"}},
        {"*/plain:*:lost_answer", {.transport = Transport::plain, .kind = FaultKind::lost_answer}},
        {"glm/*:*:status", {.provider = "glm"}},
        {"kimi:upload:status=503:from=10s:until=600s",
         {.provider = "kimi", .route = "upload", .from = seconds(10), .until = seconds(600)}},
        {"*:*:status:until=8784h", {.until = std::chrono::hours(8'784)}},
        {"*:*:status:from=0:until=1ms", {.until = milliseconds(1)}},
    };
    for (auto const& [flag, fault] : cases) {
        auto const parsed = parse_fault_flag(flag);
        ASSERT_TRUE(parsed) << flag << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, fault) << flag;
    }
}

struct Refused {
    std::string_view flag;
    std::string_view says;
};

void expect_refusals(std::initializer_list<Refused> cases) {
    for (auto const& [flag, says] : cases) {
        auto const parsed = parse_fault_flag(flag);
        ASSERT_FALSE(parsed) << flag;
        EXPECT_EQ(parsed.error().code, ErrorCode::validation_failed) << flag;
        EXPECT_NE(parsed.error().message.find(says), std::string::npos)
            << flag << ": " << parsed.error().message;
    }
}

TEST(fault_flag, refuses_what_would_not_do_what_it_says) {
    expect_refusals({
        {"", "kind is one of"},
        {"kimi", "kind is one of"},
        {"kimi:upload", "kind is one of"},
        {"kimi:upload:explode", "not \"explode\""},
        {"kimi:push:status=503", "route is one of"},
        {":upload:status=503", "provider is a name"},
        {"kimi:upload:status=399", "400 to 599, not 399"},
        {"kimi:upload:status=600", "400 to 599, not 600"},
        {"kimi:upload:status=503.5", "whole number"},
        {"kimi:upload:status=", "is a number"},
        {"kimi:upload:status=503x", "is a number"},
        {"kimi:upload:status=503:status=500", "given twice"},
        {"kimi:upload:status=nan", "whole number"},
        {"kimi:upload:status=1e300", "whole number"},
        {"kimi:upload:latency", "needs ms"},
        {"kimi:upload:lost_answer=5", "lost_answer takes no value, not \"5\""},
        {"kimi:upload:latency:ms=0", "1 to 600000, not 0"},
        {"kimi:upload:latency:ms=600001", "1 to 600000, not 600001"},
        {"kimi:upload:latency:ms=5:status=500", "kind latency takes no status"},
        {"kimi:upload:lost_answer:ms=5", "kind lost_answer takes no ms"},
        {"kimi:upload:status=500:rate=1.01", "0 to 1, not 1.01"},
        {"kimi:upload:status=500:rate=-0.1", "0 to 1, not -0.1"},
        {"kimi:upload:status=500:rate=nan", "0 to 1, not nan"},
        {"kimi:upload:status=500:rate", "is a number"},
        {"kimi:upload:status=500:colour=3", "not \"colour\""},
        {"kimi:upload:status=500::rate=0.1", "not \"\""},
        {"kimi:upload:status=500:provider=glm", "not \"provider\""},
    });
}

TEST(fault_flag, refuses_settings_that_a_kind_does_not_have_or_cannot_take) {
    expect_refusals({
        {"kimi:upload:latency=5:ms=6", "given twice"},
        {"kimi:upload:latency=5d", "a time such as 10s, 5m or 1h, not \"5d\""},
        {"kimi:upload:latency=s", "not \"s\""},
        {"kimi:upload:latency=0.5", "1 to 600000, not 0.5"},
        {"kimi:upload:latency=inf", "1 to 600000, not inf"},
        {"kimi:upload:drip", "drip needs ms"},
        {"kimi:upload:slow_read=11m", "1 to 600000, not 660000"},
        {"kimi:upload:status=500:rate=1s", "rate is a number, not \"1s\""},
        {"kimi:upload:status=50s", "status is a number, not \"50s\""},
        {"kimi:upload:vanish=-1", "0 to 31622400000, not -1"},
        {"kimi:upload:clock_skew=25h", "-86400000 to 86400000, not 90000000"},
        {"kimi:upload:clock_skew", "clock_skew needs ms"},
        {"kimi:upload:refuse_purpose", "refuse_purpose needs purpose"},
        {"kimi:upload:refuse_purpose=", "purpose is a word"},
        {"kimi:upload:refuse_purpose=a b", "purpose is a word"},
        {"kimi:upload:refuse_purpose=\xff", "purpose is a word"},
        {"kimi:upload:status=500:purpose=a", "kind status takes no purpose"},
        {"kimi:upload:lost_answer:type=a", "kind lost_answer takes no type"},
        {"kimi:upload:html=504:code=a", "kind html takes no code"},
        {"kimi:upload:status=429:type=", "type is a word"},
        {"kimi:upload:status=429:type=a:type=b", "given twice"},
        {"*:upload:status=429:code=1113", "name the provider"},
        {"kimi:list:vanish", "upload or *, not list"},
        {"kimi:delete:refuse_purpose=a", "upload or *, not delete"},
        {"glm/nativ:upload:status", "one of *, native, openai, plain, not \"nativ\""},
        {"glm/:upload:status", "not \"\""},
        {"/native:upload:status", "provider is a name"},
        {"kimi:upload:status:from=-1", "from_ms is a whole number from 0"},
        {"kimi:upload:status:until=8785h", "to 31622400000, not 31626000000"},
        {"kimi:upload:status:from=10s:until=10s", "ends after it begins"},
        {"kimi:upload:status:until=0", "ends after it begins"},
    });
}

TEST(fault_list, takes_a_list_and_a_single_object) {
    auto const list = parse_fault_list(
        R"([{"provider":"kimi","route":"upload","kind":"status","status":503,"rate":0.2},
            {"kind":"latency","ms":5}])");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ((*list)[0], (Fault{.provider = "kimi", .route = "upload", .rate = 0.2}));
    EXPECT_EQ((*list)[1], (Fault{.kind = FaultKind::latency, .ms = milliseconds(5)}));

    auto const whole = parse_fault_list(
        R"({"provider":"glm","transport":"native","route":"upload","kind":"status","status":429,
            "code":"1113","rate":0.5,"from_ms":1000,"until_ms":2000})");
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->front(), (Fault{.provider = "glm",
                                     .transport = Transport::native,
                                     .route = "upload",
                                     .status = 429,
                                     .code = "1113",
                                     .rate = 0.5,
                                     .from = seconds(1),
                                     .until = seconds(2)}));
    EXPECT_EQ(parse_fault_list(R"({"kind":"status","provider":"*/plain"})")->front().transport,
              Transport::plain);
    EXPECT_EQ(parse_fault_list(R"({"kind":"refuse_purpose","purpose":"x"})")->front().purpose, "x");

    auto const one = parse_fault_list(R"({"kind":"lost_answer"})");
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(*one, std::vector{Fault{.kind = FaultKind::lost_answer}});
    EXPECT_TRUE(parse_fault_list("[]")->empty());
}

TEST(fault_list, refuses_what_is_no_list_of_faults) {
    struct Case {
        std::string text;
        std::string_view says;
    };
    std::string const deep(100, '[');
    std::string many = "[";
    for (int i = 0; i < 65; ++i)
        many += R"({"kind":"status"},)";
    many.back() = ']';
    Case const cases[] = {
        {"", "is JSON"},
        {"[", "is JSON"},
        {"3", "JSON object"},
        {"[3]", "JSON object"},
        {"[{}]", "kind is one of"},
        {R"([{"kind":3}])", "kind is a string"},
        {R"([{"kind":"status","status":"503"}])", "status is a number"},
        {R"([{"kind":"status","rate":true}])", "rate is a number"},
        {R"([{"kind":"status","provider":""}])", "provider is a name"},
        {R"([{"kind":"status","latency":3}])", "not \"latency\""},
        {R"([{"kind":"status","from":3}])", "not \"from\""},
        {R"([{"kind":"status","":3}])", "not \"\""},
        {R"([{"kind":"latency","ms":"3s"}])", "ms is a number"},
        {R"([{"kind":"status","transport":3}])", "transport is a string"},
        {R"([{"kind":"status","provider":"glm/native","transport":"plain"}])", "given twice"},
        {R"([{"kind":"status"},{"kind":"no"}])", "not \"no\""},
        {deep, "is JSON"},
        {many, "64 faults at once, not 65"},
        {std::string(64 * 1024 + 1, ' '), "65536 bytes, not 65537"},
    };
    for (auto const& [text, says] : cases) {
        auto const parsed = parse_fault_list(text);
        ASSERT_FALSE(parsed) << text.substr(0, 80);
        EXPECT_NE(parsed.error().message.find(says), std::string::npos) << parsed.error().message;
    }
}

TEST(fault_providers, must_be_able_to_do_what_is_asked_of_them) {
    std::vector<std::string> const providers{"kimi", "glm"};
    struct Case {
        Fault fault;
        std::string_view says;  // empty: nothing against it
    };
    Case const cases[] = {
        {{}, ""},
        {{.provider = "glm"}, ""},
        {{.provider = "kimmi"},
         "No provider \"kimmi\" is imitated here; there are kimi, glm and *."},
        {{.provider = "openai"},
         "No provider \"openai\" is imitated here; there are kimi, glm and *."},
        {{.transport = Transport::native}, ""},
        {{.provider = "glm", .transport = Transport::native}, ""},
        {{.provider = "kimi", .transport = Transport::plain}, ""},
        {{.provider = "kimi", .transport = Transport::native},
         "There is no transport native at kimi; there are openai and plain."},
        {{.provider = "kimi", .status = 429, .type = "engine_overloaded_error"}, ""},
        {{.provider = "glm", .status = 429, .code = "1308"}, ""},
        {{.provider = "glm", .status = 500, .code = "1113"},
         "glm has no such error with status 500: 1113. It has 500, 1230, 1234."},
        {{.provider = "kimi", .status = 429, .type = "insufficient_quota"},
         "kimi has no such error with status 429: insufficient_quota. It has "
         "rate_limit_reached_error, engine_overloaded_error, exceeded_current_quota_error."},
        {{.provider = "kimi", .status = 418, .type = "teapot", .code = "1"},
         "kimi has no such error with status 418: teapot, 1. It has none."},
    };
    for (auto const& [fault, says] : cases) {
        auto const checked = check_fault_providers(std::vector{fault}, providers);
        EXPECT_EQ(checked ? "" : checked.error().message, says);
    }
    std::vector<Fault> const second_wrong{{}, {.provider = "kimmi"}};
    EXPECT_FALSE(check_fault_providers(second_wrong, providers));
}

}  // namespace
}  // namespace filegate::sandbox
