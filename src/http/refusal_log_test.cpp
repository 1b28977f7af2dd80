#include "http/refusal_log.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "observe/log_fakes.hpp"

namespace filegate::http {
namespace {

class RefusalLogTest : public testing::Test {
protected:
    void refuse(std::uint64_t times, ErrorCode code = ErrorCode::unauthorized) {
        for (std::uint64_t i = 0; i < times; ++i)
            refusals_.write({.code = code, .message = "no"}, RequestId("req-1"));
    }

    SimLoop clock_;
    observe::KeptLog log_;
    RefusalLog refusals_{log_, clock_};
};

TEST_F(RefusalLogTest, each_is_a_line_while_there_are_few) {
    refuse(3);
    EXPECT_EQ(log_.count("http.refused request_id=req-1 error=UNAUTHORIZED message=no"), 3U);
    EXPECT_EQ(log_.lines().size(), 3U);
}

TEST_F(RefusalLogTest, a_flood_is_a_number_in_the_next_minute) {
    refuse(RefusalLog::lines_a_minute + 4000);
    EXPECT_EQ(log_.lines().size(), RefusalLog::lines_a_minute);
    clock_.run(clock_.monotonic_now() + std::chrono::minutes(1));
    refuse(2);
    EXPECT_EQ(log_.count("http.refusals_left_out lines=4000"), 1U);
    EXPECT_EQ(log_.lines().size(), RefusalLog::lines_a_minute + 3);
}

TEST_F(RefusalLogTest, what_callers_do_wrong_takes_no_line_from_what_we_do) {
    refuse(RefusalLog::lines_a_minute + 1);
    refuse(1, ErrorCode::storage_error);
    EXPECT_EQ(log_.lines().back(),
              "http.refused request_id=req-1 error=STORAGE_ERROR message=no detail=");
}

}  // namespace
}  // namespace filegate::http
