// Every kind of fault, on simulated time: what the client sees, what the provider keeps, how much
// of the request was read and how long it took.

#include "sandbox/sandbox_fixture.hpp"
#include "sandbox/signed_token_fixture.hpp"

namespace filegate::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view providers[] = {"kimi", "kimi-cn", "glm", "glm-cn", "openai"};

// Counts what is read of an upload.
class CountedSource final : public ByteSource {
public:
    explicit CountedSource(std::string bytes) : size_(bytes.size()), bytes_(std::move(bytes)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        auto const count = co_await bytes_.read(into);
        read_bytes_ += *count;
        co_return count;
    }
    std::size_t read_bytes() const { return read_bytes_; }
    std::size_t size_bytes() const { return size_; }

private:
    std::size_t size_;
    std::size_t read_bytes_ = 0;
    MemorySource bytes_;
};

struct Seen {
    Answer answer;
    std::size_t read_bytes = 0;
    std::size_t size_bytes = 0;
    milliseconds took{0};
    std::size_t files_kept = 0;
};

Seen upload_under(SandboxBed& bed, std::string_view provider = "kimi") {
    CountedSource source(upload_form(provider.starts_with("kimi") ? "file-extract" : "user_data",
                                     {.filename = "a.pdf", .content = std::string(1'000, 'x')}));
    auto const begin = bed.loop().monotonic_now();
    auto const before = bed.file_count(provider);
    auto answer = bed.send({.method = "POST",
                            .target = bed.path(provider, "/files"),
                            .headers = {{"Authorization", "Bearer k"},
                                        {"Content-Type", std::string(form_content_type)},
                                        {"Content-Length", std::to_string(source.size_bytes())}},
                            .body = std::string(source.size_bytes(), ' '),
                            .source = &source});
    return {.answer = std::move(answer),
            .read_bytes = source.read_bytes(),
            .size_bytes = source.size_bytes(),
            .took = std::chrono::round<milliseconds>(bed.loop().monotonic_now() - begin),
            .files_kept = bed.file_count(provider) - before};
}

TEST(sandbox_cuts, come_before_within_and_after_the_body_and_after_the_work) {
    struct Case {
        std::string_view kind;
        std::size_t halves_read;
        std::size_t files_kept;
    };
    Case const cases[] = {
        {"refuse_connection", 0, 0}, {"reset_before_body", 0, 0}, {"reset_during_body", 1, 0},
        {"reset_after_body", 2, 0},  {"lost_answer", 2, 1},
    };
    for (auto const provider : providers) {
        for (auto const& [kind, halves, files_kept] : cases) {
            SandboxBed bed;
            bed.set_fault(fmt::format("{}:upload:{}", provider, kind));
            auto const seen = upload_under(bed, provider);
            EXPECT_TRUE(seen.answer.is_cut) << kind;
            EXPECT_EQ(seen.read_bytes, seen.size_bytes * halves / 2) << kind;
            EXPECT_EQ(seen.files_kept, files_kept) << kind;
            EXPECT_EQ(seen.answer.headers.find(refused_connection_header).has_value(),
                      kind == "refuse_connection");
            bed.send({.method = "DELETE", .target = "/_sandbox/faults"});
            EXPECT_EQ(upload_under(bed, provider).answer.status, 200) << kind;
        }
    }
}

TEST(sandbox_cuts, strike_requests_without_a_body_too) {
    for (auto const* const kind : {"refuse_connection", "reset_before_body", "reset_during_body",
                                   "reset_after_body", "lost_answer"}) {
        SandboxBed bed;
        bed.set_fault(fmt::format("*:list:{}", kind));
        EXPECT_TRUE(bed.get("kimi", "/files").is_cut) << kind;
        EXPECT_EQ(upload_under(bed).answer.status, 200) << kind;
    }
}

TEST(sandbox_cuts, within_a_chunked_body_come_after_one_read) {
    SandboxBed bed;
    bed.set_fault("*:*:reset_during_body");
    CountedSource source(std::string(1'000'000, 'x'));
    EXPECT_TRUE(bed.send({.method = "POST",
                          .target = bed.path("kimi", "/files"),
                          .headers = {{"Transfer-Encoding", "chunked"}},
                          .source = &source})
                    .is_cut);
    EXPECT_GT(source.read_bytes(), 0U);
    EXPECT_LT(source.read_bytes(), 500'000U);
}

TEST(sandbox_statuses, come_with_the_words_that_were_asked_for) {
    struct Case {
        std::string_view flag;
        std::string_view member;
        std::string_view value;
        bool says_when;  // Retry-After
    };
    Case const cases[] = {
        {"kimi:*:status=429", "type", "rate_limit_reached_error", true},
        {"kimi:*:status=429:type=engine_overloaded_error", "type", "engine_overloaded_error", true},
        {"kimi:*:status=429:type=exceeded_current_quota_error", "type",
         "exceeded_current_quota_error", false},
        {"kimi:*:status=500:type=unexpected_output", "type", "unexpected_output", false},
        {"glm:*:status=429", "code", "1302", false},
        {"glm:*:status=429:code=1113", "code", "1113", false},
        {"glm:*:status=429:code=1305", "code", "1305", false},
        {"openai:*:status=429", "code", "rate_limit_exceeded", true},
        {"openai:*:status=429:code=insufficient_quota", "type", "insufficient_quota", false},
        {"openai:*:status=429:type=tokens", "type", "tokens", true},
        {"openai:*:status=503:code=slow_down", "code", "slow_down", false},
    };
    for (auto const& [flag, member, value, says_when] : cases) {
        SandboxBed bed;
        bed.set_fault(flag);
        auto const provider = flag.substr(0, flag.find(':'));
        auto const seen = upload_under(bed, provider);
        EXPECT_EQ(seen.answer.error().at(member), json::value(value)) << flag;
        EXPECT_EQ(seen.answer.headers.find("Retry-After").has_value(), says_when) << flag;
        EXPECT_EQ(seen.read_bytes, seen.size_bytes);
        EXPECT_EQ(seen.files_kept, 0U) << flag;
    }
}

TEST(sandbox_statuses, come_as_pages_of_whatever_stands_before_the_provider) {
    SandboxBed bed;
    for (int const status : {403, 502, 503, 504}) {
        bed.set_fault(fmt::format("*:*:html={}", status));
        for (auto const provider : providers) {
            auto const seen = upload_under(bed, provider);
            EXPECT_EQ(seen.answer.status, status);
            EXPECT_EQ(seen.answer.headers.find("Content-Type"), "text/html");
            EXPECT_TRUE(seen.answer.text.starts_with("<html>")) << seen.answer.text;
            EXPECT_EQ(seen.files_kept, 0U);
        }
    }
    bed.set_fault("*:*:html");
    EXPECT_EQ(bed.get("kimi", "/files").status, 504);
}

TEST(sandbox_answers, are_spoiled_after_the_file_is_kept) {
    for (auto const provider : providers) {
        SandboxBed bed;
        auto const spoiled = [&](std::string_view kind) {
            bed.set_fault(fmt::format("*:upload:{}", kind));
            auto const seen = upload_under(bed, provider);
            EXPECT_EQ(seen.answer.status, 200) << kind;
            EXPECT_EQ(seen.files_kept, 1U) << kind;
            EXPECT_FALSE(seen.answer.is_cut);
            return seen.answer;
        };
        auto const half = spoiled("invalid_json");
        boost::system::error_code trouble;
        json::parse(half.text, trouble);
        EXPECT_TRUE(trouble && half.text.starts_with('{')) << half.text;
        EXPECT_EQ(spoiled("empty_answer").text, "");
        auto const nameless = spoiled("no_id").json().as_object();
        EXPECT_FALSE(nameless.contains("id"));
        EXPECT_TRUE(nameless.contains("bytes"));
        auto const longer = spoiled("wrong_length");
        EXPECT_GT(longer.announced_bytes.value_or(0), longer.text.size());
        EXPECT_EQ(longer.json().at("bytes"), 1'000);
    }
}

TEST(sandbox_answers, leave_a_refusal_as_it_is) {
    for (auto const* const kind : {"invalid_json", "empty_answer", "no_id", "wrong_bytes",
                                   "failed_status", "vanish", "refuse_purpose=batch"}) {
        SandboxBed bed;
        bed.set_fault(fmt::format("*:upload:{}", kind));
        auto const answer = bed.upload("kimi", "nonsense");
        EXPECT_EQ(answer.status, 400) << kind;
        EXPECT_TRUE(answer.message().starts_with("Invalid purpose: nonsense")) << kind;
        EXPECT_EQ(bed.file_count("kimi"), 0U);
    }
}

TEST(sandbox_answers, to_a_list_may_be_broken_as_well) {
    SandboxBed bed;
    bed.set_fault("*:*:invalid_json");
    auto const answer = bed.get("openai", "/files");
    boost::system::error_code trouble;
    json::parse(answer.text, trouble);
    EXPECT_TRUE(trouble) << answer.text;
    bed.set_fault("*:*:empty_answer");
    EXPECT_EQ(bed.get("openai", "/files").text, "");
}

TEST(sandbox_files, are_one_byte_short) {
    for (auto const provider : {"kimi", "openai", "glm-cn"}) {
        SandboxBed bed;
        bed.set_fault("*:upload:wrong_bytes");
        auto const seen = upload_under(bed, provider);
        EXPECT_EQ(seen.answer.json().at("bytes"), 999);
        auto const kept = bed.state().at("providers").at(provider).at("files").at(0);
        EXPECT_EQ(kept.at("bytes"), 999);
        EXPECT_EQ(kept.at("sha256"), sha256(std::string(1'000, 'x')).hex().c_str())
            << "of what was sent";
    }
    SandboxBed bed;
    bed.set_fault("*:upload:wrong_bytes");
    auto const id = upload_under(bed).answer.id();
    EXPECT_EQ(bed.get("kimi", "/files/" + id).json().at("bytes"), 999);
    EXPECT_EQ(bed.get("kimi", "/files/" + id + "/content").text, std::string(999, 'x'));
    EXPECT_EQ(bed.remove("kimi", id).status, 200);
    EXPECT_EQ(bed.upload("kimi", "file-extract", {.content = "x"}).json().at("bytes"), 0);
}

TEST(sandbox_files, are_of_no_use_to_the_provider) {
    for (auto const provider : providers) {
        SandboxBed bed;
        bed.set_fault("*:upload:failed_status");
        auto const answer = upload_under(bed, provider).answer;
        EXPECT_EQ(answer.json().at("status"), "error") << provider;
        auto const again = bed.get(provider, "/files/" + answer.id());
        if (again.status == 200) EXPECT_EQ(again.json(), answer.json());
        EXPECT_EQ(bed.file_count(provider), 1U);
    }
}

TEST(sandbox_files, vanish_at_once_or_later) {
    SandboxBed bed;
    bed.set_fault("*:upload:vanish");
    auto const id = upload_under(bed).answer.id();
    EXPECT_EQ(bed.get("kimi", "/files/" + id).status, 404);
    EXPECT_EQ(bed.get("kimi", "/files/" + id + "/content").status, 404);
    EXPECT_EQ(bed.remove("kimi", id).status, 404);
    EXPECT_EQ(bed.get("kimi", "/files").json().at("data"), json::array());
    EXPECT_EQ(bed.file_count("kimi"), 0U);

    bed.set_fault("*:upload:vanish=1500ms");
    auto const later = upload_under(bed).answer.id();
    bed.loop().jump_wall(milliseconds(1'499));
    EXPECT_EQ(bed.get("kimi", "/files/" + later).status, 200);
    bed.loop().jump_wall(milliseconds(1));
    EXPECT_EQ(bed.get("kimi", "/files/" + later).status, 404);
}

TEST(sandbox_files, that_vanish_late_go_with_the_retention_all_the_same) {
    SandboxBed bed;
    bed.set_fault("*:upload:vanish=8000h");
    bed.upload_anything("glm-cn");
    EXPECT_EQ(bed.file_count("glm-cn"), 1U);
    bed.loop().jump_wall(std::chrono::days(30));
    EXPECT_EQ(bed.file_count("glm-cn"), 0U);
}

TEST(sandbox_purposes, are_refused_in_the_providers_words) {
    SandboxBed bed;
    bed.set_faults(R"([{"provider":"kimi","kind":"refuse_purpose","purpose":"file-extract"},
                       {"provider":"kimi","kind":"refuse_purpose","purpose":"lambda"},
                       {"provider":"glm","kind":"refuse_purpose","purpose":"user_data"}])");
    auto const refused = upload_under(bed);
    EXPECT_EQ(refused.answer.message(),
              "Invalid purpose: file-extract, only batch, batch_output, image and video accepted");
    EXPECT_EQ(refused.read_bytes, refused.size_bytes);
    EXPECT_EQ(bed.upload("kimi", "lambda").status, 400);
    EXPECT_EQ(bed.upload("kimi", "batch", {.filename = "a.jsonl"}).status, 200);
    EXPECT_EQ(bed.upload_anything("glm").error().at("code"), "1214");
    EXPECT_EQ(bed.upload_anything("glm-cn").status, 200);
    EXPECT_EQ(bed.upload_anything("openai").status, 200);
}

TEST(sandbox_clock, is_ahead_or_behind_in_everything_the_provider_tells) {
    SandboxBed bed;
    for (auto const& [flag, created_at, date] :
         {std::tuple("*:*:clock_skew=1h", 1'700'003'600, "Tue, 14 Nov 2023 23:13:20 GMT"),
          std::tuple("*:*:clock_skew=-1h", 1'699'996'400, "Tue, 14 Nov 2023 21:13:20 GMT")}) {
        bed.set_fault(flag);
        for (auto const provider : providers) {
            auto const answer = upload_under(bed, provider).answer;
            EXPECT_EQ(answer.json().at("created_at"), created_at) << provider;
            EXPECT_EQ(answer.headers.find("Date"), date) << provider;
        }
        EXPECT_TRUE(upload_under(bed, "glm").answer.id().starts_with(std::to_string(created_at)));
        EXPECT_EQ(bed.get("openai", "/files").headers.find("Date"), date);
    }
    bed.set_faults("[]");
    EXPECT_FALSE(upload_under(bed).answer.headers.find("Date")) << "the server adds its own";
    EXPECT_EQ(bed.file_count("kimi"), 3U);
}

TEST(sandbox_clock, decides_about_tokens) {
    SandboxBed bed;
    auto const token = "Bearer " + sdk_token("id", "secret", bed.loop().wall_now());
    EXPECT_EQ(bed.upload_anything("glm", token).status, 200);
    bed.set_fault("glm:*:clock_skew=210s");
    EXPECT_EQ(bed.upload_anything("glm", token).error().at("code"), "1003");
    EXPECT_EQ(bed.upload_anything("glm-cn", token).status, 200);
    bed.set_fault("glm:*:clock_skew=-301s");
    EXPECT_EQ(bed.upload_anything("glm", token).error().at("code"), "1002");
    bed.set_fault("glm:*:clock_skew=-300s");
    EXPECT_EQ(bed.upload_anything("glm", token).status, 200);
}

TEST(sandbox_clock, does_not_make_files_go_sooner) {
    SandboxBed bed;
    bed.set_fault("*:*:clock_skew=24h");
    bed.upload_anything("glm-cn");
    bed.loop().jump_wall(std::chrono::days(30) - seconds(1));
    EXPECT_EQ(bed.get("glm-cn", "/files?purpose=user_data").json().at("data").as_array().size(),
              1U);
    bed.loop().jump_wall(seconds(1));
    EXPECT_EQ(bed.file_count("glm-cn"), 0U);
}

TEST(sandbox_delays, take_as_long_as_asked) {
    for (auto const* const kind : {"slow_accept", "slow_read", "latency", "drip"}) {
        SandboxBed bed;
        bed.set_fault(fmt::format("*:upload:{}=1600ms", kind));
        auto const seen = upload_under(bed);
        EXPECT_EQ(seen.answer.json().at("bytes"), 1'000) << kind;
        EXPECT_EQ(seen.took, milliseconds(1'600)) << kind;
        EXPECT_EQ(seen.files_kept, 1U) << kind;
        EXPECT_EQ(seen.answer.announced_bytes.has_value(), std::string_view(kind) == "drip");
    }
}

TEST(sandbox_delays, go_together_and_with_another_fault) {
    SandboxBed bed;
    bed.set_faults(R"([{"kind":"slow_accept","ms":1000},{"kind":"slow_read","ms":2000},
                       {"kind":"latency","ms":4000},{"kind":"drip","ms":8000},
                       {"kind":"status","status":500},{"kind":"lost_answer"}])");
    auto const seen = upload_under(bed);
    EXPECT_EQ(seen.answer.status, 500);
    EXPECT_EQ(seen.took, seconds(15));
    bed.set_faults(R"([{"kind":"slow_read","ms":1600},{"kind":"reset_during_body"}])");
    auto const half = upload_under(bed);
    EXPECT_TRUE(half.answer.is_cut);
    EXPECT_NEAR(static_cast<double>(half.took.count()), 800, 100);
}

TEST(sandbox_delays, of_reading_do_not_touch_a_request_without_a_body) {
    SandboxBed bed;
    bed.set_fault("*:*:slow_read=10m");
    EXPECT_EQ(bed.get("kimi", "/files").status, 200);
    EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime());
}

TEST(sandbox_outages, of_one_transport_leave_the_others) {
    SandboxBed bed;
    bed.set_fault("glm/native:upload:status=503");
    auto const token = "Bearer " + sdk_token("id", "secret", bed.loop().wall_now());
    EXPECT_EQ(bed.upload_anything("glm", token).status, 503);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret").status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret", {{"Connection", "close"}}).status,
              200);
    EXPECT_EQ(bed.upload_anything("glm-cn", token).status, 200);
    bed.set_fault("glm/openai:*:status=503");
    EXPECT_EQ(bed.upload_anything("glm", token).status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret").status, 503);
    bed.set_fault("*/plain:*:status=503");
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret").status, 200);
    EXPECT_EQ(bed.upload_anything("glm", "Bearer id.secret", {{"Connection", "close"}}).status,
              503);
}

TEST(sandbox_outages, keep_to_their_window) {
    SandboxBed bed({.faults = {{.provider = "kimi", .until = seconds(5)}}});
    EXPECT_EQ(bed.get("kimi", "/files").status, 503) << "from the start";
    bed.set_fault("kimi:*:status=503:from=10s:until=20s");
    auto const status_after = [&](seconds elapsed) {
        bed.loop().run(MonotonicTime(elapsed));
        return bed.get("kimi", "/files").status;
    };
    EXPECT_EQ(status_after(seconds(9)), 200);
    EXPECT_EQ(status_after(seconds(10)), 503);
    EXPECT_EQ(status_after(seconds(19)), 503);
    EXPECT_EQ(status_after(seconds(20)), 200);
    bed.loop().jump_wall(-seconds(5));
    EXPECT_EQ(bed.get("kimi", "/files").status, 200) << "the wall clock has no say";
    bed.set_fault("kimi:*:status=503:from=10s:until=20s");
    EXPECT_EQ(status_after(seconds(29)), 200) << "counted anew";
    EXPECT_EQ(status_after(seconds(30)), 503);
}

TEST(sandbox_faults, are_told_as_they_can_be_set_again) {
    SandboxBed bed;
    for (auto const* const flag :
         {"kimi:upload:status=503:rate=0.25", "kimi:*:html=502", "*:*:latency=2s",
          "glm:*:clock_skew=-5m", "kimi:*:refuse_purpose=image", "*:upload:vanish=1h",
          "*:upload:vanish", "glm/native:*:status=429:code=1113:from=1s:until=2s",
          "kimi:upload:status=429:type=engine_overloaded_error", "*/plain:*:drip=3"}) {
        bed.set_fault(flag);
        auto const told = bed.send({.target = "/_sandbox/faults"}).json().at("faults");
        auto const again = parse_fault_list(json::serialize(told));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->front(), *parse_fault_flag(flag)) << json::serialize(told);
    }
}

TEST(sandbox_faults, that_could_never_strike_are_refused_with_what_there_is) {
    SandboxBed bed;
    struct Case {
        std::string list;
        std::string_view says;
    };
    Case const cases[] = {
        {R"({"provider":"glm/nativ","kind":"status"})", "one of *, native, openai, plain"},
        {R"({"provider":"kimi/native","kind":"status"})", "there are openai and plain"},
        {R"({"provider":"kimmi","kind":"status"})", "kimi, kimi-cn, glm, glm-cn, openai and *"},
        {R"({"provider":"glm","kind":"status","status":429,"code":"1"})",
         "It has 1302, 1303, 1305, 1312, 1113"},
        {R"({"kind":"explode"})", "slow_read"},
    };
    for (auto const& [list, says] : cases) {
        auto const answer = bed.set_faults(list);
        EXPECT_EQ(answer.status, 400) << list;
        EXPECT_NE(answer.message().find(says), std::string::npos) << answer.text;
    }
}

}  // namespace
}  // namespace filegate::sandbox
