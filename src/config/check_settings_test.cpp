// What only shows when keys are looked at together, or at what lies around them.

#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "config/settings.hpp"

namespace filegate::config {
namespace {

std::string told(LoadedSettings const& loaded) {
    std::string all;
    for (auto const& problem : loaded.problems)
        all += describe(problem) + "\n";
    return all;
}

LoadedSettings with_scanner(std::string const& address, std::string const& more = "") {
    return load_settings_text("[scan]\naddress = \"" + address + "\"\n" + more, "f.toml", {});
}

// A Unix socket, as clamd leaves it; nobody listens.
void make_socket(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    auto const made = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    close(made);
}

TEST(check_settings, a_scanner_whose_socket_is_not_there_draws_a_warning) {
    ScratchFolder const scratch;
    auto const path = (scratch.path() / "clamd").string();
    auto const absent = with_scanner(path);
    EXPECT_FALSE(absent.has_error());
    EXPECT_NE(told(absent).find("f.toml:2: warning: scan.address names " + path +
                                ", where there is no socket"),
              std::string::npos)
        << told(absent);
    EXPECT_NE(told(absent).find("files are refused"), std::string::npos);
    EXPECT_NE(told(with_scanner(path, "[content]\nunchecked = \"accept\"")).find("kept unscanned"),
              std::string::npos);
    std::ofstream(path) << "no socket";
    EXPECT_NE(told(with_scanner(path)).find("no socket"), std::string::npos);
    std::filesystem::remove(path);
    make_socket(path);
    EXPECT_EQ(told(with_scanner(path)).find("scan.address"), std::string::npos);
    EXPECT_EQ(told(with_scanner("127.0.0.1:3310")).find("scan.address"), std::string::npos);
}

TEST(check_settings, what_a_server_finds_around_it_is_marked_as_such) {
    auto const loaded = with_scanner("/nowhere/clamd",
                                     "[server]\ntls_key_file = \"/nowhere/key\"\n"
                                     "tls_certificate_file = \"/nowhere/pem\"\n"
                                     "[log]\nlevel = \"loud\"\n");
    std::size_t for_servers = 0;
    for (auto const& problem : loaded.problems) {
        auto const text = describe(problem);
        auto const is_around = text.contains("scan.address") ||
                               text.contains("no provider account") ||
                               text.contains("tls_certificate_file");
        EXPECT_EQ(problem.is_for_servers, is_around) << text;
        for_servers += problem.is_for_servers ? 1 : 0;
    }
    EXPECT_EQ(for_servers, 3U);
    EXPECT_TRUE(loaded.has_error_of_values());
}

}  // namespace
}  // namespace filegate::config
