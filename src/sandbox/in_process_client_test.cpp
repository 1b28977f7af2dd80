#include "sandbox/in_process_client.hpp"

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

using Stage = net::TransportFailure::Stage;

constexpr std::string_view base = "http://sandbox.test";

// A body whose bytes take `delay` each time, and which may fail in every way a body can.
struct BodyBehaviour {
    milliseconds delay{0};
    std::uint64_t fails_at = UINT64_MAX;
    std::uint64_t ends_at = UINT64_MAX;
    bool fails_to_open = false;
};

class UploadBody final : public ReopenableBody {
public:
    UploadBody(std::string bytes, BodyBehaviour behaviour = {})
        : bytes_(std::move(bytes)), behaviour_(behaviour) {}

    std::uint64_t size_bytes() const override { return bytes_.size(); }
    Task<Result<std::unique_ptr<ByteSource>>> open(std::uint64_t) const override {
        ++opened_;
        if (behaviour_.fails_to_open) co_return fail(ErrorCode::storage_error, "not there");
        co_return std::make_unique<Source>(*this);
    }
    int opened() const { return opened_; }
    int sources() const { return sources_; }

private:
    class Source final : public ByteSource {
    public:
        explicit Source(UploadBody const& body) : body_(body) { ++body_.sources_; }
        ~Source() override { --body_.sources_; }
        Task<Result<std::size_t>> read(std::span<std::byte> into) override {
            auto const& how = body_.behaviour_;
            if (how.delay > milliseconds(0)) co_await sleep_for(how.delay);
            if (position_ >= how.fails_at) co_return fail(ErrorCode::storage_error, "disk gone");
            auto const end = std::min({how.fails_at, how.ends_at, body_.size_bytes()});
            auto const count = std::min<std::uint64_t>(into.size(), end - position_);
            std::memcpy(into.data(), body_.bytes_.data() + position_, count);
            position_ += count;
            co_return count;
        }

    private:
        UploadBody const& body_;
        std::uint64_t position_ = 0;
    };

    std::string bytes_;
    BodyBehaviour behaviour_;
    mutable int opened_ = 0;
    mutable int sources_ = 0;
};

class InProcessBed {
public:
    net::ClientResult send(net::ClientRequest request) {
        return loop().run_task(client_.send(std::move(request)));
    }
    net::ClientRequest upload(ReopenableBody const& body) {
        return {.method = "POST",
                .url = fmt::format("{}/kimi/v1/files", base),
                .headers = {{"Authorization", "Bearer k"},
                            {"Content-Type", std::string(form_content_type)}},
                .body = &body};
    }
    net::ClientRequest get(std::string_view rest) {
        return {.url = fmt::format("{}/kimi/v1{}", base, rest),
                .headers = {{"Authorization", "Bearer k"}}};
    }
    Deadline in(milliseconds time) { return loop().monotonic_now() + time; }
    std::size_t file_count() { return bed_.file_count("kimi"); }
    SandboxBed& bed() { return bed_; }
    SimLoop& loop() { return bed_.loop(); }
    InProcessClient& client() { return client_; }

private:
    SandboxBed bed_;
    InProcessClient client_{bed_.sandbox(), std::string(base) + "/", bed_.loop()};
};

std::string form_of(std::size_t bytes = 1'000) {
    return upload_form("file-extract", {.content = std::string(bytes, 'x')});
}

TEST(in_process_client, brings_a_request_there_and_an_answer_back) {
    InProcessBed bed;
    UploadBody const body(form_of());
    std::vector<std::uint64_t> sent;
    auto request = bed.upload(body);
    request.on_sent_bytes = [&](std::uint64_t bytes) { sent.push_back(bytes); };
    auto const answer = bed.send(std::move(request));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    auto const file = boost::json::parse(answer->body);
    EXPECT_EQ(file.at("bytes"), 1'000);
    EXPECT_EQ(answer->headers.find("X-Filegate-Sandbox"), "1");
    EXPECT_EQ(answer->headers.find("Date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    EXPECT_EQ(answer->headers.find("Content-Length"), std::to_string(answer->body.size()));
    EXPECT_EQ(answer->headers.find("X-Request-Id"), "req-1");
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.back(), body.size_bytes());
    EXPECT_TRUE(std::ranges::is_sorted(sent));
    EXPECT_EQ(body.opened(), 1);
    EXPECT_EQ(body.sources(), 0);

    auto const id = std::string(file.at("id").as_string());
    EXPECT_EQ(boost::json::parse(bed.send(bed.get("/files/" + id))->body), file);
    auto remove = bed.get("/files/" + id);
    remove.method = "DELETE";
    EXPECT_EQ(bed.send(remove)->status, 200);
    EXPECT_EQ(bed.file_count(), 0U);
    EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime()) << "nothing but faults takes time";
}

TEST(in_process_client, tells_how_far_it_got) {
    struct Case {
        std::string_view fault;
        Stage stage;
        std::size_t files_kept;
    };
    Case const cases[] = {
        {"refuse_connection", Stage::connecting, 0},
        {"reset_before_body", Stage::sending, 0},
        {"reset_during_body", Stage::sending, 0},
        {"reset_after_body", Stage::awaiting_answer, 0},
        {"lost_answer", Stage::awaiting_answer, 1},
        {"wrong_length", Stage::receiving, 1},
    };
    for (auto const& [fault, stage, files_kept] : cases) {
        InProcessBed bed;
        bed.bed().set_fault(fmt::format("*:upload:{}", fault));
        UploadBody const body(form_of());
        auto const answer = bed.send(bed.upload(body));
        ASSERT_FALSE(answer) << fault;
        EXPECT_EQ(answer.error().stage, stage) << fault;
        EXPECT_FALSE(answer.error().is_timeout);
        EXPECT_FALSE(answer.error().is_tls);
        EXPECT_FALSE(answer.error().message.empty());
        EXPECT_EQ(bed.file_count(), files_kept) << fault;
        EXPECT_EQ(body.sources(), 0);
    }
    InProcessBed bed;
    bed.bed().set_fault("*:*:reset_before_body");
    EXPECT_EQ(bed.send(bed.get("/files")).error().stage, Stage::awaiting_answer)
        << "of a request without a body all was sent";
}

TEST(in_process_client, gives_up_at_the_deadline_wherever_it_is) {
    struct Case {
        std::string_view fault;
        Stage stage;
        std::size_t files_kept;
    };
    Case const cases[] = {
        {"slow_accept=10s", Stage::sending, 0},
        {"slow_read=10s", Stage::sending, 0},
        {"latency=10s", Stage::awaiting_answer, 1},
        {"drip=10s", Stage::receiving, 1},
    };
    for (auto const& [fault, stage, files_kept] : cases) {
        InProcessBed bed;
        bed.bed().set_fault(fmt::format("*:upload:{}", fault));
        UploadBody const body(form_of());
        auto request = bed.upload(body);
        request.deadline = bed.in(seconds(5));
        auto const answer = bed.send(std::move(request));
        ASSERT_FALSE(answer) << fault;
        EXPECT_EQ(answer.error().stage, stage) << fault;
        EXPECT_TRUE(answer.error().is_timeout) << fault;
        EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime(seconds(5))) << fault;
        EXPECT_EQ(body.sources(), 0) << fault;
        bed.loop().run();
        EXPECT_EQ(bed.file_count(), files_kept) << fault;
    }
    InProcessBed bed;
    UploadBody const body(form_of());
    auto late = bed.upload(body);
    late.deadline = bed.in(milliseconds(0));
    auto const answer = bed.send(std::move(late));
    EXPECT_EQ(answer.error().stage, Stage::connecting);
    EXPECT_TRUE(answer.error().is_timeout);
    EXPECT_EQ(body.opened(), 0);
}

TEST(in_process_client, needs_no_more_time_than_the_answer_takes) {
    InProcessBed bed;
    bed.bed().set_fault("*:upload:latency=4999ms");
    UploadBody const body(form_of());
    auto request = bed.upload(body);
    request.deadline = bed.in(seconds(5));
    EXPECT_TRUE(bed.send(std::move(request)));
    bed.loop().run();
    EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime(milliseconds(4'999))) << "no timer is left";
}

TEST(in_process_client, gives_up_when_nothing_moves) {
    struct Case {
        std::string_view fault;
        Stage stage;
        seconds after;
    };
    // Sixteen steps of 2.5 s each are a stall; of a second each, below, they are only slow.
    Case const cases[] = {
        {"latency=100s", Stage::awaiting_answer, seconds(2)},
        {"slow_accept=100s", Stage::sending, seconds(2)},
        {"slow_read=40s", Stage::sending, seconds(2)},
        {"drip=40s", Stage::receiving, seconds(2)},
    };
    for (auto const& [fault, stage, after] : cases) {
        InProcessBed bed;
        bed.bed().set_fault(fmt::format("*:upload:{}", fault));
        UploadBody const body(form_of(16'000));
        auto request = bed.upload(body);
        request.stall_timeout = seconds(2);
        auto const answer = bed.send(std::move(request));
        ASSERT_FALSE(answer) << fault;
        EXPECT_EQ(answer.error().stage, stage) << fault;
        EXPECT_TRUE(answer.error().is_timeout) << fault;
        EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime(after)) << fault;
    }
    for (auto const* const fault : {"slow_read=16s", "drip=16s"}) {
        InProcessBed bed;
        bed.bed().set_fault(fmt::format("*:upload:{}", fault));
        UploadBody const body(form_of(16'000));
        auto request = bed.upload(body);
        request.stall_timeout = seconds(2);
        EXPECT_TRUE(bed.send(std::move(request))) << fault;
        EXPECT_GT(bed.loop().monotonic_now(), MonotonicTime(seconds(15)));
    }
}

TEST(in_process_client, tells_when_its_own_body_fails) {
    struct Case {
        BodyBehaviour behaviour;
        std::string_view says;
    };
    Case const cases[] = {
        {{.fails_to_open = true}, "not there"},
        {{.fails_at = 0}, "disk gone"},
        {{.fails_at = 500}, "disk gone"},
        {{.ends_at = 500}, "ended"},
        {{.ends_at = 0}, "ended"},
    };
    for (auto const& [behaviour, says] : cases) {
        for (auto const* const fault : {"*:*:status:rate=0", "*:*:latency=100s"}) {
            InProcessBed bed;
            bed.bed().set_fault(fault);
            UploadBody const body(form_of(), behaviour);
            auto const answer = bed.send(bed.upload(body));
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().stage, Stage::reading_body);
            EXPECT_FALSE(answer.error().is_timeout);
            EXPECT_NE(answer.error().message.find(says), std::string::npos)
                << answer.error().message;
            EXPECT_EQ(bed.file_count(), 0U);
            EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime()) << "it ends at once";
            EXPECT_EQ(body.sources(), 0);
        }
    }
}

TEST(in_process_client, tells_when_its_own_body_is_what_it_waited_for) {
    InProcessBed bed;
    UploadBody const body(form_of(), {.delay = seconds(100)});
    auto request = bed.upload(body);
    request.deadline = bed.in(seconds(5));
    auto const answer = bed.send(std::move(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::reading_body);
    EXPECT_TRUE(answer.error().is_timeout);
    EXPECT_EQ(body.sources(), 0);
}

Task<void> send_and_note(InProcessClient& client, net::ClientRequest request, int& ended) {
    try {
        static_cast<void>(co_await client.send(std::move(request)));
        ended = 1;
    } catch (Cancelled const&) {
        ended = 2;
        throw;
    }
}

TEST(in_process_client, lets_go_of_everything_when_cancelled_at_any_time) {
    for (int step = 0; step < 24; ++step) {
        InProcessBed bed;
        bed.bed().set_faults(R"([{"kind":"slow_accept","ms":2000},{"kind":"slow_read","ms":6400},
                                 {"kind":"latency","ms":4000},{"kind":"drip","ms":6400}])");
        UploadBody const body(form_of(), {.delay = milliseconds(100)});
        int ended = 0;
        TaskGroup group(bed.loop());
        auto request = bed.upload(body);
        request.deadline = bed.in(seconds(100));
        group.spawn(send_and_note(bed.client(), std::move(request), ended));
        bed.loop().run(MonotonicTime(seconds(step)));
        group.cancel();
        bed.loop().run(MonotonicTime(seconds(step)));
        EXPECT_EQ(group.size(), 0U) << step;
        EXPECT_EQ(body.sources(), 0) << step;
        EXPECT_EQ(ended, step < 21 ? 2 : 1) << step;
        bed.loop().run();
        EXPECT_EQ(bed.loop().monotonic_now(), MonotonicTime(seconds(step))) << "no timer is left";
    }
}

Task<bool> is_cancelled_at_once(Executor& executor, InProcessClient& client,
                                net::ClientRequest request) {
    TaskContext context(executor);
    context.cancel();
    try {
        static_cast<void>(co_await client.send(std::move(request)).in(context));
    } catch (Cancelled const&) {
        co_return true;
    }
    co_return false;
}

TEST(in_process_client, sends_nothing_when_cancelled_before) {
    InProcessBed bed;
    UploadBody const body(form_of());
    EXPECT_TRUE(
        bed.loop().run_task(is_cancelled_at_once(bed.loop(), bed.client(), bed.upload(body))));
    EXPECT_EQ(body.opened(), 0);
    EXPECT_EQ(bed.file_count(), 0U);
}

TEST(in_process_client, holds_no_more_of_an_answer_than_it_may) {
    InProcessBed bed;
    UploadBody const body(form_of(10'000));
    auto const id = boost::json::parse(bed.send(bed.upload(body))->body).at("id").as_string();
    auto const content = [&](std::size_t bytes_max) {
        auto request = bed.get("/files/" + std::string(id) + "/content");
        request.response_bytes_max = bytes_max;
        return bed.send(std::move(request));
    };
    for (auto const* const fault : {"*:*:status:rate=0", "*:*:drip=1s"}) {
        bed.bed().set_fault(fault);
        EXPECT_EQ(content(10'000)->body.size(), 10'000U);
        auto const refused = content(9'999);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().stage, Stage::receiving);
        EXPECT_FALSE(refused.error().is_timeout);
        EXPECT_NE(refused.error().message.find("9999 bytes"), std::string::npos);
    }
}

TEST(in_process_client, gives_a_success_to_the_sink_piece_by_piece) {
    InProcessBed bed;
    UploadBody const body(form_of(10'000));
    auto const id = boost::json::parse(bed.send(bed.upload(body))->body).at("id").as_string();
    auto request = bed.get("/files/" + std::string(id) + "/content");
    request.response_bytes_max = 10;
    std::size_t received = 0;
    int pieces = 0;
    bool wants_more = true;
    request.sink = [&](std::span<std::byte const> bytes) {
        received += bytes.size();
        ++pieces;
        return wants_more;
    };
    bed.bed().set_fault("*:*:drip=1s");
    auto const answer = bed.send(request);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "");
    EXPECT_EQ(received, 10'000U);
    EXPECT_GT(pieces, 1);

    wants_more = false;
    received = 0;
    EXPECT_EQ(bed.send(request).error().stage, Stage::receiving);
    EXPECT_LT(received, 10'000U);

    received = 0;
    request.response_bytes_max = 1'000;
    request.url = fmt::format("{}/kimi/v1/files/none/content", base);
    auto const missing = bed.send(request);
    EXPECT_EQ(missing->status, 404);
    EXPECT_FALSE(missing->body.empty());
    EXPECT_EQ(received, 0U);
}

TEST(in_process_client, finds_its_way_by_the_url) {
    InProcessBed bed;
    struct Case {
        std::string url;
        int status;  // 0: not connected
    };
    Case const cases[] = {
        {"http://sandbox.test/kimi/v1/files", 200},
        {"http://sandbox.test/kimi/v1/files?limit=1#part", 200},
        {"http://sandbox.test/openai/v1/files?limit=0", 400},
        {"http://sandbox.test", 404},
        {"http://sandbox.test?a=b", 404},
        {"http://sandbox.test.evil/kimi/v1/files", 0},
        {"https://sandbox.test/kimi/v1/files", 0},
        {"http://other.test/kimi/v1/files", 0},
        {"", 0},
    };
    for (auto const& [url, status] : cases) {
        auto request = bed.get("");
        request.url = url;
        auto const answer = bed.send(std::move(request));
        EXPECT_EQ(answer ? answer->status : 0, status) << url;
        if (!answer) EXPECT_EQ(answer.error().stage, Stage::connecting) << url;
    }
}

TEST(in_process_client, sends_the_headers_it_is_given_and_frames_the_body_itself) {
    InProcessBed bed;
    bed.bed().set_fault("*/plain:*:status=503");
    auto closing = bed.get("/files");
    closing.headers.add("Connection", "close");
    EXPECT_EQ(bed.send(std::move(closing))->status, 503);
    EXPECT_EQ(bed.send(bed.get("/files"))->status, 200);

    UploadBody const body(form_of());
    auto misframed = bed.upload(body);
    misframed.headers.add("Content-Length", "3");
    misframed.headers.add("Transfer-Encoding", "chunked");
    misframed.headers.add("X-Request-Id", "mine");
    auto const answer = bed.send(std::move(misframed));
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.find("X-Request-Id"), "mine");
    EXPECT_EQ(answer->headers.find("Msh-Request-Id"), "mine");

    for (auto const& [name, value] :
         {std::pair("X-Broken", "a\r\nX-More: b"), std::pair("X Broken", "a")}) {
        auto broken = bed.get("/files");
        broken.headers.add(name, value);
        auto const refused = bed.send(std::move(broken));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().stage, Stage::connecting);
    }
    EXPECT_EQ(bed.bed().state().at("providers").at("kimi").at("requests").at("list"), 2);
}

TEST(in_process_client, takes_an_upload_without_a_body_for_an_empty_one) {
    InProcessBed bed;
    UploadBody const empty("");
    for (auto const* const body : {&empty, static_cast<UploadBody const*>(nullptr)}) {
        auto request = bed.upload(empty);
        request.body = body;
        EXPECT_EQ(bed.send(std::move(request))->status, 400);
    }
    bed.bed().set_fault("*:*:reset_during_body");
    EXPECT_EQ(bed.send(bed.upload(empty)).error().stage, Stage::awaiting_answer);
}

TEST(in_process_client, keeps_exchanges_apart_that_run_at_once) {
    InProcessBed bed;
    bed.bed().set_fault("*:upload:slow_read=16s");
    UploadBody const body(form_of());
    std::vector<int> ended(8);
    TaskGroup group(bed.loop());
    for (std::size_t i = 0; i < ended.size(); ++i) {
        auto request = bed.upload(body);
        request.deadline = bed.in(seconds(i < 4 ? 100 : 5));
        group.spawn(send_and_note(bed.client(), std::move(request), ended[i]));
    }
    bed.loop().run();
    EXPECT_EQ(ended, std::vector<int>(8, 1));
    EXPECT_EQ(bed.file_count(), 4U);
    EXPECT_EQ(body.sources(), 0);
}

}  // namespace
}  // namespace filegate::sandbox
