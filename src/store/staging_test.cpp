#include "store/staging.hpp"

#include <fstream>

#include "store/store_fakes.hpp"

namespace filegate::store {
namespace {

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST(staging, empties_what_a_dead_process_left) {
    ScratchFolder scratch;
    WorkerPool workers("test", 1);
    auto const folder = scratch.path() / "staging";
    std::filesystem::create_directories(folder / "strange" / "folder");
    std::ofstream(folder / "upload-1") << "half a file";
    auto area = StagingArea::open(folder, workers);
    ASSERT_TRUE(area);
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    EXPECT_TRUE(area->create());
}

TEST(staging, removes_a_file_that_nobody_took_over) {
    auto const descriptors = open_descriptors();
    StoreSetup setup;
    {
        auto file = setup.staging().create().value();
        ASSERT_TRUE(file.write_at(0, bytes_of("x")));
        auto moved = std::move(file);
        file = setup.staging().create().value();
        EXPECT_EQ(files_below(setup.staging().folder()), 2U);
    }
    setup.workers.reset();
    EXPECT_EQ(files_below(setup.staging().folder()), 0U);
    EXPECT_EQ(open_descriptors(), descriptors);
}

TEST(staging, leaves_a_released_file_alone) {
    StoreSetup setup;
    auto file = setup.staging().create().value();
    auto const path = file.path();
    file.release();
    setup.workers.reset();
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(staging, writes_at_any_offset_and_reads_again) {
    StoreSetup setup;
    auto file = setup.staging().create().value();
    ASSERT_TRUE(file.write_at(5, bytes_of("world")));
    ASSERT_TRUE(file.write_at(0, bytes_of("hello")));
    std::array<char, 16> text{};
    EXPECT_EQ(file.read_at(2, std::as_writable_bytes(std::span(text))), 8U);
    EXPECT_STREQ(text.data(), "lloworld");
}

TEST(staging, tells_a_full_disk_from_a_broken_one) {
    struct Case {
        int error;
        ErrorCode code;
    };
    for (auto const& [error, code] :
         {Case{ENOSPC, ErrorCode::store_full}, Case{EDQUOT, ErrorCode::store_full},
          Case{EIO, ErrorCode::storage_error}}) {
        StoreSetup setup;
        setup.disk.fail_at(1, error);
        auto const created = setup.staging().create();
        ASSERT_FALSE(created);
        EXPECT_EQ(created.error().code, code);

        auto file = setup.staging().create().value();
        setup.disk.fail_at(1, error);
        EXPECT_EQ(file.write_at(0, bytes_of("x")).error().code, code);
        setup.disk.fail_at(1, error);
        EXPECT_EQ(file.flush().error().code, code);
    }
}

TEST(staging, does_not_open_when_its_folder_cannot_be_made) {
    ScratchFolder scratch;
    WorkerPool workers("test", 1);
    FaultyDisk disk;
    for (int step = 1; step <= 3; ++step) {  // make, and flush the folder above
        disk.fail_at(step, EIO);
        EXPECT_FALSE(StagingArea::open(scratch.path() / std::to_string(step), workers, disk));
    }
}

}  // namespace
}  // namespace filegate::store
