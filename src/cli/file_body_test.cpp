#include "cli/file_body.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "base/sim_loop.hpp"

namespace filegate::cli {
namespace {

class FileBodyTest : public testing::Test {
protected:
    std::string file(std::string const& text) {
        std::ofstream(folder / "f") << text;
        return (folder / "f").string();
    }
    Result<std::string> read_from(FileBody const& body, std::uint64_t offset) {
        return loop.run_task(read(body, offset));
    }
    static Task<Result<std::string>> read(FileBody const& body, std::uint64_t offset) {
        CO_TRY(auto const source, co_await body.open(offset));
        co_return co_await read_all(*source, 1 << 20);
    }

    SimLoop loop;
    WorkerPool workers{"test", 0};
    ScratchFolder scratch;
    std::filesystem::path const folder = scratch.path();
};

TEST_F(FileBodyTest, reads_again_from_any_offset) {
    auto const body = FileBody::open(file("0123456789"), workers);
    ASSERT_TRUE(body);
    EXPECT_EQ((*body)->size_bytes(), 10);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(read_from(**body, 0), "0123456789");
    EXPECT_EQ(read_from(**body, 7), "789");
    EXPECT_EQ(read_from(**body, 10), "");
    EXPECT_EQ(read_from(**body, 11), "");
}

TEST_F(FileBodyTest, a_file_that_shrinks_is_an_error) {
    auto const path = file("0123456789");
    auto const body = FileBody::open(path, workers);
    std::filesystem::resize_file(path, 4);
    auto const text = read_from(**body, 0);
    ASSERT_FALSE(text);
    EXPECT_NE(text.error().message.find("became shorter while it was read: 4 bytes instead of 10"),
              std::string::npos);
}

TEST_F(FileBodyTest, what_is_appended_meanwhile_is_not_sent) {
    auto const path = file("0123456789");
    auto const body = FileBody::open(path, workers);
    std::ofstream(path, std::ios::app) << "more";
    EXPECT_EQ(read_from(**body, 0), "0123456789");
}

TEST_F(FileBodyTest, a_replaced_file_is_read_as_it_was_opened) {
    auto const path = file("old");
    auto const body = FileBody::open(path, workers);
    std::filesystem::remove(path);
    file("new");
    EXPECT_EQ(read_from(**body, 0), "old");
}

TEST_F(FileBodyTest, an_empty_file_is_an_empty_body) {
    auto const body = FileBody::open(file(""), workers);
    ASSERT_TRUE(body);
    EXPECT_EQ((*body)->size_bytes(), 0);
    EXPECT_EQ(read_from(**body, 0), "");
}

TEST_F(FileBodyTest, folders_and_missing_files_are_refused) {
    EXPECT_EQ(FileBody::open(folder.string(), workers).error().code, ErrorCode::invalid_path);
    EXPECT_EQ(FileBody::open((folder / "absent").string(), workers).error().code,
              ErrorCode::invalid_path);
}

}  // namespace
}  // namespace filegate::cli
