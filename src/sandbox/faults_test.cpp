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
        {"*:*:latency:ms=250", {.kind = FaultKind::latency, .ms = 250}},
        {"*:list:latency:rate=1:ms=600000",
         {.route = "list", .kind = FaultKind::latency, .ms = 600'000}},
        {"glm:upload:lost_answer",
         {.provider = "glm", .route = "upload", .kind = FaultKind::lost_answer}},
        {"glm-cn:delete:reset_after_body:rate=0",
         {.provider = "glm-cn", .route = "delete", .kind = FaultKind::reset_after_body, .rate = 0}},
        {"*:content:status=400", {.route = "content", .status = 400}},
        {"*:retrieve:status=599", {.route = "retrieve", .status = 599}},
    };
    for (auto const& [flag, fault] : cases) {
        auto const parsed = parse_fault_flag(flag);
        ASSERT_TRUE(parsed) << flag << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, fault) << flag;
    }
}

TEST(fault_flag, refuses_what_would_not_do_what_it_says) {
    struct Case {
        std::string_view flag;
        std::string_view says;
    };
    Case const cases[] = {
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
        {"kimi:upload:latency=5", "is no kind"},
        {"kimi:upload:latency:ms=0", "1 to 600000, not 0"},
        {"kimi:upload:latency:ms=600001", "1 to 600000, not 600001"},
        {"kimi:upload:latency:ms=5:status=500", "Only a fault of kind status"},
        {"kimi:upload:lost_answer:ms=5", "no other kind takes it"},
        {"kimi:upload:status=500:rate=1.01", "0 to 1, not 1.01"},
        {"kimi:upload:status=500:rate=-0.1", "0 to 1, not -0.1"},
        {"kimi:upload:status=500:rate=nan", "0 to 1, not nan"},
        {"kimi:upload:status=500:rate", "is a number"},
        {"kimi:upload:status=500:colour=3", "not \"colour\""},
        {"kimi:upload:status=500::rate=0.1", "not \"\""},
    };
    for (auto const& [flag, says] : cases) {
        auto const parsed = parse_fault_flag(flag);
        ASSERT_FALSE(parsed) << flag;
        EXPECT_EQ(parsed.error().code, ErrorCode::validation_failed) << flag;
        EXPECT_NE(parsed.error().message.find(says), std::string::npos)
            << flag << ": " << parsed.error().message;
    }
}

TEST(fault_list, takes_a_list_and_a_single_object) {
    auto const list = parse_fault_list(
        R"([{"provider":"kimi","route":"upload","kind":"status","status":503,"rate":0.2},
            {"kind":"latency","ms":5}])");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ((*list)[0], (Fault{.provider = "kimi", .route = "upload", .rate = 0.2}));
    EXPECT_EQ((*list)[1], (Fault{.kind = FaultKind::latency, .ms = 5}));

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

TEST(fault_providers, must_be_imitated) {
    std::vector<std::string> const providers{"kimi", "glm"};
    EXPECT_TRUE(check_fault_providers(std::vector<Fault>{{.provider = "glm"}, {}}, providers));
    auto const checked =
        check_fault_providers(std::vector<Fault>{{.provider = "kimmi"}}, providers);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message,
              "No provider \"kimmi\" is imitated here; there are kimi, glm and *.");
}

}  // namespace
}  // namespace filegate::sandbox
