#include <fstream>
#include <sys/stat.h>

#include "base/scratch_folder.hpp"
#include "net/tls_fixture.hpp"

namespace filegate::net {
namespace {

class TlsIdentityTest : public testing::Test {
protected:
    TlsFiles files() const {
        return {.certificate = folder_.path() / "server.pem", .key = folder_.path() / "key.pem"};
    }
    void write(std::filesystem::path const& path, std::string_view text) {
        std::ofstream(path) << text;
    }
    std::string text_of(std::filesystem::path const& path) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    void expect_refused(std::string_view why) {
        auto const identity = TlsIdentity::load(files());
        ASSERT_FALSE(identity) << why;
        EXPECT_EQ(identity.error().code, ErrorCode::configuration_error);
        EXPECT_TRUE(identity.error().message.contains(why)) << identity.error().message;
        EXPECT_EQ(ERR_peek_error(), 0U) << "nothing is left for whoever asks OpenSSL next";
    }

    ScratchFolder folder_;
    Identity const one_{"IP:127.0.0.1"};
    Identity const other_{"IP:127.0.0.1"};
};
using tls_identity = TlsIdentityTest;

TEST_F(tls_identity, takes_a_pair_and_tells_whose_it_is) {
    one_.write(files());
    auto const identity = TlsIdentity::load(files());
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_TRUE((*identity)->description().starts_with("CN=filegate test, until "))
        << (*identity)->description();
    EXPECT_NE((*identity)->new_session(), nullptr);
}

TEST_F(tls_identity, tells_from_when_until_when_it_counts) {
    auto const day = std::chrono::days(1);
    Identity const month("IP:127.0.0.1", 30 * day);
    auto const before = SystemClock().wall_now();
    auto const validity = (*TlsIdentity::load(month.files()))->validity();
    auto const after = SystemClock().wall_now();
    EXPECT_GE(validity.until, before + 30 * day - seconds(1));
    EXPECT_LE(validity.until, after + 30 * day);
    EXPECT_EQ(validity.until - validity.from, 30 * day + std::chrono::hours(1));
}

TEST(validity, ends_soon_when_14_days_or_a_fifth_of_it_are_left) {
    auto const day = std::chrono::days(1);
    WallTime const from{std::chrono::days(20'000)};
    Validity const quarter{.from = from, .until = from + 90 * day};
    EXPECT_FALSE(quarter.ends_soon(from + 76 * day - milliseconds(1)));
    EXPECT_TRUE(quarter.ends_soon(from + 76 * day));
    Validity const week{.from = from, .until = from + 5 * day};
    EXPECT_FALSE(week.ends_soon(from + 4 * day - milliseconds(1)));
    EXPECT_TRUE(week.ends_soon(from + 4 * day));
    EXPECT_FALSE(week.is_over(from + 5 * day - milliseconds(1)));
    EXPECT_TRUE(week.is_over(from + 5 * day));
}

TEST_F(tls_identity, takes_a_chain_behind_the_certificate) {
    one_.write(files());
    write(files().certificate,
          text_of(files().certificate) + "\n# the issuer\n" + text_of(other_.files().certificate));
    auto const identity = TlsIdentity::load(files());
    ASSERT_TRUE(identity) << identity.error().message;
}

TEST_F(tls_identity, refuses_what_is_no_usable_pair_and_says_why) {
    expect_refused("server.pem: cannot be read");
    write(files().certificate, "");
    expect_refused("server.pem: holds no certificate");
    write(files().certificate, "hello");
    expect_refused("server.pem: holds no certificate");
    write(files().certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect_refused("server.pem: holds a certificate that cannot be read");
    write(files().certificate, text_of(one_.files().certificate));
    expect_refused("key.pem: cannot be read");
    write(files().key, "hello");
    expect_refused("key.pem: holds no private key");
    write(files().key, text_of(other_.files().key));
    expect_refused("key.pem: is not the key of the certificate in");
    write(files().key, text_of(one_.files().certificate));
    expect_refused("key.pem: holds no private key");
    one_.write(files(), "pass");
    expect_refused("key.pem: holds no private key that can be read without a passphrase");
    one_.write(files());
    write(files().certificate, text_of(files().certificate) +
                                   "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n");
    expect_refused("server.pem: holds a certificate that cannot be read");
    std::string many;
    for (int i = 0; i < 20; ++i)
        many += text_of(one_.files().certificate);
    write(files().certificate, many);
    expect_refused("holds more than 17 certificates");
    write(files().certificate, std::string((1 << 20) + 1, '#'));
    expect_refused("has more than 1048576 bytes");
}

TEST_F(tls_identity, waits_for_no_fifo) {
    ASSERT_EQ(::mkfifo(files().certificate.c_str(), 0600), 0);
    expect_refused("server.pem: is not a regular file");
}

TEST_F(tls_identity, keeps_what_it_has_when_the_new_pair_is_bad) {
    one_.write(files());
    auto const identity = *TlsIdentity::load(files());
    EXPECT_FALSE(identity->has_changed());
    write(files().key, text_of(other_.files().key));
    EXPECT_TRUE(identity->has_changed());
    EXPECT_FALSE(identity->reload());
    EXPECT_FALSE(identity->has_changed()) << "the same bad pair is not tried again";
    EXPECT_TRUE(identity->description().starts_with("CN=filegate test"));
    EXPECT_NE(identity->new_session(), nullptr);
    std::filesystem::remove(files().key);
    EXPECT_TRUE(identity->has_changed());
    EXPECT_FALSE(identity->reload());
    other_.write(files());
    EXPECT_TRUE(identity->has_changed());
    EXPECT_TRUE(identity->reload());
    EXPECT_FALSE(identity->has_changed());
}

TEST_F(tls_identity, notices_a_file_that_another_was_renamed_over) {
    one_.write(files());
    auto const identity = *TlsIdentity::load(files());
    auto const before = std::filesystem::last_write_time(files().key);
    write(folder_.path() / "new.pem", text_of(files().key));
    std::filesystem::last_write_time(folder_.path() / "new.pem", before);
    std::filesystem::rename(folder_.path() / "new.pem", files().key);
    EXPECT_TRUE(identity->has_changed());
}

}  // namespace
}  // namespace filegate::net
