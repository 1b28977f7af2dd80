#include "app/certificate_keeper.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "net/tls_fixture.hpp"
#include "observe/log_fakes.hpp"

namespace filegate::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using Look = CertificateKeeper::Look;

// The time is what the tests say it is; certificates are made at the machine's.
class CertificateKeeperTest : public testing::Test {
protected:
    void at(WallTime time) { clock_.jump_wall(time - clock_.wall_now()); }

    net::Identity const short_lived_{"IP:127.0.0.1", 24h * 30};
    net::Identity const renewed_{"IP:127.0.0.1", 24h * 60};
    SimLoop clock_;
    observe::KeptLog log_;
    std::unique_ptr<net::TlsIdentity> const identity_ =
        *net::TlsIdentity::load(short_lived_.files());
    WallTime const end_ = identity_->validity().until;
    CertificateKeeper keeper_{*identity_, log_, clock_};
};
using certificate_keeper = CertificateKeeperTest;

TEST_F(certificate_keeper, says_nothing_while_there_is_time) {
    at(end_ - days(7));
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.lines().size(), 0U);
}

TEST_F(certificate_keeper, warns_once_a_day_that_the_end_is_near) {
    at(end_ - days(3));
    keeper_.keep(Look::for_changes);
    keeper_.keep(Look::for_changes);
    ASSERT_EQ(log_.lines().size(), 1U);
    EXPECT_TRUE(log_.lines().back().starts_with("tls.ends_soon certificate=CN=filegate test"));
    EXPECT_TRUE(log_.lines().back().ends_with("hours_left=72"));
    at(end_ - days(2));
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.count("tls.ends_soon"), 2U);
}

TEST_F(certificate_keeper, says_that_the_end_has_come) {
    at(end_);
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.events(), std::vector<std::string>{"tls.has_ended"});
}

TEST_F(certificate_keeper, takes_a_new_certificate_and_looks_at_its_end) {
    at(end_ - days(1));
    keeper_.keep(Look::for_changes);
    renewed_.write(short_lived_.files());
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.events(), (std::vector<std::string>{"tls.ends_soon", "tls.reloaded"}));
    at(end_ + days(29));
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.count("tls.ends_soon"), 2U);
}

TEST_F(certificate_keeper, keeps_the_old_one_when_asked_to_read_a_bad_one) {
    std::filesystem::remove(short_lived_.files().key);
    keeper_.keep(Look::anyway);
    EXPECT_EQ(log_.count("tls.not_reloaded"), 1U);
    EXPECT_EQ(identity_->validity().until, end_);
    keeper_.keep(Look::for_changes);
    EXPECT_EQ(log_.lines().size(), 1U);
}

}  // namespace
}  // namespace filegate::app
