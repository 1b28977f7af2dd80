#include <regex>

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

namespace json = boost::json;

FormFile const pdf{.filename = "a.pdf", .content_type = "application/pdf"};

TEST(glm, answers_an_upload_with_its_file_object) {
    SandboxBed bed;
    for (auto const* const provider : {"glm", "glm-cn"}) {
        auto const answer = bed.upload(provider, "user_data", pdf);
        ASSERT_EQ(answer.status, 200) << answer.text;
        auto const id = answer.id();
        EXPECT_TRUE(std::regex_match(id, std::regex("1700000000_[0-9a-f]{32}"))) << id;
        EXPECT_EQ(answer.json(), json::value({{"id", id},
                                              {"object", "file"},
                                              {"bytes", 5},
                                              {"created_at", 1'700'000'000},
                                              {"filename", "a.pdf"},
                                              {"purpose", "user_data"}}));
    }
}

TEST(glm, lists_nothing_without_a_purpose) {
    SandboxBed bed;
    auto const one = bed.upload("glm-cn", "user_data", pdf).json();
    auto const two = bed.upload("glm-cn", "agent", pdf).json();
    json::value const none{{"object", "list"}, {"data", json::array{}}, {"has_more", false}};
    EXPECT_EQ(bed.get("glm-cn", "/files").json(), none);
    EXPECT_EQ(bed.get("glm-cn", "/files?purpose=").json(), none);
    EXPECT_EQ(bed.get("glm-cn", "/files?purpose=batch").json(), none);
    EXPECT_EQ(bed.get("glm-cn", "/files?purpose=agent").json(),
              json::value({{"object", "list"}, {"data", json::array{two}}, {"has_more", false}}));
    EXPECT_EQ(bed.get("glm-cn", "/files?purpose=user_data").json().at("data"), json::array{one});
}

TEST(glm, pages_its_lists) {
    SandboxBed bed;
    std::vector<std::string> ids;
    for (int i = 0; i < 21; ++i)
        ids.insert(ids.begin(), bed.upload("glm-cn", "agent", pdf).id());
    auto const page = bed.get("glm-cn", "/files?purpose=agent").json();
    EXPECT_EQ(page.at("data").as_array().size(), 20U);
    EXPECT_EQ(page.at("data").at(0).at("id"), ids[0].c_str());
    EXPECT_EQ(page.at("has_more"), true);
    auto const rest =
        bed.get("glm-cn", "/files?purpose=agent&order=created_at&after=" + ids[19]).json();
    EXPECT_EQ(rest.at("data").as_array().size(), 1U);
    EXPECT_EQ(rest.at("has_more"), false);
    for (auto const* const query : {"limit=0", "limit=101", "limit=x", "order=name"}) {
        auto const answer = bed.get("glm-cn", fmt::format("/files?purpose=agent&{}", query));
        EXPECT_EQ(answer.status, 400) << query;
        EXPECT_EQ(answer.error().at("code"), "1214") << query;
    }
}

TEST(glm, offers_only_what_its_contract_names) {
    SandboxBed bed;
    auto const id = bed.upload("glm", "user_data", pdf).id();
    json::value const missing{{"error", {{"code", "404"}, {"message", "feature not available"}}}};
    for (auto const& rest : {std::string("/files"), "/files/" + id, "/files/" + id + "/content"}) {
        auto const answer = bed.get("glm", rest);
        EXPECT_EQ(answer.status, 404) << rest;
        EXPECT_EQ(answer.json(), missing) << rest;
    }
    EXPECT_EQ(bed.get("glm-cn", "/files/x").json(), missing);
    EXPECT_EQ(bed.get("glm", "/models").json(), missing);
}

TEST(glm, deletes) {
    SandboxBed bed;
    auto const id = bed.upload("glm-cn", "agent", pdf).id();
    EXPECT_EQ(bed.remove("glm-cn", id).json(),
              json::value({{"id", id}, {"object", "file"}, {"deleted", true}}));
    EXPECT_EQ(bed.remove("glm-cn", id).status, 404);
    EXPECT_EQ(bed.file_count("glm-cn"), 0U);
}

TEST(glm, reads_back_batches_only) {
    auto contract = builtin("glm-cn");
    contract.has_content = true;
    SandboxBed bed({}, {contract});
    auto const batch = bed.upload("glm-cn", "batch", {.filename = "b.jsonl"}).id();
    auto const content = bed.get("glm-cn", "/files/" + batch + "/content");
    EXPECT_EQ(content.text, "hello");
    EXPECT_EQ(content.headers.find("Content-Type"), "application/octet-stream");
    auto const other = bed.upload("glm-cn", "agent", pdf).id();
    EXPECT_EQ(bed.get("glm-cn", "/files/" + other + "/content").error().at("code"), "1210");
}

struct Refusal {
    std::string what;
    Answer answer;
    int status;
    std::string_view code;
    std::string_view message;
};

TEST(glm, refuses_in_its_own_words) {
    SandboxBed bed;
    Refusal const refusals[] = {
        {"purpose", bed.upload("glm", "file", pdf), 400, "1214", "invalid purpose"},
        {"format", bed.upload("glm", "user_data"), 400, "1210",
         "文件格式暂不支持，仅支持: pptx/ppt/docx/doc/xlsx/xls/pdf"},
        {"format at bigmodel", bed.upload("glm-cn", "user_data"), 400, "1210",
         "文件格式暂不支持，仅支持: pptx/ppt/docx/doc/xlsx/xls/pdf"},
        {"empty", bed.upload("glm", "agent", {.content = ""}), 400, "1210",
         "file content anomaly: the file is empty"},
        {"no file", bed.post("glm", field_part("purpose", "agent") + "--xyz--\r\n"), 400, "1213",
         "missing file"},
        {"no purpose", bed.post("glm", file_part(pdf) + "--xyz--\r\n"), 400, "1213",
         "missing purpose"},
        {"no boundary", bed.post("glm", upload_form("agent", pdf), "multipart/form-data"), 400,
         "1210", "API call parameter error: no multipart boundary param in Content-Type"},
        {"method", bed.send({.method = "PUT", .target = bed.path("glm", "/files")}), 405, "405",
         "method PUT not supported"},
    };
    for (auto const& [what, answer, status, code, message] : refusals) {
        EXPECT_EQ(answer.status, status) << what;
        EXPECT_EQ(answer.json(), json::value({{"error", {{"code", code}, {"message", message}}}}))
            << what << ": " << answer.text;
    }
    EXPECT_EQ(bed.file_count("glm"), 0U);
}

TEST(glm, answers_435_above_a_purposes_limit) {
    SandboxBed bed;
    std::string const limit(5 << 20, 'x');
    FormFile image{.filename = "a.png", .content = limit, .content_type = "image/png"};
    EXPECT_EQ(bed.upload("glm-cn", "agent", image).status, 200);
    image.content += 'x';
    auto const refused = bed.upload("glm-cn", "agent", image);
    EXPECT_EQ(refused.status, 435);
    EXPECT_EQ(refused.json(),
              json::value({{"error", {{"code", "435"}, {"message", "file size exceeds 5MB"}}}}));
    // The limit of images is theirs alone.
    EXPECT_EQ(bed.upload("glm-cn", "agent", {.filename = "a.pdf", .content = image.content}).status,
              200);
}

TEST(glm, counts_files_per_purpose) {
    auto contract = builtin("glm-cn");
    for (auto& rule : contract.wire_purposes)
        if (rule.word.text() == "agent") rule.files_max = 1;
    SandboxBed bed({}, {contract});
    EXPECT_EQ(bed.upload("glm-cn", "agent", pdf).status, 200);
    EXPECT_EQ(bed.upload("glm-cn", "agent", pdf).message(),
              "the number of files exceeds 1, please delete some");
    EXPECT_EQ(bed.upload("glm-cn", "code-interpreter", pdf).status, 200);
}

TEST(glm, forgets_a_file_after_its_retention) {
    SandboxBed bed;
    bed.upload("glm-cn", "agent", pdf);
    bed.loop().jump_wall(std::chrono::days(30) - seconds(1));
    EXPECT_EQ(bed.file_count("glm-cn"), 1U);
    bed.loop().jump_wall(seconds(1));
    EXPECT_EQ(bed.file_count("glm-cn"), 0U);
}

TEST(glm, takes_the_original_purpose_alone_when_asked) {
    SandboxBed bed({.purposes = PurposeMode::original});
    EXPECT_EQ(bed.upload("glm", "file", pdf).status, 200);
    EXPECT_EQ(bed.upload("glm", "user_data", pdf).error().at("code"), "1214");
}

TEST(glm, gives_each_status_its_body) {
    struct Case {
        int status;
        std::string_view code;
    };
    Case const cases[] = {{400, "1210"}, {401, "1002"}, {404, "404"},  {429, "1302"}, {434, "434"},
                          {435, "435"},  {500, "500"},  {503, "1305"}, {418, "418"}};
    for (auto const& [status, code] : cases) {
        auto const response = glm_dialect().fault({.status = status});
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(json::parse(std::get<std::string>(response.body)).at("error").at("code"),
                  json::value(code));
        EXPECT_FALSE(response.headers.find("Retry-After"));
    }
    EXPECT_EQ(glm_dialect().fault({.status = 504}).headers.find("Content-Type"), "text/html");
}

}  // namespace
}  // namespace filegate::sandbox
