// A tree with everything in it that may lead out of a root, and a secret beside the root whose
// bytes must never be seen.

#include "paths/server_paths.hpp"

#include <atomic>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"

namespace filegate::paths {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view secret = "the secret beside the root";

void write_file(fs::path const& path, std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

class ServerPathsTest : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(root_ / "folder");
        fs::create_directories(folder_.path() / "app_evil");
        write_file(folder_.path() / "secret", secret);
        write_file(folder_.path() / "app_evil" / "a.txt", secret);
        write_file(root_ / "a.txt", "inside");
        write_file(root_ / "folder" / "b.txt", "deeper");
        paths_ = ServerPaths::open({.roots = {root_.string()}}, workers_).value();
    }
    Result<std::unique_ptr<PathFile>> open(std::string const& path) {
        return loop_.run_task(paths_->open_file(path));
    }
    Result<std::string> read(PathFile& file) { return loop_.run_task(read_all(file, 64 << 20)); }
    // The text, or the error's number.
    std::string text_at(std::string const& path) {
        auto const file = open(path);
        if (!file) return std::to_string(static_cast<int>(file.error().code));
        auto const text = read(**file);
        return text ? *text : std::to_string(static_cast<int>(text.error().code));
    }
    std::string below(std::string const& name) { return (root_ / name).string(); }
    void link(std::string const& name, fs::path const& target) {
        fs::create_symlink(target, root_ / name);
    }

    ScratchFolder folder_;
    fs::path root_ = folder_.path() / "app";
    SimLoop loop_;
    WorkerPool workers_{"inline", 0};
    std::unique_ptr<ServerPaths> paths_;
};

TEST_F(ServerPathsTest, a_file_below_a_root_is_read_whole) {
    EXPECT_EQ(text_at(below("a.txt")), "inside");
    EXPECT_EQ(text_at(below("folder/b.txt")), "deeper");
    EXPECT_EQ(text_at(below("folder/../a.txt")), "inside") << "never left the root";
    std::string large(3'000'001, 'x');
    large.back() = 'y';
    write_file(root_ / "large", large);
    EXPECT_EQ(text_at(below("large")), large);
    EXPECT_EQ(open(below("large")).value()->size_bytes(), large.size());
    write_file(root_ / "empty", "");
    EXPECT_EQ(text_at(below("empty")), "");
}

TEST_F(ServerPathsTest, two_dots_do_not_lead_out) {
    EXPECT_EQ(text_at(below("../secret")), "1005");
    EXPECT_EQ(text_at(below("folder/../../secret")), "1005");
    EXPECT_EQ(text_at(below("../app/a.txt")), "1005") << "left the root, if only for a moment";
    EXPECT_EQ(text_at(below("../app_evil/a.txt")), "1005");
    EXPECT_EQ(text_at(below("../no-such-file")), "1005") << "and nobody learns what is there";
    EXPECT_EQ(text_at((folder_.path() / "app_evil" / "a.txt").string()), "1005");
}

TEST_F(ServerPathsTest, a_link_that_stays_below_the_root_is_followed) {
    link("to-a", "a.txt");
    link("folder/up", "../a.txt");
    link("chain", "folder/up");
    EXPECT_EQ(text_at(below("to-a")), "inside");
    EXPECT_EQ(text_at(below("chain")), "inside");
}

TEST_F(ServerPathsTest, a_link_that_leads_out_is_refused_however_it_is_written) {
    link("absolute", "/etc/passwd");
    link("relative", "../secret");
    link("folder/far", "../../secret");
    link("chain-1", "folder/chain-2");
    link("folder/chain-2", "chain-3");
    link("folder/chain-3", "../../app_evil/a.txt");
    link("folder-out", "..");
    link("folder-absolute", folder_.path());
    link("home-again", root_ / "a.txt");  // absolute: out and in again
    link("nowhere", "../no-such-file");
    for (auto const* name :
         {"absolute", "relative", "folder/far", "chain-1", "folder-out/secret",
          "folder-absolute/secret", "folder-out/app/a.txt", "home-again", "nowhere"}) {
        EXPECT_EQ(text_at(below(name)), "1005") << name;
    }
}

TEST_F(ServerPathsTest, what_lies_outside_is_told_in_one_way_whether_it_exists_or_not) {
    link("there", "../secret");
    link("not-there", "../no-such-file");
    auto const words = outside_of_roots().message;
    for (auto const& path :
         {below("there"), below("not-there"), below("../secret"), below("../no-such-file"),
          std::string("/etc/shadow"), std::string("/no/such/file")}) {
        EXPECT_EQ(open(path).error().message, words) << path;
    }
}

TEST_F(ServerPathsTest, links_in_a_circle_are_refused) {
    link("round", "about");
    link("about", "round");
    link("self", "self/self");
    EXPECT_EQ(text_at(below("round")), "1005");
    EXPECT_EQ(text_at(below("self")), "1005");
}

TEST_F(ServerPathsTest, magic_links_of_proc_are_refused) {
    auto const hidden = (folder_.path() / "secret").string();
    int const held = ::open(hidden.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(held, 0);
    link("fd", fmt::format("/proc/self/fd/{}", held));
    link("proc", "/proc/self/root");
    EXPECT_EQ(text_at(below("fd")), "1005");
    EXPECT_EQ(text_at(below("proc" + hidden)), "1005");
    // Even where an operator has opened /proc itself.
    auto const proc = ServerPaths::open({.roots = {"/proc"}}, workers_).value();
    for (auto const& path : {fmt::format("/proc/self/fd/{}", held), "/proc/self/root" + hidden,
                             std::string("/proc/self/cwd/x"), std::string("/proc/self/exe"),
                             fmt::format("/proc/{}/root", getpid()) + hidden}) {
        auto const opened = loop_.run_task(proc->open_file(path));
        ASSERT_FALSE(opened) << path;
        EXPECT_EQ(opened.error().code, ErrorCode::invalid_path);
    }
    ::close(held);
}

TEST_F(ServerPathsTest, only_regular_files_are_opened) {
    ASSERT_EQ(mkfifo(below("fifo").c_str(), 0600), 0);
    int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    below("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    for (auto const* name : {"fifo", "socket", "folder", "", "."})
        EXPECT_EQ(text_at(below(name)), "1005") << name;
    auto const devices = ServerPaths::open({.roots = {"/dev"}}, workers_).value();
    for (auto const* path : {"/dev/zero", "/dev/null", "/dev/tty", "/dev/ptmx"}) {
        auto const opened = loop_.run_task(devices->open_file(path));
        ASSERT_FALSE(opened) << path;
        EXPECT_EQ(opened.error().code, ErrorCode::invalid_path);
    }
    ::close(listener);
}

// A writer that waits at a FIFO would notice if it had been opened for reading.
TEST_F(ServerPathsTest, a_fifo_is_refused_without_being_opened) {
    ASSERT_EQ(mkfifo(below("fifo").c_str(), 0600), 0);
    EXPECT_EQ(text_at(below("fifo")), "1005");
    EXPECT_EQ(::open(below("fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    EXPECT_EQ(errno, ENXIO);
}

TEST_F(ServerPathsTest, a_missing_file_below_a_root_is_not_found) {
    EXPECT_EQ(text_at(below("no-such-file")), "1004");
    EXPECT_EQ(text_at(below("no/such/file")), "1004");
    EXPECT_EQ(text_at(below("a.txt/b")), "1004");
    EXPECT_EQ(text_at(below("a.txt/")), "1004");
    link("dangling", "no-such-file");
    EXPECT_EQ(text_at(below("dangling")), "1004");
}

TEST_F(ServerPathsTest, names_that_are_too_long_are_refused) {
    EXPECT_EQ(text_at(below(std::string(256, 'n'))), "1005");
    EXPECT_EQ(text_at(below(std::string(8192, 'n'))), "1005");
}

TEST_F(ServerPathsTest, a_root_that_was_replaced_afterwards_is_still_the_folder_that_was_meant) {
    fs::rename(root_, folder_.path() / "moved");
    fs::create_directory_symlink(folder_.path() / "app_evil", root_);
    EXPECT_EQ(text_at(below("a.txt")), "inside");
}

TEST_F(ServerPathsTest, roots_that_cannot_be_opened_are_refused_at_the_start) {
    for (auto const& root : {below("no-such-folder"), below("a.txt")}) {
        auto const opened = ServerPaths::open({.roots = {root}}, workers_);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::configuration_error);
        EXPECT_TRUE(opened.error().message.contains(root));
    }
}

TEST_F(ServerPathsTest, a_file_that_changed_while_it_was_read_is_refused_at_its_end) {
    using Change = std::function<void(fs::path const&)>;
    std::vector<std::pair<char const*, Change>> const changes{
        {"grown", [](auto const& path) { std::ofstream(path, std::ios::app) << "x"; }},
        {"shrunk", [](auto const& path) { fs::resize_file(path, 100'000); }},
        {"emptied", [](auto const& path) { fs::resize_file(path, 0); }},
        {"overwritten",
         [](auto const& path) {
             std::fstream(path, std::ios::in | std::ios::out).seekp(3) << "other";
         }},
        {"replaced",
         [](auto const& path) {
             write_file(path.string() + ".new", std::string(300'000, 'n'));
             fs::rename(path.string() + ".new", path);
         }},
        {"removed", [](auto const& path) { fs::remove(path); }},
    };
    for (auto const& [name, change] : changes) {
        auto const path = root_ / name;
        write_file(path, std::string(300'000, 'o'));
        auto const file = open(path.string()).value();
        std::vector<std::byte> first(1000);
        ASSERT_EQ(loop_.run_task(file->read(first)).value(), 1000U);
        // Past the file system's step of time, so that its times must differ.
        auto const before = fs::last_write_time(path);
        while (true) {
            write_file(root_ / "clock", "tick");
            if (fs::last_write_time(root_ / "clock") > before + std::chrono::milliseconds(10))
                break;
        }
        change(path);
        auto const rest = read(*file);
        ASSERT_FALSE(rest) << name;
        EXPECT_EQ(rest.error().code, ErrorCode::invalid_path) << name;
        EXPECT_TRUE(rest.error().message.contains("changed")) << rest.error().message;
        EXPECT_FALSE(loop_.run_task(file->read(first))) << "spent, " << name;
    }
}

TEST_F(ServerPathsTest, the_end_stays_the_end) {
    auto const file = open(below("a.txt")).value();
    ASSERT_TRUE(read(*file));
    std::array<std::byte, 4> more{};
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(loop_.run_task(file->read(more)).value(), 0U);
}

// Within one step of the file system's clock a change would not show.
TEST_F(ServerPathsTest, a_file_that_was_written_just_now_is_looked_at_again_when_it_has_settled) {
    auto const stamp = [&](milliseconds ago) {
        auto const at = (loop_.wall_now() - ago).time_since_epoch().count();
        timespec const time{.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1'000'000};
        std::array const times{time, time};
        ASSERT_EQ(utimensat(AT_FDCWD, below("a.txt").c_str(), times.data(), 0), 0);
    };
    auto const time_to_open = [&] {
        auto const start = loop_.monotonic_now();
        EXPECT_TRUE(open(below("a.txt")));
        return loop_.monotonic_now() - start;
    };
    stamp(milliseconds(3));
    EXPECT_GE(time_to_open(), milliseconds(20));
    stamp(seconds(5));
    EXPECT_EQ(time_to_open(), milliseconds(0));
}

// One thread keeps swapping what a name leads to while another opens and reads it. FILEGATE_SLOW=1
// tries 100,000 times.
class Swapper {
public:
    Swapper(fs::path root, fs::path outside)
        : root_(std::move(root)),
          outside_(std::move(outside)),
          thread_([this](std::stop_token const& stop) { swap_until(stop); }) {}

private:
    void swap_until(std::stop_token const& stop) {
        auto const name = root_ / "swapped";
        auto const spare = root_ / "spare";
        while (!stop.stop_requested()) {
            write_file(spare, "inside");
            fs::rename(spare, name);
            fs::create_symlink(outside_, spare);
            fs::rename(spare, name);
            fs::create_symlink(fs::path("..") / outside_.filename(), spare);
            fs::rename(spare, name);
            // The folder on the way, too.
            std::error_code ignored;
            fs::rename(root_ / "way", root_ / "aside", ignored);
            fs::create_directory_symlink("..", root_ / "way", ignored);
            fs::remove(root_ / "way", ignored);
            fs::rename(root_ / "aside", root_ / "way", ignored);
        }
    }
    fs::path root_;
    fs::path outside_;
    std::jthread thread_;
};

TEST_F(ServerPathsTest, a_file_swapped_between_check_and_read_never_shows_a_byte_from_outside) {
    constexpr int tries = 100'000;
    fs::create_directory(root_ / "way");
    write_file(root_ / "way" / "secret", "inside");
    write_file(root_ / "swapped", "inside");
    Swapper const swapper(root_, folder_.path() / "secret");
    int inside = 0;
    int refused = 0;
    for (int i = 0; i < tries; ++i) {
        auto const text = text_at(i % 2 == 0 ? below("swapped") : below("way/../way/secret"));
        ASSERT_TRUE(text == "inside" || text == "1005" || text == "1004" || text.empty()) << text;
        inside += text == "inside" ? 1 : 0;
        refused += text == "1005" ? 1 : 0;
    }
    EXPECT_GT(inside, 0);
    EXPECT_GT(refused, 0) << "the swapping was seen";
}

}  // namespace
}  // namespace filegate::paths
