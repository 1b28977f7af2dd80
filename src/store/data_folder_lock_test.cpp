#include "store/data_folder_lock.hpp"

#include <fstream>

#include <fmt/format.h>

#include "store/store_fakes.hpp"

namespace filegate::store {
namespace {

TEST(data_folder_lock, is_held_by_one_at_a_time) {
    ScratchFolder scratch;
    auto const folder = scratch.path() / "data";
    {
        auto const first = DataFolderLock::acquire(folder);
        ASSERT_TRUE(first);
        auto const second = DataFolderLock::acquire(folder);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::store_in_use);
        EXPECT_NE(second.error().message.find(fmt::format("({})", ::getpid())), std::string::npos);
    }
    EXPECT_TRUE(DataFolderLock::acquire(folder));
}

TEST(data_folder_lock, overwrites_what_an_earlier_holder_wrote) {
    ScratchFolder scratch;
    std::ofstream(scratch.path() / "lock") << "1234567890123456789012345\n";
    auto const lock = DataFolderLock::acquire(scratch.path());
    ASSERT_TRUE(lock);
    std::ifstream file(scratch.path() / "lock");
    std::string text;
    std::getline(file, text);
    EXPECT_EQ(text, std::to_string(::getpid()));
}

TEST(data_folder_lock, leaks_no_descriptor_whichever_step_fails) {
    ScratchFolder scratch;
    FaultyDisk disk;
    auto const descriptors = open_descriptors();
    int broken_steps = 0;
    for (int step = 1;; ++step) {
        disk.fail_at(step, ENOSPC);
        auto const lock = DataFolderLock::acquire(scratch.path() / std::to_string(step), disk);
        if (lock) break;
        ++broken_steps;
        EXPECT_EQ(lock.error().code, ErrorCode::store_full);
    }
    EXPECT_GE(broken_steps, 4);
    EXPECT_EQ(open_descriptors(), descriptors);
}

}  // namespace
}  // namespace filegate::store
