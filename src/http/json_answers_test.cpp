#include "http/json_answers.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "access/access_fakes.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

json::object body(net::ServerResponse const& answer) {
    return json::parse(std::get<std::string>(answer.body)).as_object();
}

gateway::FileView view() {
    gateway::FileView view;
    view.file = {.id = FileId("file-01h455vb4pex5vsknk084sn02q"),
                 .owner = PrincipalId("local"),
                 .name = "年.pdf",
                 .purpose = Purpose("assistants"),
                 .bytes = 5'000'000'000,
                 .sha256 = sha256("x"),
                 .mime_type = "application/pdf",
                 .created_at = WallTime(seconds(1'700'000'000)),
                 .status = catalog::FileStatus::placed};
    view.placements.push_back({.key = {.provider = ProviderName("kimi"),
                                       .account = AccountName("default"),
                                       .purpose = WirePurpose("file-extract"),
                                       .sha256 = view.file.sha256},
                               .provider_file_id = ProviderFileId("d40qan21ol7h6f177pt0")});
    return view;
}

TEST(json_answers, a_file_has_every_member_openai_requires_and_ours_beside_them) {
    auto const file = body(file_answer(view(), access::PrincipalFake::local()));
    EXPECT_EQ(file.at("id"), "file-01h455vb4pex5vsknk084sn02q");
    EXPECT_EQ(file.at("object"), "file");
    EXPECT_EQ(file.at("bytes"), 5'000'000'000);
    EXPECT_EQ(file.at("created_at"), 1'700'000'000);
    EXPECT_TRUE(file.at("expires_at").is_null());
    EXPECT_EQ(file.at("filename"), "年.pdf");
    EXPECT_EQ(file.at("purpose"), "assistants");
    EXPECT_EQ(file.at("status"), "processed");
    auto const& ours = file.at("filegate").as_object();
    EXPECT_EQ(ours.at("deduplicated"), false);
    EXPECT_EQ(ours.at("placements").at(0).at("provider_file_id"), "d40qan21ol7h6f177pt0");
    EXPECT_FALSE(file.contains("owner"));
    EXPECT_FALSE(ours.contains("failed_deliveries"));
}

TEST(json_answers, a_partial_success_names_what_failed) {
    auto partly = view();
    partly.outcomes = {{.provider = ProviderName("kimi")},
                       {.provider = ProviderName("glm"),
                        .failure = Error{.code = ErrorCode::provider_unavailable,
                                         .message = "glm did not answer"}}};
    auto const file = body(file_answer(partly, access::PrincipalFake::local()));
    auto const& failed = file.at("filegate").at("failed_deliveries").as_array();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].at("provider"), "glm");
    EXPECT_EQ(failed[0].at("error_code"), "3002");
}

TEST(json_answers, an_error_has_the_four_members_of_openai_and_never_the_detail) {
    Error const error{.code = ErrorCode::upload_failed,
                      .message = "kimi failed",
                      .detail = "internal",
                      .provider = "kimi",
                      .file_id = "file-x",
                      .retry_after_s = 7};
    auto const answer = error_answer(error, RequestId("req-9"));
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(answer.headers.find("Retry-After"), "7");
    EXPECT_EQ(std::get<std::string>(answer.body).find("internal"), std::string::npos);
    auto const object = body(answer).at("error").as_object();
    EXPECT_EQ(object.at("message"), "kimi failed");
    EXPECT_EQ(object.at("type"), "provider_error");
    EXPECT_TRUE(object.at("param").is_null());
    EXPECT_EQ(object.at("code"), "upload_failed");
    auto const& ours = object.at("filegate").as_object();
    EXPECT_EQ(ours.at("error_code"), "3006");
    EXPECT_EQ(ours.at("error_name"), "UPLOAD_FAILED");
    EXPECT_EQ(ours.at("provider"), "kimi");
    EXPECT_EQ(ours.at("file_id"), "file-x");
    EXPECT_EQ(ours.at("request_id"), "req-9");
    EXPECT_EQ(ours.at("retry_after_s"), 7);
}

TEST(json_answers, an_error_is_json_whatever_bytes_it_quotes) {
    std::string const bytes = "a\xFF\n\"";
    auto const answer = body(error_answer({.code = ErrorCode::validation_failed,
                                           .message = bytes,
                                           .param = bytes,
                                           .provider = bytes,
                                           .file_id = bytes},
                                          RequestId("req-9")));
    auto const& error = answer.at("error").as_object();
    EXPECT_EQ(error.at("param").as_string(), "a\\xff\\n\"");
    EXPECT_EQ(error.at("message").as_string(), "a\\xff\\n\"");
    auto const& ours = error.at("filegate").as_object();
    EXPECT_EQ(ours.at("file_id").as_string(), "a\\xff\\n\"");
    EXPECT_EQ(ours.at("provider").as_string(), "a\\xff\\n\"");
}

TEST(json_answers, a_deliver_request_takes_names_as_text_or_list) {
    auto const text = parse_deliver_request(R"({"provider":"kimi,glm","deliver":"later"})");
    ASSERT_TRUE(text);
    EXPECT_EQ(text->providers.size(), 2U);
    EXPECT_EQ(text->mode, gateway::DeliveryMode::later);
    auto const list = parse_deliver_request(R"({"provider":["glm"],"purpose":"agent"})");
    ASSERT_TRUE(list);
    EXPECT_EQ(list->providers.front(), ProviderName("glm"));
    EXPECT_EQ(list->purpose, Purpose("agent"));
    EXPECT_TRUE(parse_deliver_request("")->providers.empty());
}

TEST(json_answers, a_malformed_deliver_request_is_refused) {
    for (std::string_view const text :
         {"[", "[]", "\"kimi\"", R"({"provider":7})", R"({"provider":[7]})", R"({"deliver":"x"})",
          R"({"deliver":true})", R"({"a":[[[[[[1]]]]]]})", "{} trailing"}) {
        auto const request = parse_deliver_request(text);
        ASSERT_FALSE(request) << text;
        EXPECT_EQ(request.error().code, ErrorCode::validation_failed);
    }
}

}  // namespace
}  // namespace filegate::http
