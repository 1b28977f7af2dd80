#include "delivery/provider_failure.hpp"

#include <gtest/gtest.h>

#include "delivery/provider_json.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;
using enum contracts::FailureKind;

contracts::Contract const& contract_named(std::string_view name) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() == name) return contract;
    }
    throw std::logic_error("no such contract");
}

ProviderFailure understood(std::string_view provider, int status, std::string body,
                           net::Headers headers = {}) {
    WallTime const now(seconds(784'111'777));  // Sun, 06 Nov 1994 08:49:37 GMT
    return understand_answer(contract_named(provider),
                             {status, std::move(headers), std::move(body)}, now);
}

struct Case {
    std::string_view provider;
    int status;
    std::string body;
    FailureKind kind;
};

class understanding : public testing::TestWithParam<Case> {};

TEST_P(understanding, gives_the_kind_of_the_table) {
    auto const& row = GetParam();
    auto const failure = understood(row.provider, row.status, row.body);
    EXPECT_EQ(contracts::name_of(failure.kind), contracts::name_of(row.kind))
        << row.provider << " " << row.status << " " << row.body;
    EXPECT_EQ(failure.status, row.status);
}

std::string kimi_error(std::string_view type, std::string_view message) {
    return fmt::format(R"({{"error":{{"message":"{}","type":"{}"}}}})", message, type);
}
std::string glm_error(std::string_view code, std::string_view message = "…") {
    return fmt::format(R"({{"error":{{"code":"{}","message":"{}"}}}})", code, message);
}
std::string openai_error(std::string_view type, std::string_view code, std::string_view message) {
    return fmt::format(R"({{"error":{{"message":"{}","type":"{}","param":null,"code":"{}"}}}})",
                       message, type, code);
}
std::string const invalid = "invalid_request_error";
std::string const html = "<html><head><title>504 Gateway Time-out</title></head></html>";

INSTANTIATE_TEST_SUITE_P(
    kimi, understanding,
    testing::Values(
        Case{"kimi", 400, kimi_error(invalid, "File size is too large, max file size is 100MB"),
             refused_file},
        Case{"kimi", 400, kimi_error(invalid, "File size is zero, please confirm"), refused_file},
        Case{"kimi", 400,
             kimi_error(invalid,
                        "The number of files you have uploaded exceeded the max file "
                        "count 1000, please delete previous uploaded files"),
             account_exhausted},
        Case{"kimi", 400, kimi_error(invalid, "Invalid purpose: only 'file-extract' accepted"),
             refused_purpose},
        Case{"kimi", 400, kimi_error(invalid, "text extract error: 不支持的文件类型"),
             refused_file},
        Case{"kimi", 400, kimi_error("content_filter", "no"), refused_file},
        Case{"kimi", 400, kimi_error(invalid, "missing required header Kimi-Api-Version"), server},
        Case{"kimi", 401, kimi_error("invalid_authentication_error", "Invalid Authentication"),
             authentication},
        Case{"kimi", 401, kimi_error("incorrect_api_key_error", "Incorrect API key provided"),
             authentication},
        Case{"kimi", 403, kimi_error("permission_denied_error", "no"), authentication},
        Case{"kimi", 404, kimi_error("resource_not_found_error", "Not found"), not_found},
        Case{"kimi", 429, kimi_error("engine_overloaded_error", "overloaded"), rate},
        Case{"kimi", 429,
             kimi_error("rate_limit_reached_error", "request reached organization max RPM: 3"),
             rate},
        Case{"kimi", 429,
             kimi_error("rate_limit_reached_error", "request reached organization TPD rate limit"),
             account_exhausted},
        Case{"kimi", 429, kimi_error("exceeded_current_quota_error", "is suspended"),
             account_exhausted},
        Case{"kimi", 499, kimi_error("client_closed_request", ""), server},
        Case{"kimi", 500, kimi_error("server_error", "Failed to extract file: x"), server},
        Case{"kimi", 500, kimi_error("unexpected_output", "invalid state transition"), server},
        Case{"kimi", 503, kimi_error("server_unavailable", ""), server},
        Case{"kimi", 504, html, ambiguous},
        Case{"kimi-cn", 400, kimi_error(invalid, "Invalid purpose: x"), refused_purpose}));

INSTANTIATE_TEST_SUITE_P(
    glm, understanding,
    testing::Values(
        Case{"glm", 400, glm_error("1214", "purpose 参数非法"), refused_purpose},
        Case{"glm", 400, glm_error("1210", "invalid Purpose"), refused_purpose},
        Case{"glm", 400, glm_error("1214", "other 参数非法"), refused_file},
        Case{"glm", 400, R"({"error":{"code":1214,"message":"invalid purpose"}})", refused_purpose},
        Case{"glm", 400, R"({"code":1210,"message":"custom id"})", refused_file},
        Case{"glm", 400, glm_error("1210", "文件格式暂不支持"), refused_file},
        Case{"glm", 401, glm_error("1000"), authentication},
        Case{"glm", 401, glm_error("1003"), authentication},
        Case{"glm", 429, glm_error("1113"), account_exhausted},
        Case{"glm", 429, glm_error("1302"), rate}, Case{"glm", 429, glm_error("1305"), rate},
        Case{"glm", 429, glm_error("1304"), account_exhausted},
        Case{"glm", 429, glm_error("1308"), account_exhausted},
        Case{"glm", 429, glm_error("1310"), account_exhausted},
        Case{"glm", 429, R"({"error":"Too many requests, please try again later"})", rate},
        Case{"glm", 403, glm_error("1120"), server},
        Case{"glm", 403, glm_error("1121"), authentication},
        Case{"glm", 500, glm_error("500"), server}, Case{"glm", 400, glm_error("1234"), server},
        Case{"glm", 400, glm_error("1301"), refused_file}, Case{"glm", 434, "", authentication},
        Case{"glm", 400, R"({"error":{"code":"1210","message":"the number of files exceeds 100"}})",
             account_exhausted},
        Case{"glm", 435, "", refused_file}, Case{"glm", 502, html, ambiguous},
        Case{"glm-cn", 435, "", refused_file},
        Case{"glm-cn", 400, glm_error("1214", "purpose"), refused_purpose}));

INSTANTIATE_TEST_SUITE_P(
    openai, understanding,
    testing::Values(
        Case{"openai", 400, openai_error(invalid, "", "'a' is not one of ['b'] - 'purpose'"),
             refused_purpose},
        Case{"openai", 400, openai_error(invalid, "", "Invalid file"), refused_file},
        Case{"openai", 401, openai_error(invalid, "invalid_api_key", "no"), authentication},
        Case{"openai", 403, openai_error("", "", "no"), authentication},
        Case{"openai", 404, openai_error(invalid, "", "No such File object: file-abc"), not_found},
        Case{"openai", 413, "", refused_file},
        Case{"openai", 429, openai_error("insufficient_quota", "insufficient_quota", "no"),
             account_exhausted},
        Case{"openai", 429, openai_error("tokens", "insufficient_quota", "no"), account_exhausted},
        Case{"openai", 429, openai_error("requests", "rate_limit_exceeded", "slow"), rate},
        Case{"openai", 503, openai_error("server_error", "slow_down", "slow"), rate},
        Case{"openai", 503, openai_error("server_error", "server_is_overloaded", "x"), rate},
        Case{"openai", 500, openai_error("server_error", "", "x"), server},
        Case{"openai", 408, "", server}, Case{"openai", 502, html, ambiguous},
        Case{"openai", 504, "", ambiguous}));

// What no row of any contract names.
INSTANTIATE_TEST_SUITE_P(
    status_alone, understanding,
    testing::Values(Case{"kimi", 400, "", refused_file}, Case{"kimi", 401, html, authentication},
                    Case{"kimi", 403, "", authentication}, Case{"kimi", 404, "", not_found},
                    Case{"kimi", 408, "", server}, Case{"kimi", 409, "", refused_file},
                    Case{"kimi", 413, "", refused_file}, Case{"kimi", 422, "", refused_file},
                    Case{"kimi", 429, "", rate}, Case{"kimi", 500, "", server},
                    Case{"kimi", 502, "", ambiguous}, Case{"kimi", 503, "", server},
                    Case{"kimi", 505, "", server}, Case{"kimi", 520, "", ambiguous},
                    Case{"kimi", 524, "", ambiguous}, Case{"kimi", 599, "", ambiguous},
                    Case{"kimi", 301, "", not_found}));

TEST(provider_failure, keeps_the_providers_words_and_ids) {
    auto const failure = understood(
        "openai", 400, R"({"error":{"message":"bad","type":"t","param":null,"code":"c"}})",
        {{"X-Request-Id", "req_1"}});
    EXPECT_EQ(failure.message, "bad");
    EXPECT_EQ(failure.type, "t");
    EXPECT_EQ(failure.code, "c");
    EXPECT_EQ(failure.request_id, "req_1");
    EXPECT_EQ(failure.body_start, "");
    EXPECT_EQ(understood("kimi", 400, "", {{"Msh-Request-Id", "m"}}).request_id, "m");
}

TEST(provider_failure, reads_three_shapes_and_keeps_the_start_of_all_else) {
    struct Row {
        std::string body;
        std::string message;
        std::string code;
        std::string body_start;
    };
    std::string const deep = std::string(100, '[') + std::string(100, ']');
    for (auto const& row : {
             Row{R"({"error":{"message":"m","code":"7"}})", "m", "7", ""},
             Row{R"({"error":{"message":"m","code":7}})", "m", "7", ""},
             Row{R"({"error":"m"})", "m", "", ""},
             Row{R"({"code":7,"message":"m"})", "m", "7", ""},
             Row{R"({"code":"7","msg":"m"})", "m", "7", ""},
             Row{R"({"error":null,"message":"m"})", "m", "", ""},
             Row{R"({"error":{"message":{"a":[1,true]},"code":null}})", R"({"a":[1,true]})", "",
                 ""},
             Row{R"({"error":{"message":null,"code":1.5}})", "", "1.5E0", ""},
             Row{R"({"error":{}})", "", "", R"({"error":{}})"},
             Row{R"({"error":[]})", "", "", R"({"error":[]})"},
             Row{R"({"error":)", "", "", R"({"error":)"},
             Row{"[]", "", "", "[]"},
             Row{"\"text\"", "", "", "\"text\""},
             Row{"", "", "", ""},
             Row{"<html>\r\n<b>no</b>", "", "", "<html>  <b>no</b>"},
             Row{"\xff\xfe\x01", "", "", "?? "},
             Row{"{\"error\":\"\xff\"}", "", "", "{\"error\":\"?\"}"},
             Row{R"({"error":"\ud800"})", "", "", R"({"error":"\ud800"})"},
             Row{deep, "", "", deep},
         }) {
        auto const failure = understood("kimi", 400, row.body);
        EXPECT_EQ(failure.message, row.message) << row.body;
        EXPECT_EQ(failure.code, row.code) << row.body;
        EXPECT_EQ(failure.body_start, row.body_start) << row.body;
    }
}

TEST(provider_failure, messages_are_cleaned_and_shortened) {
    auto const failure =
        understood("kimi", 400, R"({"error":"a\u0000b\nc\u001b[31m\u007f\u0085d"})");
    EXPECT_EQ(failure.message, "a b c [31m  d");
    auto const long_one = understood("kimi", 400, R"({"error":")" + std::string(5000, 'x') + "\"}");
    EXPECT_EQ(long_one.message.size(), 300);
    std::string chinese;
    for (int i = 0; i < 200; ++i)
        chinese += "不";
    EXPECT_EQ(understood("kimi", 400, R"({"error":")" + chinese + "\"}").message.size(), 300);
    EXPECT_EQ(understood("kimi", 400, R"({"error":"ab)" + chinese + "\"}").message.size(), 299)
        << "no sequence is cut";
}

TEST(provider_failure, a_huge_body_is_not_parsed_but_its_status_counts) {
    auto const failure =
        understood("kimi", 503, R"({"error":")" + std::string(4 << 20, 'x') + "\"}");
    EXPECT_EQ(failure.kind, server);
    EXPECT_EQ(failure.message, "");
    EXPECT_EQ(failure.body_start.size(), 200);
}

TEST(provider_failure, retry_after_is_seconds_or_a_date) {
    struct Row {
        std::string_view text;
        std::optional<int> expected;
    };
    for (auto const& row : {
             Row{"0", 0},
             Row{"7", 7},
             Row{"86400", 86400},
             Row{"86401", 86400},
             Row{"99999999999999999999", 86400},
             Row{"", std::nullopt},
             Row{"-1", std::nullopt},
             Row{"1.5", std::nullopt},
             Row{"soon", std::nullopt},
             Row{"Sun, 06 Nov 1994 08:49:37 GMT", 0},
             Row{"Sun, 06 Nov 1994 08:50:07 GMT", 30},
             Row{"Sun, 06 Nov 1994 08:40:00 GMT", 0},
             Row{"Mon, 06 Nov 2034 08:49:37 GMT", 86400},
             Row{"Sun, 06 Xxx 1994 08:49:37 GMT", std::nullopt},
             Row{"Sun, 32 Nov 1994 08:49:37 GMT", std::nullopt},
             Row{"Sun, 06 Nov 1994 08:49:37 UTC", std::nullopt},
             Row{"Sun, 06 ovD 1994 08:49:37 GMT", std::nullopt},
             Row{"Sun, -6 Nov 1994 08:49:37 GMT", std::nullopt},
         }) {
        auto const failure = understood("kimi", 429, "", {{"Retry-After", std::string(row.text)}});
        std::optional<int> seen;
        if (failure.retry_after) seen = static_cast<int>(failure.retry_after->count());
        EXPECT_EQ(seen, row.expected) << row.text;
    }
}

TEST(provider_failure, a_broken_exchange_is_judged_by_how_far_it_got) {
    using enum net::TransportFailure::Stage;
    struct Row {
        net::TransportFailure::Stage stage;
        FailureKind kind;
        bool is_own;
    };
    for (auto const& row : {Row{connecting, network, false}, Row{sending, network, false},
                            Row{awaiting_answer, ambiguous, false},
                            Row{receiving, ambiguous, false}, Row{reading_body, network, true}}) {
        auto const failure =
            understand_transport({.stage = row.stage, .is_timeout = true, .message = "why\n"});
        EXPECT_EQ(failure.kind, row.kind);
        EXPECT_EQ(failure.is_own, row.is_own);
        EXPECT_TRUE(failure.is_timeout);
        EXPECT_EQ(failure.status, 0);
        EXPECT_EQ(failure.message, "why ");
    }
}

TEST(provider_json, a_file_needs_a_usable_id_and_nothing_else) {
    EXPECT_FALSE(read_file_object("{}"));
    EXPECT_FALSE(read_file_object("[]"));
    EXPECT_FALSE(read_file_object(R"({"id":""})"));
    EXPECT_FALSE(read_file_object(R"({"id":"a b"})"));
    EXPECT_FALSE(read_file_object(R"({"id":"a\u0000"})"));
    EXPECT_FALSE(read_file_object(fmt::format(R"({{"id":"{}"}})", std::string(129, 'x'))));
    EXPECT_TRUE(read_file_object(fmt::format(R"({{"id":"{}"}})", std::string(128, 'x'))));
    EXPECT_EQ(read_file_object(R"({"id":17})")->id.text(), "17");
    auto const bare = read_file_object(R"({"id":"f","bytes":null,"filename":null,"status":null})");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->bytes, 0);
    EXPECT_FALSE(bare->created_at);
}

TEST(provider_json, reads_what_old_and_new_servers_write) {
    auto const file = read_file_object(
        R"({"id":"1788419253_167220","fileName":"a.pdf","bytes":490,"created_at":1715673494,)"
        R"("expires_at":1788419254671,"status":"ok","purpose":"batch"})");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->filename, "a.pdf");
    EXPECT_EQ(file->bytes, 490);
    EXPECT_EQ(unix_seconds(*file->created_at), 1'715'673'494);
    EXPECT_EQ(file->expires_at->time_since_epoch(), milliseconds(1'788'419'254'671));
    EXPECT_FALSE(read_file_object(R"({"id":"f","created_at":-1})")->created_at);
    EXPECT_FALSE(read_file_object(R"({"id":"f","created_at":9223372036854775807})")->created_at);
    EXPECT_FALSE(read_file_object(R"({"id":"f","created_at":"2025"})")->created_at);
}

TEST(provider_json, a_list_leaves_out_what_is_no_file) {
    auto const files = read_file_list(R"({"data":[{"id":"a"},{},7,null,{"id":"b"}]})");
    ASSERT_TRUE(files);
    EXPECT_EQ(files->files.size(), 2);
    EXPECT_FALSE(read_file_list("{}"));
    EXPECT_FALSE(read_file_list(R"({"data":{}})"));
    EXPECT_FALSE(read_file_list("<html>"));
}

}  // namespace
}  // namespace filegate::delivery
