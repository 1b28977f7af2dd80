#include "paths/path_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "paths/path_map.hpp"

namespace filegate::paths {
namespace {

namespace fs = std::filesystem;

bool is_open(int file) {
    return fcntl(file, F_GETFD) >= 0;
}

class PathCallsTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::ofstream(folder_.path() / "a") << "0123456789";
        fs::create_directory(folder_.path() / "folder");
        root_ = open_root(folder_.path().string()).value();
    }
    // The file's bytes, or the error's number.
    std::string opened(std::string const& below) {
        auto const file = open_beneath(root_, below);
        if (!file) return std::to_string(static_cast<int>(file.error().code));
        return std::to_string(file->mark.bytes) + " bytes";
    }
    ScratchFolder folder_;
    Descriptor root_;
};

TEST_F(PathCallsTest, a_descriptor_is_closed_once_whoever_holds_it) {
    auto const open_one = [&] {
        return Descriptor(open(folder_.path().c_str(), O_PATH | O_CLOEXEC));
    };
    int number = -1;
    int other = -1;
    {
        auto first = open_one();
        number = first.number();
        Descriptor const second(std::move(first));
        EXPECT_TRUE(is_open(number));
        auto third = open_one();
        other = third.number();
        ASSERT_NE(number, other);
        third = open_one();
        EXPECT_TRUE(is_open(third.number()));
    }
    EXPECT_FALSE(is_open(number));
    EXPECT_FALSE(is_open(other));
    EXPECT_EQ(Descriptor().number(), -1);
}

TEST_F(PathCallsTest, a_path_that_names_the_root_itself_or_nothing_is_no_file) {
    EXPECT_EQ(opened("a"), "10 bytes");
    EXPECT_EQ(opened("./folder/../a"), "10 bytes");
    EXPECT_EQ(opened(""), "1004");
    EXPECT_EQ(opened("a/"), "1004");
    EXPECT_EQ(opened("a/."), "1004");
    for (auto const* const below : {".", "folder", "folder/", "folder/..", "..", "/", "/etc/passwd",
                                    "folder/../../x", "//a"}) {
        EXPECT_EQ(opened(below), "1005") << below;
    }
}

TEST_F(PathCallsTest, what_it_opens_is_closed_when_the_program_is_replaced_and_cannot_be_written) {
    auto const file = open_beneath(root_, "a").value();
    EXPECT_NE(fcntl(file.file.number(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(fcntl(file.file.number(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(PathCallsTest, reading_is_short_at_the_end_only) {
    auto const file = open_beneath(root_, "a").value();
    struct Case {
        std::uint64_t offset;
        std::size_t wanted;
        std::string_view text;
    };
    for (auto const& [offset, wanted, text] :
         {Case{0, 10, "0123456789"}, Case{0, 11, "0123456789"}, Case{9, 5, "9"}, Case{10, 5, ""},
          Case{11, 5, ""}, Case{1ULL << 40, 5, ""}, Case{3, 0, ""}, Case{3, 4, "3456"}}) {
        std::string into(wanted, '?');
        auto const count =
            read_at(file.file.number(), offset, std::as_writable_bytes(std::span(into)));
        ASSERT_TRUE(count) << offset;
        EXPECT_EQ(into.substr(0, *count), text) << offset;
        EXPECT_EQ(into.substr(*count).find_first_not_of('?'), std::string::npos);
    }
}

TEST_F(PathCallsTest, a_read_that_fails_says_so_and_names_no_place_of_the_machine) {
    std::array<std::byte, 4> into{};
    auto const file = open_beneath(root_, "a").value();
    for (auto const& [number, offset] :
         {std::pair(-1, std::uint64_t{0}), std::pair(root_.number(), std::uint64_t{0}),
          std::pair(file.file.number(), std::uint64_t{1} << 63)}) {
        auto const read = read_at(number, offset, into);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::storage_error);
        EXPECT_FALSE(
            (read.error().message + read.error().detail).contains(folder_.path().string()));
    }
    EXPECT_FALSE(mark_of(-1));
}

TEST_F(PathCallsTest, two_looks_at_a_file_are_the_same_until_it_changes) {
    auto const path = folder_.path() / "a";
    auto const file = open_beneath(root_, "a").value();
    EXPECT_EQ(mark_of(file.file.number()).value(), file.mark);
    EXPECT_EQ(open_beneath(root_, "a")->mark, file.mark);
    timespec const time{.tv_sec = 1'000'000'000, .tv_nsec = 7};
    std::array const times{time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
    auto const stamped = mark_of(file.file.number()).value();
    EXPECT_NE(stamped, file.mark);
    EXPECT_EQ(stamped.modified_ns, 1'000'000'000'000'000'007);
    fs::resize_file(path, 3);
    EXPECT_EQ(mark_of(file.file.number())->bytes, 3);
    // Another file of the same name is not the one that was opened.
    fs::rename(path, folder_.path() / "old");
    std::ofstream(path) << "0123456789";
    EXPECT_NE(open_beneath(root_, "a")->mark.inode, file.mark.inode);
}

TEST_F(PathCallsTest, a_root_is_a_folder) {
    for (auto const& folder :
         {std::string(), (folder_.path() / "a").string(), (folder_.path() / "none").string()}) {
        auto const root = open_root(folder);
        ASSERT_FALSE(root) << folder;
        EXPECT_EQ(root.error().code, ErrorCode::configuration_error);
        EXPECT_EQ(root.error().param, "paths.roots");
    }
}

TEST(open_failure, every_error_of_the_system_has_its_words) {
    struct Case {
        int system_error;
        ErrorCode code;
    };
    using enum ErrorCode;
    for (auto const& [system_error, code] : std::to_array<Case>({{ENOENT, file_not_found},
                                                                 {ENOTDIR, file_not_found},
                                                                 {EACCES, invalid_path},
                                                                 {EPERM, invalid_path},
                                                                 {EXDEV, invalid_path},
                                                                 {ELOOP, invalid_path},
                                                                 {EAGAIN, invalid_path},
                                                                 {ENXIO, invalid_path},
                                                                 {ENAMETOOLONG, invalid_path},
                                                                 {EMFILE, overloaded}})) {
        auto const error = open_failure(system_error);
        EXPECT_EQ(error.code, code) << system_error;
        EXPECT_GT(error.message.size(), 10U);
    }
    EXPECT_EQ(open_failure(EXDEV).message, open_failure(ELOOP).message);
    EXPECT_NE(open_failure(EACCES).message, outside_of_roots().message);
}

}  // namespace
}  // namespace filegate::paths
