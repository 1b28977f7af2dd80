#include <regex>

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

namespace json = boost::json;

json::value error_of(std::string_view message, std::string_view type, json::value parameter,
                     json::value code) {
    return {{"error",
             {{"message", message},
              {"type", type},
              {"param", std::move(parameter)},
              {"code", std::move(code)}}}};
}

TEST(openai, answers_an_upload_with_its_file_object) {
    SandboxBed bed;
    auto const answer = bed.upload("openai", "user_data");
    ASSERT_EQ(answer.status, 200) << answer.text;
    auto const id = answer.id();
    EXPECT_TRUE(std::regex_match(id, std::regex("file-[0-9A-Za-z]{22}"))) << id;
    EXPECT_EQ(answer.json(), json::value({{"id", id},
                                          {"object", "file"},
                                          {"bytes", 5},
                                          {"created_at", 1'700'000'000},
                                          {"filename", "report.txt"},
                                          {"purpose", "user_data"},
                                          {"status", "processed"}}));
    EXPECT_EQ(answer.headers.find("x-request-id"), "req-1");
    EXPECT_EQ(answer.headers.find("x-ratelimit-limit-requests"), "1000");
    EXPECT_EQ(bed.get("openai", "/files/" + id).json(), answer.json());
    EXPECT_EQ(bed.get("openai", "/files/" + id + "/content").text, "hello");
}

TEST(openai, keeps_equal_names) {
    SandboxBed bed;
    bed.upload("openai", "user_data");
    EXPECT_EQ(bed.upload("openai", "user_data").json().at("filename"), "report.txt");
}

TEST(openai, pages_its_lists) {
    SandboxBed bed;
    EXPECT_EQ(bed.get("openai", "/files").json(), json::value({{"object", "list"},
                                                               {"data", json::array{}},
                                                               {"first_id", nullptr},
                                                               {"last_id", nullptr},
                                                               {"has_more", false}}));
    std::vector<json::value> files;
    std::vector<std::string> ids;
    for (auto const* const purpose : {"user_data", "evals", "user_data", "user_data"}) {
        auto const answer = bed.upload("openai", purpose);
        files.push_back(answer.json());
        ids.push_back(answer.id());
    }
    auto const list = [&](std::vector<std::size_t> const& places, bool has_more) {
        json::array data;
        for (auto const place : places)
            data.push_back(files[place]);
        return json::value({{"object", "list"},
                            {"data", std::move(data)},
                            {"first_id", ids[places.front()]},
                            {"last_id", ids[places.back()]},
                            {"has_more", has_more}});
    };
    auto const get = [&](std::string const& query) {
        return bed.get("openai", "/files" + query).json();
    };
    EXPECT_EQ(get(""), list({3, 2, 1, 0}, false));
    EXPECT_EQ(get("?order=asc"), list({0, 1, 2, 3}, false));
    EXPECT_EQ(get("?limit=4"), list({3, 2, 1, 0}, false));
    EXPECT_EQ(get("?limit=3"), list({3, 2, 1}, true));
    EXPECT_EQ(get("?limit=2&after=" + ids[2]), list({1, 0}, false));
    EXPECT_EQ(get("?limit=2&order=asc&after=" + ids[0]), list({1, 2}, true));
    EXPECT_EQ(get("?purpose=user_data&limit=2"), list({3, 2}, true));
    EXPECT_EQ(get("?purpose=user_data&limit=3"), list({3, 2, 0}, false));
    EXPECT_EQ(get("?purpose=evals"), list({1}, false));
    EXPECT_EQ(get("?order=asc&after=" + ids[3]).at("data"), json::array{});
}

TEST(openai, refuses_list_parameters_it_does_not_know) {
    SandboxBed bed;
    for (auto const* const query : {"limit=0", "limit=10001", "limit=-1", "limit=", "limit=2x",
                                    "limit=99999999999999999999", "order=up"}) {
        auto const answer = bed.get("openai", fmt::format("/files?{}", query));
        EXPECT_EQ(answer.status, 400) << query;
        EXPECT_EQ(answer.error().at("code"), "invalid_value") << query;
    }
    EXPECT_EQ(bed.get("openai", "/files?limit=10000").status, 200);
    EXPECT_EQ(bed.get("openai", "/files?after=file-no").status, 404);
    EXPECT_EQ(bed.get("openai", "/files?limit=%zz").status, 400);
}

TEST(openai, deletes) {
    SandboxBed bed;
    auto const id = bed.upload("openai", "user_data").id();
    EXPECT_EQ(bed.remove("openai", id).json(),
              json::value({{"id", id}, {"object", "file"}, {"deleted", true}}));
    EXPECT_EQ(bed.get("openai", "/files/" + id).json(),
              error_of("No such File object: " + id, "invalid_request_error", "id", nullptr));
    EXPECT_EQ(bed.get("openai", "/files/file-a%2Fb").status, 404);
}

TEST(openai, does_not_give_assistants_files_back) {
    SandboxBed bed;
    auto const id = bed.upload("openai", "assistants").id();
    EXPECT_EQ(bed.get("openai", "/files/" + id + "/content").json(),
              error_of("Not allowed to download files of purpose: assistants",
                       "invalid_request_error", nullptr, nullptr));
}

TEST(openai, lets_a_file_expire_when_asked) {
    SandboxBed bed;
    auto const upload = [&](std::string_view anchor, std::string_view seconds_text) {
        return bed.post("openai", field_part("expires_after[anchor]", anchor) +
                                      field_part("expires_after[seconds]", seconds_text) +
                                      upload_form("user_data", {}));
    };
    EXPECT_EQ(upload("created_at", "3600").json().at("expires_at"), 1'700'003'600);
    EXPECT_EQ(upload("created_at", "2592000").status, 200);
    struct Case {
        std::string_view anchor;
        std::string_view seconds_text;
        std::string_view parameter;
    };
    Case const cases[] = {{"created_at", "3599", "expires_after[seconds]"},
                          {"created_at", "2592001", "expires_after[seconds]"},
                          {"created_at", "soon", "expires_after[seconds]"},
                          {"created_at", "99999999999999999999", "expires_after[seconds]"},
                          {"last_used_at", "3600", "expires_after[anchor]"}};
    for (auto const& [anchor, text, parameter] : cases) {
        auto const answer = upload(anchor, text);
        EXPECT_EQ(answer.status, 400) << text;
        EXPECT_EQ(answer.error().at("param"), json::value(parameter)) << text;
    }
    bed.loop().jump_wall(seconds(3600));
    EXPECT_EQ(bed.file_count("openai"), 1U);
}

TEST(openai, lets_batches_expire_after_thirty_days) {
    SandboxBed bed;
    EXPECT_EQ(bed.upload("openai", "batch", {.filename = "b.jsonl"}).json().at("expires_at"),
              1'702'592'000);
}

TEST(openai, refuses_in_its_own_words) {
    SandboxBed bed;
    struct Refusal {
        std::string what;
        Answer answer;
        int status;
        json::value body;
    };
    std::string_view const invalid = "invalid_request_error";
    Refusal const refusals[] = {
        {"purpose", bed.upload("openai", "answers"), 400,
         error_of("'answers' is not one of ['assistants', 'batch', 'fine-tune', 'vision', "
                  "'user_data', 'evals'] - 'purpose'",
                  invalid, nullptr, nullptr)},
        {"empty", bed.upload("openai", "user_data", {.content = ""}), 400,
         error_of("File is empty.", invalid, "file", "empty_file")},
        {"format", bed.upload("openai", "batch"), 400,
         error_of("Invalid file format for batch. Supported formats: ['.jsonl']", invalid, "file",
                  "invalid_file_format")},
        {"no file", bed.post("openai", field_part("purpose", "batch") + "--xyz--\r\n"), 400,
         error_of("Missing required parameter: 'file'.", invalid, "file",
                  "missing_required_parameter")},
        {"no purpose", bed.post("openai", file_part({}) + "--xyz--\r\n"), 400,
         error_of("Missing required parameter: 'purpose'.", invalid, "purpose",
                  "missing_required_parameter")},
        {"no boundary", bed.post("openai", upload_form("batch", {}), "multipart/form-data"), 400,
         error_of("Could not parse multipart form: no multipart boundary param in Content-Type",
                  invalid, nullptr, nullptr)},
        {"route", bed.get("openai", "/nothing"), 404,
         error_of("Invalid URL (GET /openai/v1/nothing)", invalid, nullptr, "unknown_url")},
        {"method", bed.send({.method = "PUT", .target = bed.path("openai", "/files")}), 405,
         error_of("Not allowed to PUT on this path.", invalid, nullptr, "method_not_supported")},
    };
    for (auto const& [what, answer, status, body] : refusals) {
        EXPECT_EQ(answer.status, status) << what;
        EXPECT_EQ(answer.json(), body) << what << ": " << answer.text;
        EXPECT_TRUE(answer.headers.find("x-request-id")) << what;
    }
    EXPECT_EQ(bed.file_count("openai"), 0U);
}

TEST(openai, refuses_at_its_limit_and_not_before) {
    auto contract = builtin("openai");
    for (auto& rule : contract.wire_purposes)
        rule.bytes_max = 5'000'000;
    SandboxBed bed({}, {contract});
    std::string content(5'000'000, 'x');
    EXPECT_EQ(bed.upload("openai", "user_data", {.content = content}).status, 200);
    content += 'x';
    auto const refused = bed.upload("openai", "user_data", {.content = content});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json(), error_of("File is too large. Maximum size is 5MB.",
                                       "invalid_request_error", "file", "file_too_large"));
}

TEST(openai, gives_each_status_its_body) {
    struct Case {
        int status;
        std::string_view type;
        json::value code;
    };
    Case const cases[] = {
        {400, "invalid_request_error", nullptr}, {401, "invalid_request_error", "invalid_api_key"},
        {404, "invalid_request_error", nullptr}, {429, "requests", "rate_limit_exceeded"},
        {500, "server_error", nullptr},          {503, "server_error", "server_is_overloaded"},
        {418, "invalid_request_error", nullptr}, {599, "server_error", nullptr}};
    for (auto const& [status, type, code] : cases) {
        auto const response = openai_dialect().fault({.status = status});
        EXPECT_EQ(response.status, status);
        auto const error = json::parse(std::get<std::string>(response.body)).at("error");
        EXPECT_EQ(error.at("type"), json::value(type));
        EXPECT_EQ(error.at("code"), code);
        EXPECT_EQ(error.at("param"), nullptr);
        EXPECT_EQ(response.headers.find("Retry-After").has_value(), status == 429);
    }
    EXPECT_EQ(openai_dialect().fault({.status = 502}).headers.find("Content-Type"), "text/html");
}

}  // namespace
}  // namespace filegate::sandbox
