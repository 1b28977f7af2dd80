#include "cli/download.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"

namespace filegate::cli {
namespace {

TEST(download, a_servers_name_never_leaves_the_folder) {
    for (auto const& [name, local] : std::initializer_list<std::pair<char const*, char const*>>{
             {"report.pdf", "report.pdf"},
             {"../../etc/passwd", "passwd"},
             {"..\\..\\boot.ini", "boot.ini"},
             {"/etc/shadow", "shadow"},
             {".bashrc", "bashrc"},
             {"..", ""},
             {".", ""},
             {"", ""},
             {"a/", ""},
             {"-rf", "_-rf"},
             {"a\nb", "anb"},
             {"文件.pdf", "文件.pdf"},
         }) {
        EXPECT_EQ(local_name(name), local) << name;
    }
    EXPECT_LE(local_name(std::string(1000, 'a')).size(), 200);
}

class Scratch {
public:
    std::string path(std::string const& name) const { return (folder_.path() / name).string(); }

private:
    ScratchFolder folder_;
};

TEST(download, what_appeared_meanwhile_is_not_overwritten) {
    Scratch scratch;
    auto download = Download::begin(scratch.path("out"), Overwrite::refused);
    ASSERT_TRUE(download);
    std::ofstream(scratch.path("out")) << "theirs";
    auto const kept = download->keep();
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, ErrorCode::validation_failed);
}

TEST(download, a_link_in_the_place_of_the_partial_file_is_not_followed) {
    Scratch scratch;
    std::ofstream(scratch.path("victim")) << "precious";
    std::filesystem::create_symlink(scratch.path("victim"), scratch.path("out.part"));
    EXPECT_FALSE(Download::begin(scratch.path("out"), Overwrite::allowed));
    EXPECT_EQ(std::filesystem::file_size(scratch.path("victim")), 8);
}

// The process may write so many bytes to a file and no more.
class SmallFiles {
public:
    explicit SmallFiles(rlim_t bytes_max) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const small{.rlim_cur = bytes_max, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallFiles() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST(download, a_write_that_fails_is_told_and_nothing_is_left) {
    Scratch scratch;
    {
        auto download = Download::begin(scratch.path("out"), Overwrite::refused);
        ASSERT_TRUE(download);
        SmallFiles const small(4);
        auto const written = download->write(std::as_bytes(std::span("0123456789")));
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().code, ErrorCode::storage_error);
    }
    EXPECT_FALSE(std::filesystem::exists(scratch.path("out.part")));
    EXPECT_FALSE(std::filesystem::exists(scratch.path("out")));
}

}  // namespace
}  // namespace filegate::cli
