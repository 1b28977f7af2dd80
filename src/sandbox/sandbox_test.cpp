#include "sandbox/sandbox.hpp"

#include <thread>

#include "sandbox/sandbox_fixture.hpp"
#include "sandbox/signed_token_fixture.hpp"

namespace filegate::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view providers[] = {"kimi", "kimi-cn", "glm", "glm-cn", "openai"};

TEST(sandbox, imitates_every_provider_at_its_path) {
    SandboxBed bed;
    for (auto const provider : providers) {
        auto const answer = bed.upload_anything(provider);
        EXPECT_EQ(answer.status, 200) << provider << answer.text;
        EXPECT_EQ(answer.headers.find("X-Filegate-Sandbox"), "1") << provider;
        EXPECT_EQ(bed.file_count(provider), 1U) << provider;
    }
    EXPECT_EQ(bed.path("glm", ""), "/glm/api/paas/v4");
    EXPECT_EQ(bed.path("glm-cn", ""), "/glm-cn/api/paas/v4");
    EXPECT_EQ(bed.path("kimi", ""), "/kimi/v1");
    EXPECT_EQ(bed.path("kimi-cn", ""), "/kimi-cn/v1");
    EXPECT_EQ(bed.path("openai", ""), "/openai/v1");
}

TEST(sandbox, says_what_it_is_in_every_answer) {
    SandboxBed bed;
    for (auto const& answer :
         {bed.get("kimi", "/files"), bed.get("kimi", "/nothing"), bed.send({.target = "/"}),
          bed.send({.target = "/_sandbox/state"}), bed.send({.target = "/_sandbox/nothing"}),
          bed.send({.method = "PUT", .target = "/_sandbox/faults"}), bed.set_faults("?"),
          bed.post("glm", "", "")}) {
        EXPECT_EQ(answer.headers.find("X-Filegate-Sandbox"), "1") << answer.text;
        EXPECT_TRUE(answer.status == 200 || !answer.message().empty()) << answer.text;
    }
    auto const refused = bed.sandbox().refuse(
        {.code = ErrorCode::header_too_large, .message = "Too long."}, RequestId("req-1"));
    EXPECT_EQ(refused.status, error_row(ErrorCode::header_too_large).http_status);
    EXPECT_EQ(refused.headers.find("X-Filegate-Sandbox"), "1");
    EXPECT_EQ(json::parse(std::get<std::string>(refused.body)).at("error").at("message"),
              "Too long.");
}

TEST(sandbox, names_what_it_serves_where_it_serves_nothing) {
    SandboxBed bed;
    for (auto const* const path : {"/", "/v1/files", "/kimi", "/kimi/v1x/files", "/_sandboxed"}) {
        auto const answer = bed.send({.target = path});
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_NE(answer.message().find("/kimi/v1"), std::string::npos) << answer.text;
    }
    auto const wrong = bed.send({.method = "PUT", .target = "/_sandbox/faults"});
    EXPECT_EQ(wrong.status, 405);
    EXPECT_TRUE(wrong.headers.find("Allow"));
}

TEST(sandbox, refuses_keys_with_the_providers_own_answers) {
    SandboxBed bed;
    struct Case {
        std::string_view provider;
        std::string key;
        int status;
        std::string_view member;
        std::string_view value;
    };
    Case const cases[] = {
        {"kimi", "", 401, "type", "invalid_authentication_error"},
        {"kimi", "Bearer bad", 401, "message", "Incorrect API key provided"},
        {"kimi", "Bearer exhausted", 429, "type", "exceeded_current_quota_error"},
        {"glm", "", 401, "code", "1001"},
        {"glm", "Bearer bad.secret", 401, "code", "1002"},
        {"glm", "Bearer exhausted", 429, "code", "1113"},
        {"glm-cn", "Bearer h.eyJhcGlfa2V5IjoiYSIsImV4cCI6MTcwMDAwMDIxMH0.s", 401, "code", "1002"},
        {"glm-cn", "Bearer " + sdk_token("id", "secret", WallTime(seconds(1'600'000'000))), 401,
         "code", "1003"},
        {"glm", "Bearer " + sdk_token("id", "secret", WallTime(seconds(1'700'000'301))), 401,
         "code", "1002"},
        {"glm", "Bearer " + sdk_token("exhausted", "secret", WallTime(seconds(1'700'000'000))), 429,
         "code", "1113"},
        {"openai", "", 401, "type", "invalid_request_error"},
        {"openai", "Bearer bad", 401, "code", "invalid_api_key"},
        {"openai", "Bearer exhausted", 429, "code", "insufficient_quota"},
    };
    for (auto const& [provider, key, status, member, value] : cases) {
        auto const answer = bed.upload_anything(provider, key);
        EXPECT_EQ(answer.status, status) << provider << key;
        EXPECT_EQ(answer.error().at(member), json::value(value)) << provider << key;
        auto const list = bed.send(
            {.target = bed.path("openai", "/files"), .headers = {{"Authorization", "Bearer bad"}}});
        EXPECT_EQ(list.status, 401);
    }
    for (auto const provider : providers)
        EXPECT_EQ(bed.file_count(provider), 0U) << provider;
}

TEST(sandbox, stores_nothing_of_a_body_that_breaks_off) {
    class Failing final : public ByteSource {
    public:
        explicit Failing(std::string bytes) : bytes_(std::move(bytes)) {}
        Task<Result<std::size_t>> read(std::span<std::byte> into) override {
            auto const count = co_await bytes_.read(into);
            if (count && *count > 0) co_return count;
            co_return fail(ErrorCode::body_truncated, "The body ended early.");
        }

    private:
        MemorySource bytes_;
    };
    SandboxBed bed;
    Failing source(upload_form("user_data", {}));
    auto const answer = bed.send({.method = "POST",
                                  .target = bed.path("openai", "/files"),
                                  .headers = {{"Authorization", "Bearer k"},
                                              {"Content-Type", std::string(form_content_type)}},
                                  .source = &source});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(bed.file_count("openai"), 0U);
}

// `head`, then zeros, then `tail`, made as they are read.
class LargeSource final : public ByteSource {
public:
    LargeSource(std::string head, std::uint64_t zeros, std::string tail)
        : head_(std::move(head)), zeros_(zeros), tail_(std::move(tail)) {}

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const head = co_await head_.read(into);
        if (*head > 0) co_return *head;
        if (zeros_ == 0) co_return co_await tail_.read(into);
        auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(zeros_, into.size()));
        std::memset(into.data(), 0, count);
        zeros_ -= count;
        co_return count;
    }

private:
    MemorySource head_;
    std::uint64_t zeros_;
    MemorySource tail_;
};

TEST(sandbox, takes_a_hundred_megabytes_for_kimi_and_not_a_byte_more) {
    SandboxBed bed;
    for (std::uint64_t const bytes : {std::uint64_t{104'857'600}, std::uint64_t{104'857'601}}) {
        LargeSource source(field_part("purpose", "file-extract") + file_head({}), bytes,
                           "\r\n--xyz--\r\n");
        auto const answer = bed.send({.method = "POST",
                                      .target = bed.path("kimi", "/files"),
                                      .headers = {{"Authorization", "Bearer k"},
                                                  {"Content-Type", std::string(form_content_type)}},
                                      .source = &source});
        if (bytes == 104'857'600) {
            EXPECT_EQ(answer.json().at("bytes"), bytes);
            EXPECT_EQ(bed.get("kimi", "/files/" + answer.id() + "/content").status, 410);
        } else {
            EXPECT_EQ(answer.status, 400);
            EXPECT_EQ(answer.message(),
                      "File size is too large, max file size is 100MB, please confirm and "
                      "re-upload the file");
        }
    }
    EXPECT_EQ(bed.file_count("kimi"), 1U);
}

TEST(sandbox, tells_its_state) {
    SandboxBed bed;
    auto const id = bed.upload("openai", "user_data").id();
    bed.get("openai", "/files");
    bed.get("openai", "/files/" + id);
    bed.get("openai", "/files/" + id + "/content");
    bed.remove("openai", "file-no");
    bed.get("openai", "/nothing");
    auto const state = bed.state().at("providers");
    EXPECT_EQ(state.as_object().size(), 5U);
    json::value const one_each{
        {"upload", 1}, {"list", 1}, {"retrieve", 1}, {"content", 1}, {"delete", 1}};
    json::value const none{
        {"upload", 0}, {"list", 0}, {"retrieve", 0}, {"content", 0}, {"delete", 0}};
    EXPECT_EQ(
        state.at("openai"),
        json::value({{"files",
                      {{{"id", id},
                        {"filename", "report.txt"},
                        {"bytes", 5},
                        {"sha256", sha256("hello").hex()},
                        {"purpose", "user_data"},
                        {"created_at", 1'700'000'000}}}},
                     {"requests", one_each},
                     {"transports", {{"native", none}, {"openai", one_each}, {"plain", none}}}}));
    EXPECT_EQ(state.at("kimi").at("requests").at("upload"), 0);
}

TEST(sandbox, counts_requests_by_transport) {
    SandboxBed bed;
    auto const token = "Bearer " + sdk_token("id", "secret", bed.loop().wall_now());
    EXPECT_EQ(bed.upload_anything("glm", token).status, 200);
    EXPECT_EQ(bed.upload_anything("glm", token).status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret").status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret", {{"Connection", "close"}}).status,
              200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer bad", {{"Connection", "close"}}).status, 401);
    auto const glm = bed.state().at("providers").at("glm");
    EXPECT_EQ(glm.at("requests").at("upload"), 5);
    EXPECT_EQ(glm.at("transports").at("native").at("upload"), 2);
    EXPECT_EQ(glm.at("transports").at("openai").at("upload"), 1);
    EXPECT_EQ(glm.at("transports").at("plain").at("upload"), 2);
}

TEST(sandbox, verifies_tokens_by_the_raw_key_it_saw_last) {
    SandboxBed bed;
    auto const upload = [&](std::string_view secret) {
        return bed.upload_anything("glm",
                                   "Bearer " + sdk_token("id", secret, bed.loop().wall_now()));
    };
    EXPECT_EQ(upload("wrong").status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.right").status, 200);
    EXPECT_EQ(upload("wrong").error().at("code"), "1002");
    EXPECT_EQ(upload("right").status, 200);
}

TEST(sandbox, lists_where_no_document_says_so_when_asked) {
    SandboxBed bed({.list_at = {"glm"}});
    auto const id = bed.upload_anything("glm").id();
    EXPECT_EQ(bed.get("glm", "/files?purpose=user_data").json().at("data").at(0).at("id"),
              json::value(id));
    EXPECT_EQ(bed.get("glm", "/files").json().at("data"), json::array());
    EXPECT_EQ(SandboxBed().get("glm", "/files?purpose=user_data").status, 404);
}

TEST(sandbox, replaces_lists_and_clears_its_faults) {
    SandboxBed bed({.faults = {{.provider = "kimi", .route = "upload", .rate = 0.25}}});
    auto const faults = [&] { return bed.send({.target = "/_sandbox/faults"}).json(); };
    EXPECT_EQ(faults(), json::parse(R"({"faults":[{"provider":"kimi","route":"upload",
        "kind":"status","rate":0.25,"status":503}]})"));
    auto const set = bed.set_faults(R"([{"kind":"latency","ms":3},{"kind":"lost_answer"}])");
    EXPECT_EQ(set.status, 200);
    EXPECT_EQ(set.json(), faults());
    EXPECT_EQ(faults(), json::parse(R"({"faults":[
        {"provider":"*","route":"*","kind":"latency","rate":1.0,"ms":3},
        {"provider":"*","route":"*","kind":"lost_answer","rate":1.0}]})"));
    bed.set_faults(R"({"provider":"glm","kind":"reset_after_body"})");
    EXPECT_EQ(faults().at("faults").as_array().size(), 1U);
    auto const cleared = bed.send({.method = "DELETE", .target = "/_sandbox/faults"});
    EXPECT_EQ(cleared.json(), json::parse(R"({"faults":[]})"));
    EXPECT_EQ(faults(), cleared.json());
}

TEST(sandbox, keeps_its_faults_when_a_new_list_is_refused) {
    SandboxBed bed({.faults = {{.provider = "kimi"}}});
    auto const before = bed.send({.target = "/_sandbox/faults"}).text;
    for (auto const& list : {std::string("nonsense"),
                             std::string(R"([{"provider":"kimmi","kind":)"
                                         R"("status"}])"),
                             std::string(70'000, ' '), std::string()}) {
        auto const answer = bed.set_faults(list);
        EXPECT_EQ(answer.status, 400) << answer.text;
        EXPECT_FALSE(answer.message().empty());
    }
    EXPECT_EQ(bed.send({.target = "/_sandbox/faults"}).text, before);
}

TEST(sandbox, answers_a_status_fault_in_the_providers_words) {
    SandboxBed bed;
    bed.set_faults(R"([{"route":"upload","kind":"status","status":429}])");
    EXPECT_EQ(bed.upload_anything("kimi").error().at("type"), "rate_limit_reached_error");
    EXPECT_EQ(bed.upload_anything("glm").error().at("code"), "1302");
    auto const openai = bed.upload_anything("openai");
    EXPECT_EQ(openai.error().at("code"), "rate_limit_exceeded");
    EXPECT_EQ(openai.headers.find("Retry-After"), "1");
    EXPECT_TRUE(openai.headers.find("x-ratelimit-limit-requests"));
    EXPECT_EQ(bed.get("openai", "/files").status, 200);
    auto const state = bed.state().at("providers").at("openai");
    EXPECT_EQ(state.at("requests").at("upload"), 1);
    EXPECT_TRUE(state.at("files").as_array().empty());
}

TEST(sandbox, reads_the_body_before_it_strikes) {
    SandboxBed bed;
    for (auto const* const kind : {"status", "reset_after_body", "lost_answer"}) {
        bed.set_faults(fmt::format(R"({{"kind":"{}"}})", kind));
        LargeSource source(field_part("purpose", "file-extract") + file_head({}), 300'000,
                           "\r\n--xyz--\r\n");
        bed.send({.method = "POST",
                  .target = bed.path("kimi", "/files"),
                  .headers = {{"Authorization", "Bearer k"},
                              {"Content-Type", std::string(form_content_type)},
                              {"Expect", "100-continue"}},
                  .source = &source});
        std::byte byte{};
        EXPECT_EQ(bed.loop().run_task(source.read(std::span(&byte, 1))), 0U) << kind;
    }
}

TEST(sandbox, cuts_before_or_after_it_commits) {
    SandboxBed bed;
    bed.set_faults(R"({"kind":"reset_after_body"})");
    EXPECT_TRUE(bed.upload_anything("kimi").is_cut);
    EXPECT_EQ(bed.file_count("kimi"), 0U);
    bed.set_faults(R"({"kind":"lost_answer"})");
    EXPECT_TRUE(bed.upload_anything("kimi").is_cut);
    EXPECT_EQ(bed.file_count("kimi"), 1U);
    bed.set_faults("[]");
    EXPECT_FALSE(bed.upload_anything("kimi").is_cut);
}

TEST(sandbox, answers_late_and_has_done_its_work_before) {
    SandboxBed bed;
    bed.set_faults(R"([{"kind":"latency","ms":250},{"kind":"latency","ms":50}])");
    auto const before = bed.loop().monotonic_now();
    EXPECT_EQ(bed.upload_anything("openai").status, 200);
    EXPECT_EQ(bed.loop().monotonic_now() - before, milliseconds(300));
}

Task<void> run_and_forget(Sandbox& sandbox, net::ServerRequest& request) {
    co_await sandbox.handle(request);
}

TEST(sandbox, keeps_the_file_of_a_client_that_gives_up_waiting) {
    SandboxBed bed;
    bed.set_faults(R"({"route":"upload","kind":"latency","ms":1000})");
    MemorySource source(upload_form("user_data", {}));
    auto const path = bed.path("openai", "/files");
    net::ServerRequest request{.method = "POST",
                               .target = path,
                               .path = path,
                               .headers = {{"Authorization", "Bearer k"},
                                           {"Content-Type", std::string(form_content_type)}},
                               .has_body = true,
                               .body = &source};
    TaskGroup group(bed.loop());
    group.spawn(run_and_forget(bed.sandbox(), request));
    bed.loop().run(bed.loop().monotonic_now() + milliseconds(500));
    ASSERT_EQ(group.size(), 1U);
    group.cancel();
    bed.loop().run();
    EXPECT_EQ(group.size(), 0U);
    EXPECT_EQ(bed.file_count("openai"), 1U);
}

TEST(sandbox, strikes_the_same_requests_with_the_same_seed) {
    auto const statuses = [](std::uint64_t seed) {
        SandboxBed bed({.faults = {{.provider = "kimi", .rate = 0.5}}, .seed = seed});
        std::vector<int> seen;
        for (int i = 0; i < 32; ++i) {
            seen.push_back(bed.get("kimi", "/files").status);
            bed.get("openai", "/files");  // draws nothing
        }
        return seen;
    };
    EXPECT_EQ(statuses(3), statuses(3));
    EXPECT_NE(statuses(3), statuses(4));
    auto const seen = statuses(3);
    EXPECT_GT(std::ranges::count(seen, 503), 0);
    EXPECT_GT(std::ranges::count(seen, 200), 0);
}

TEST(sandbox, gives_other_ids_after_a_restart) {
    auto const id = [](milliseconds start) {
        SimLoop loop(WallTime(seconds(1'700'000'000)) + start);
        Sandbox sandbox(contracts::builtin_contracts(), loop, {});
        MemorySource source(upload_form("user_data", {}));
        net::ServerRequest request{.method = "POST",
                                   .path = "/openai/v1/files",
                                   .headers = {{"Authorization", "Bearer k"},
                                               {"Content-Type", std::string(form_content_type)}},
                                   .has_body = true,
                                   .body = &source};
        auto const response = loop.run_task(sandbox.handle(request));
        return std::string(json::parse(std::get<std::string>(response.body)).at("id").as_string());
    };
    EXPECT_EQ(id(milliseconds(0)), id(milliseconds(0)));
    EXPECT_NE(id(milliseconds(0)), id(milliseconds(1)));
}

// One loop's share of the work below; answers how many uploads were taken.
int upload_many(Sandbox& sandbox, int count) {
    SimLoop loop;
    int taken = 0;
    for (int i = 0; i < count; ++i) {
        MemorySource source(upload_form("user_data", {}));
        net::ServerRequest request{.method = "POST",
                                   .path = "/openai/v1/files",
                                   .headers = {{"Authorization", "Bearer k"},
                                               {"Content-Type", std::string(form_content_type)}},
                                   .has_body = true,
                                   .body = &source};
        if (loop.run_task(sandbox.handle(request)).status == 200) ++taken;
        net::ServerRequest look{.method = "GET", .path = "/_sandbox/state"};
        loop.run_task(sandbox.handle(look));
    }
    return taken;
}

TEST(sandbox, holds_its_limits_on_several_loops_at_once) {
    auto contract = builtin("openai");
    contract.files_max = 100;
    SandboxBed bed({}, {contract});
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { taken += upload_many(bed.sandbox(), 50); });
    }
    EXPECT_EQ(taken, 100);
    EXPECT_EQ(bed.file_count("openai"), 100U);
    EXPECT_EQ(bed.state().at("providers").at("openai").at("requests").at("upload"), 200);
}

}  // namespace
}  // namespace filegate::sandbox
