#include <regex>

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

namespace json = boost::json;

TEST(kimi, answers_an_upload_with_its_file_object) {
    SandboxBed bed;
    auto const answer = bed.upload("kimi", "file-extract");
    ASSERT_EQ(answer.status, 200) << answer.text;
    auto const id = answer.id();
    EXPECT_TRUE(std::regex_match(id, std::regex("file_[0-9a-v]{20}"))) << id;
    EXPECT_EQ(answer.json(), json::value({{"id", id},
                                          {"object", "file"},
                                          {"bytes", 5},
                                          {"created_at", 1'700'000'000},
                                          {"filename", "report.txt"},
                                          {"purpose", "file-extract"},
                                          {"status", "ok"},
                                          {"status_details", ""}}));
    EXPECT_EQ(answer.headers.find("Msh-Request-Id"), "req-1");
    EXPECT_EQ(bed.get("kimi", "/files/" + id).json(), answer.json());
}

TEST(kimi, lists_everything_whatever_is_asked) {
    SandboxBed bed;
    EXPECT_EQ(bed.get("kimi", "/files").json(),
              json::value({{"object", "list"}, {"data", json::array{}}}));
    auto const one = bed.upload("kimi", "file-extract", {.filename = "a.txt"}).json();
    auto const two = bed.upload("kimi", "batch", {.filename = "b.jsonl"}).json();
    EXPECT_EQ(bed.get("kimi", "/files?limit=1&purpose=batch").json(),
              json::value({{"object", "list"}, {"data", json::array{one, two}}}));
}

TEST(kimi, deletes_and_then_knows_nothing) {
    SandboxBed bed;
    auto const id = bed.upload("kimi", "file-extract").id();
    EXPECT_EQ(bed.remove("kimi", id).json(),
              json::value({{"id", id}, {"object", "file"}, {"deleted", true}}));
    for (auto const& answer : {bed.remove("kimi", id), bed.get("kimi", "/files/" + id),
                               bed.get("kimi", "/files/" + id + "/content")}) {
        EXPECT_EQ(answer.status, 404);
        EXPECT_EQ(answer.error(),
                  json::value({{"message", "Not found the file " + id + " or Permission denied"},
                               {"type", "resource_not_found_error"}}));
    }
}

TEST(kimi, gives_text_for_content) {
    SandboxBed bed;
    auto const text = bed.upload("kimi", "file-extract", {.content = "多 text"}).id();
    auto const answer = bed.get("kimi", "/files/" + text + "/content");
    EXPECT_EQ(answer.text, "多 text");
    EXPECT_EQ(answer.headers.find("Content-Type"), "text/plain; charset=utf-8");

    auto const pdf =
        bed.upload("kimi", "file-extract", {.filename = "a.pdf", .content = "%PDF\xff"}).id();
    EXPECT_EQ(
        bed.get("kimi", "/files/" + pdf + "/content").text,
        "Filegate sandbox: text of a.pdf (5 bytes, sha256 " + sha256("%PDF\xff").hex() + ")\n");

    auto const image =
        bed.upload("kimi", "image", {.filename = "a.png", .content_type = "image/png"}).id();
    EXPECT_EQ(bed.get("kimi", "/files/" + image + "/content").status, 400);
}

TEST(kimi, renames_equal_names) {
    SandboxBed bed;
    auto const name = [&](std::string_view filename) {
        auto const answer =
            bed.upload("kimi", "file-extract", {.filename = std::string(filename)}).json();
        return std::string(answer.at("filename").as_string());
    };
    EXPECT_EQ(name("report.txt"), "report.txt");
    EXPECT_EQ(name("report.txt"), "report (1).txt");
    EXPECT_EQ(name("report.txt"), "report (2).txt");
    EXPECT_EQ(name("report (1).txt"), "report (1) (1).txt");
    EXPECT_EQ(name("a.tar.csv"), "a.tar.csv");
    EXPECT_EQ(name("a.tar.csv"), "a.tar (1).csv");
    EXPECT_EQ(name(".log"), ".log");
    EXPECT_EQ(name(".log"), ".log (1)");
}

TEST(kimi, frees_a_name_with_its_file) {
    SandboxBed bed;
    auto const id = bed.upload("kimi", "file-extract").id();
    bed.remove("kimi", id);
    EXPECT_EQ(bed.upload("kimi", "file-extract").json().at("filename"), "report.txt");
}

struct Refusal {
    std::string what;
    Answer answer;
    int status;
    std::string_view type;
    std::string_view message;
};

TEST(kimi, refuses_in_its_own_words) {
    SandboxBed bed;
    std::string const invalid = "invalid_request_error";
    Refusal const refusals[] = {
        {"purpose", bed.upload("kimi", "assistants"), 400, invalid,
         "Invalid purpose: assistants, only file-extract, batch, batch_output, lambda, image and "
         "video accepted"},
        {"empty", bed.upload("kimi", "file-extract", {.content = ""}), 400, invalid,
         "File size is zero, please confirm and re-upload the file"},
        {"format", bed.upload("kimi", "file-extract", {.filename = "a.exe"}), 400, invalid,
         "text extract error: 不支持的文件类型"},
        {"image to extract", bed.upload("kimi", "file-extract", {.filename = "a.png"}), 400,
         invalid, "text extract error: 不支持的文件类型"},
        {"no file", bed.post("kimi", field_part("purpose", "batch") + "--xyz--\r\n"), 400, invalid,
         "Invalid request: file is required"},
        {"no purpose", bed.post("kimi", file_part({}) + "--xyz--\r\n"), 400, invalid,
         "Invalid request: purpose is required"},
        {"no boundary", bed.post("kimi", upload_form("batch", {}), "multipart/form-data"), 400,
         invalid, "Invalid request: no multipart boundary param in Content-Type"},
        {"no form", bed.post("kimi", "{}", "application/json"), 400, invalid,
         "Invalid request: request Content-Type isn't multipart/form-data"},
        {"method", bed.send({.method = "PATCH", .target = bed.path("kimi", "/files")}), 405,
         invalid, "Invalid request: method PATCH not allowed"},
        {"route", bed.get("kimi", "/filed"), 404, "resource_not_found_error",
         "The requested resource was not found"},
    };
    for (auto const& [what, answer, status, type, message] : refusals) {
        EXPECT_EQ(answer.status, status) << what;
        EXPECT_EQ(answer.json(), json::value({{"error", {{"message", message}, {"type", type}}}}))
            << what << ": " << answer.text;
    }
    EXPECT_EQ(bed.file_count("kimi"), 0U);
}

TEST(kimi, counts_files_and_bytes) {
    auto contract = builtin("kimi");
    contract.files_max = 2;
    contract.total_bytes_max = 12 << 20;
    SandboxBed bed({}, {contract});
    std::string const large(5 << 20, 'x');
    EXPECT_EQ(bed.upload("kimi", "file-extract", {.content = large}).status, 200);
    EXPECT_EQ(bed.upload("kimi", "file-extract", {.content = large + large}).message(),
              "Invalid request: the total size of your files exceeds 12MB, please delete previous "
              "uploaded files");
    auto const second = bed.upload("kimi", "file-extract", {.content = large}).id();
    EXPECT_EQ(bed.upload("kimi", "file-extract").message(),
              "The number of files you have uploaded exceeded the max file count 2, please delete "
              "previous uploaded files");
    bed.remove("kimi", second);
    EXPECT_EQ(bed.upload("kimi", "file-extract").status, 200);
}

TEST(kimi, takes_the_original_purposes_alone_when_asked) {
    SandboxBed bed({.purposes = PurposeMode::original});
    EXPECT_EQ(bed.upload("kimi", "assistants", {.filename = "a.pdf"}).status, 200);
    EXPECT_EQ(bed.upload("kimi", "file-extract").message(),
              "Invalid purpose: file-extract, only assistants, vision, batch and fine-tune "
              "accepted");
}

TEST(kimi, gives_each_status_its_body) {
    auto const fault = [](int status) { return kimi_dialect().fault({.status = status}); };
    struct Case {
        int status;
        std::string_view type;
    };
    Case const cases[] = {
        {400, "invalid_request_error"},
        {401, "incorrect_api_key_error"},
        {403, "permission_denied_error"},
        {404, "resource_not_found_error"},
        {429, "rate_limit_reached_error"},
        {499, "client_closed_request"},
        {500, "server_error"},
        {503, "server_unavailable"},
        {418, "invalid_request_error"},
        {599, "server_error"},
    };
    for (auto const& [status, type] : cases) {
        auto const response = fault(status);
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(json::parse(std::get<std::string>(response.body)).at("error").at("type"),
                  json::value(type));
        EXPECT_EQ(response.headers.find("Retry-After").has_value(), status == 429);
    }
    for (int const status : {502, 504}) {
        auto const response = fault(status);
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.headers.find("Content-Type"), "text/html");
        EXPECT_TRUE(std::get<std::string>(response.body).starts_with("<html>"));
    }
}

}  // namespace
}  // namespace filegate::sandbox
