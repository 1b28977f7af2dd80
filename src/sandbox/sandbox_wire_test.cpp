// The sandbox behind a real server, asked by the real client: what the faults look like on a
// connection, and that InProcessClient tells the same.

#include "net/http_client.hpp"
#include "sandbox/in_process_client.hpp"
#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

using Stage = net::TransportFailure::Stage;

// More than the buffers of a connection hold, so that what is not read is not sent either.
constexpr std::size_t large_bytes = 32 << 20;

class WireBed {
public:
    WireBed() {
        auto const started = server_.start();
        FG_CHECK(started.has_value(), "a server finds a free port");
        in_process_.emplace(sandbox_, server_.url(), clock_);
    }
    ~WireBed() {
        client_.reset();
        loop_.run_task(stop(server_));
    }

    net::ClientResult send(net::ClientRequest request) {
        return loop_.run_task(client_->send(std::move(request)));
    }
    // The same through the sandbox itself, on simulated time.
    net::ClientResult send_in_process(net::ClientRequest request) {
        return loop_.run_task(in_process_->send(std::move(request)));
    }
    net::ClientRequest upload(ReopenableBody const& body, net::Headers more = {}) {
        more.add("Authorization", "Bearer k");
        more.add("Content-Type", std::string(form_content_type));
        return {.method = "POST",
                .url = server_.url() + "/openai/v1/files",
                .headers = std::move(more),
                .body = &body};
    }
    void set_fault(std::string_view flag) {
        auto const fault = parse_fault_flag(flag);
        FG_CHECK(fault.has_value(), "the test writes a fault as it should be");
        MemoryBody const body(
            boost::json::serialize(faults_object(std::span(&*fault, 1)).at("faults")));
        auto const set =
            send({.method = "POST", .url = server_.url() + "/_sandbox/faults", .body = &body});
        FG_CHECK(set && set->status == 200, "the sandbox takes its own account of a fault");
    }
    boost::json::value state() {
        return boost::json::parse(send({.url = server_.url() + "/_sandbox/state"})->body);
    }
    std::size_t file_count() {
        return state().at("providers").at("openai").at("files").as_array().size();
    }

private:
    static Task<Done> stop(net::HttpServer& server) {
        co_await server.stop(MonotonicTime());
        co_return Done();
    }

    SystemClock clock_;
    SeededRandom random_{1};
    IdSource ids_{clock_, random_};
    SimLoop loop_;
    Sandbox sandbox_{contracts::builtin_contracts(), clock_, {}};
    net::LoopThread server_thread_{clock_, "server"};
    net::LoopThread client_thread_{clock_, "client"};
    net::HttpServer server_{{&server_thread_.loop()}, sandbox_, ids_, {}};
    std::optional<net::CurlClient> client_{std::in_place, client_thread_.loop(),
                                           net::CurlClientOptions()};
    std::optional<InProcessClient> in_process_;
};

TEST(sandbox_wire, tells_the_same_as_the_client_in_the_process) {
    struct Case {
        std::string_view fault;
        std::optional<Stage> stage;  // none: answered
        std::optional<Stage> stage_in_process;
    };
    Case const cases[] = {
        {"status=503", {}, {}},
        {"html", {}, {}},
        {"refuse_connection", Stage::sending, Stage::connecting},
        {"reset_before_body", Stage::sending, Stage::sending},
        {"reset_during_body", Stage::sending, Stage::sending},
        {"reset_after_body", Stage::awaiting_answer, Stage::awaiting_answer},
        {"lost_answer", Stage::awaiting_answer, Stage::awaiting_answer},
        {"wrong_length", Stage::receiving, Stage::receiving},
        {"invalid_json", {}, {}},
        {"empty_answer", {}, {}},
        {"drip=20ms", {}, {}},
    };
    MemoryBody const body(
        upload_form("user_data", {.filename = "a.pdf", .content = std::string(large_bytes, 'x')}));
    for (auto const& [fault, stage, stage_in_process] : cases) {
        WireBed bed;
        bed.set_fault(fmt::format("openai:upload:{}", fault));
        auto const wire = bed.send(bed.upload(body));
        auto const kept = bed.file_count();
        auto const local = bed.send_in_process(bed.upload(body));
        EXPECT_EQ(bed.file_count(), 2 * kept) << fault;
        ASSERT_EQ(wire.has_value(), !stage.has_value()) << fault;
        ASSERT_EQ(local.has_value(), !stage_in_process.has_value())
            << fault << (local ? "" : local.error().message);
        if (stage) {
            EXPECT_EQ(wire.error().stage, *stage) << fault << ": " << wire.error().message;
            EXPECT_EQ(local.error().stage, *stage_in_process) << fault;
            EXPECT_FALSE(wire.error().is_timeout || local.error().is_timeout) << fault;
        } else {
            EXPECT_EQ(wire->status, local->status) << fault;
            EXPECT_EQ(wire->body.size(), local->body.size()) << fault;
            EXPECT_EQ(wire->headers.find("Content-Type"), local->headers.find("Content-Type"));
            EXPECT_EQ(wire->headers.find("Content-Length"), local->headers.find("Content-Length"));
        }
    }
}

TEST(sandbox_wire, leaves_the_connection_of_use_after_a_fault_that_answers) {
    WireBed bed;
    MemoryBody const body(upload_form("user_data", {}));
    for (auto const* const fault : {"status=429", "html=502", "invalid_json", "empty_answer",
                                    "no_id", "drip=20ms", "slow_read=20ms", "slow_accept=5ms"}) {
        bed.set_fault(fmt::format("openai:upload:{}", fault));
        EXPECT_TRUE(bed.send(bed.upload(body))) << fault;
        EXPECT_TRUE(bed.send(bed.upload(body))) << fault;
    }
    EXPECT_EQ(bed.state().at("providers").at("openai").at("transports").at("openai").at("upload"),
              16);
}

TEST(sandbox_wire, sees_a_connection_that_is_to_be_closed) {
    WireBed bed;
    MemoryBody const body(upload_form("user_data", {}));
    bed.set_fault("*/plain:*:status=503");
    EXPECT_EQ(bed.send(bed.upload(body))->status, 200);
    auto closing = bed.upload(body, {{"Connection", "close"}});
    closing.is_fresh_connection = true;
    EXPECT_EQ(bed.send(std::move(closing))->status, 503);
}

TEST(sandbox_wire, keeps_the_wrong_length_of_a_dripping_answer) {
    WireBed bed;
    MemoryBody const body(upload_form("user_data", {}));
    MemoryBody const faults(R"([{"kind":"drip","ms":20},{"kind":"wrong_length"}])");
    auto set = bed.upload(faults);
    set.url = set.url.substr(0, set.url.find("/openai")) + "/_sandbox/faults";
    EXPECT_EQ(bed.send(std::move(set))->status, 200);
    auto const answer = bed.send(bed.upload(body));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::receiving);
    EXPECT_EQ(bed.file_count(), 1U);
}

}  // namespace
}  // namespace filegate::sandbox
