#include "sandbox/broken_answer.hpp"

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

std::string text_of(net::ServerResponse const& response) {
    return std::get<std::string>(response.body);
}

net::ServerResponse file_answer() {
    return json_response(200, {{"object", "file"}, {"id", "a"}, {"bytes", 1}});
}

TEST(broken_answer, halves_empties_or_leaves_out_the_id) {
    auto response = file_answer();
    leave_out_id(response);
    EXPECT_EQ(boost::json::parse(text_of(response)),
              boost::json::value({{"object", "file"}, {"bytes", 1}}));
    response = file_answer();
    auto const whole = text_of(response);
    halve_json(response);
    EXPECT_EQ(text_of(response), whole.substr(0, whole.size() / 2));
    boost::system::error_code trouble;
    boost::json::parse(text_of(response), trouble);
    EXPECT_TRUE(trouble);
    empty_json(response);
    EXPECT_EQ(text_of(response), "");
    EXPECT_EQ(response.status, 200);
}

TEST(broken_answer, leaves_refusals_cuts_and_contents_alone) {
    for (auto* const spoil : {halve_json, empty_json, leave_out_id}) {
        auto refusal = json_response(400, {{"error", "no"}, {"id", "a"}});
        spoil(refusal);
        EXPECT_EQ(text_of(refusal), R"({"error":"no","id":"a"})");
        auto content = bytes_response(R"({"id":"a"})", "application/octet-stream");
        spoil(content);
        EXPECT_EQ(text_of(content), R"({"id":"a"})");
        net::ServerResponse cut{.is_cut = true};
        spoil(cut);
        drip(cut, milliseconds(1));
        EXPECT_TRUE(cut.is_cut);
        EXPECT_EQ(text_of(cut), "");
    }
}

TEST(broken_answer, drips_and_announces_more_together) {
    SimLoop loop;
    auto response = file_answer();
    auto const whole = text_of(response);
    drip(response, seconds(16));
    auto const& dripping = std::get<net::StreamedBody>(response.body);
    EXPECT_EQ(dripping.size_bytes, whole.size());
    announce_more(response);
    auto const& longer = std::get<net::StreamedBody>(response.body);
    EXPECT_GT(*longer.size_bytes, whole.size());
    EXPECT_EQ(*loop.run_task(read_all(*longer.source, 1'000)), whole);
    EXPECT_NEAR(std::chrono::duration<double>(loop.monotonic_now().time_since_epoch()).count(), 16,
                0.001);
}

TEST(broken_answer, announces_more_of_an_answer_that_does_not_drip) {
    SimLoop loop;
    auto response = file_answer();
    auto const whole = text_of(response);
    announce_more(response);
    auto const& longer = std::get<net::StreamedBody>(response.body);
    EXPECT_GT(*longer.size_bytes, whole.size());
    EXPECT_EQ(*loop.run_task(read_all(*longer.source, 1'000)), whole);
}

}  // namespace
}  // namespace filegate::sandbox
