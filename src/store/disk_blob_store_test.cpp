#include "store/disk_blob_store.hpp"

#include <fstream>
#include <sys/stat.h>

#include <fmt/format.h>

#include "store/blob_store_conformance.hpp"

namespace filegate::store {
namespace {

struct DiskSetup : StoreSetup {
    DiskSetup() { reopen(); }
    BlobStore& store() { return *blobs; }
    std::filesystem::path blob_folder() const { return folder.path() / "data" / "blobs"; }
    void reopen() { blobs = DiskBlobStore::open(blob_folder(), *workers, log, disk).value(); }

    std::unique_ptr<DiskBlobStore> blobs;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(disk, blob_store, DiskSetup);

namespace {

class disk_blob_store : public testing::Test, protected DiskSetup {
protected:
    StagedFile staged(std::string_view content) {
        auto file = staging().create().value();
        EXPECT_TRUE(file.write_at(0, std::as_bytes(std::span(content))));
        return file;
    }
    Result<KeepOutcome> keep(std::string_view content) {
        return keep(staged(content), sha256(content));
    }
    Result<KeepOutcome> keep(StagedFile file, Sha256Digest digest) {
        return loop.run_task(store().keep(std::move(file), digest));
    }
    std::filesystem::path path_of(std::string_view content) const {
        auto const hex = sha256(content).hex();
        return blob_folder() / hex.substr(0, 2) / hex.substr(2, 2) / hex;
    }
    Result<std::string> read(std::string_view content) { return loop.run_task(read_blob(content)); }
    Task<Result<std::string>> read_blob(std::string_view content) {
        CO_TRY(auto const body, co_await store().open(sha256(content)));
        CO_TRY(auto const source, co_await body->open(0));
        co_return co_await read_all(*source, 1 << 20);
    }
    void damage(std::string_view content, std::string_view with) {
        std::filesystem::permissions(path_of(content), std::filesystem::perms::owner_all);
        std::ofstream(path_of(content), std::ios::trunc) << with;
    }
};

TEST_F(disk_blob_store, names_a_blob_by_its_digest_and_protects_it) {
    ASSERT_TRUE(keep("hello"));
    EXPECT_EQ(path_of("hello").lexically_relative(blob_folder()),
              "2c/f2/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    using std::filesystem::perms;
    auto const mode = [](auto const& path) { return std::filesystem::status(path).permissions(); };
    EXPECT_EQ(mode(path_of("hello")), perms::owner_read | perms::group_read);
    EXPECT_EQ(mode(path_of("hello").parent_path()), perms::owner_all);
    EXPECT_EQ(mode(blob_folder()), perms::owner_all);
    EXPECT_EQ(mode(staging().folder()), perms::owner_all);
}

struct DiskFailure {
    int error;
    ErrorCode code;
};
constexpr std::array failures{
    DiskFailure{ENOSPC, ErrorCode::store_full},
    DiskFailure{EDQUOT, ErrorCode::store_full},
    DiskFailure{EIO, ErrorCode::storage_error},
    DiskFailure{EROFS, ErrorCode::storage_error},
};

TEST_F(disk_blob_store, leaves_nothing_behind_whichever_step_of_keep_fails) {
    auto const descriptors = open_descriptors();
    int broken_steps = 0;
    for (auto const& failure : failures) {
        for (int step = 1;; ++step) {
            auto const content = fmt::format("step {} fails with {}", step, failure.error);
            auto file = staged(content);
            disk.fail_at(step, failure.error);
            auto const kept = keep(std::move(file), sha256(content));
            disk.fail_at(0, 0);
            EXPECT_EQ(files_below(staging().folder()), 0U) << content;
            if (kept) break;  // it has fewer steps than that
            ++broken_steps;
            EXPECT_EQ(kept.error().code, failure.code) << content;
            EXPECT_FALSE(std::filesystem::exists(path_of(content))) << content;
            EXPECT_EQ(keep(content), KeepOutcome::stored) << content;
        }
    }
    EXPECT_GE(broken_steps, 4 * 8);
    EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(disk_blob_store, keeps_the_first_copy_whichever_step_of_a_second_keep_fails) {
    ASSERT_TRUE(keep("first"));
    int broken_steps = 0;
    for (int step = 1;; ++step) {
        reopen();
        auto file = staged("first");
        disk.fail_at(step, EIO);
        auto const kept = keep(std::move(file), sha256("first"));
        disk.fail_at(0, 0);
        EXPECT_EQ(read("first"), "first");
        EXPECT_EQ(files_below(staging().folder()), 0U);
        if (kept) break;
        ++broken_steps;
    }
    EXPECT_GE(broken_steps, 8);
}

TEST_F(disk_blob_store, does_the_same_for_known_bytes_as_for_new_ones) {
    ASSERT_TRUE(keep("known"));
    auto const body = loop.run_task(store().open(sha256("known"))).value();
    EXPECT_EQ(keep("known"), KeepOutcome::already_there);
    EXPECT_EQ(std::filesystem::hard_link_count(path_of("known")), 1U);
    EXPECT_EQ(read("known"), "known");
    auto const source = loop.run_task(body->open(0)).value();
    EXPECT_EQ(loop.run_task(read_all(*source, 100)), "known") << "who reads the first copy goes on";
}

TEST_F(disk_blob_store, goes_on_after_interrupted_calls) {
    disk.interrupt_every_other_call(true);
    auto file = staging().create();
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write_at(0, std::as_bytes(std::span(std::string_view("patient")))));
    ASSERT_TRUE(file->flush());
}

TEST_F(disk_blob_store, goes_on_after_short_reads_and_writes) {
    disk.move_at_most(3);
    ASSERT_TRUE(keep("a few bytes at a time"));
    EXPECT_EQ(read("a few bytes at a time"), "a few bytes at a time");
}

TEST_F(disk_blob_store, does_without_rename_noreplace) {
    disk.lack_rename_new();
    EXPECT_EQ(keep("linked"), KeepOutcome::stored);
    EXPECT_EQ(keep("linked"), KeepOutcome::already_there);
    EXPECT_EQ(read("linked"), "linked");
    EXPECT_EQ(files_below(staging().folder()), 0U);
}

TEST_F(disk_blob_store, replaces_a_damaged_blob_and_says_so) {
    for (std::string_view const remains : {"", "who", "whole and more"}) {
        ASSERT_TRUE(keep("whole"));
        damage("whole", remains);
        EXPECT_EQ(keep("whole"), KeepOutcome::stored) << remains;
        EXPECT_EQ(read("whole"), "whole");
        EXPECT_EQ(log.events().back(), "damaged_blob_replaced");
    }
    EXPECT_EQ(log.events().size(), 3U);
}

TEST_F(disk_blob_store, tells_of_a_blob_that_was_cut_while_it_is_read) {
    ASSERT_TRUE(keep("0123456789"));
    auto const body = loop.run_task(store().open(sha256("0123456789"))).value();
    std::filesystem::permissions(path_of("0123456789"), std::filesystem::perms::owner_all);
    std::filesystem::resize_file(path_of("0123456789"), 4);
    auto const source = loop.run_task(body->open(0)).value();
    auto const text = loop.run_task(read_all(*source, 100));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::storage_error);
    EXPECT_NE(text.error().message.find("4 bytes instead of 10"), std::string::npos);
}

TEST_F(disk_blob_store, tells_which_step_of_reading_failed_and_leaks_no_descriptor) {
    ASSERT_TRUE(keep("content"));
    auto const descriptors = open_descriptors();
    int broken_steps = 0;
    for (int step = 1;; ++step) {
        disk.fail_at(step, EIO);
        auto const text = read("content");
        if (text) break;
        ++broken_steps;
        EXPECT_EQ(text.error().code, ErrorCode::storage_error);
        EXPECT_NE(text.error().detail.find("Input/output error"), std::string::npos);
        EXPECT_EQ(text.error().message.find(folder.path().string()), std::string::npos);
    }
    EXPECT_GE(broken_steps, 3);
    workers.reset();
    EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(disk_blob_store, is_not_ready_when_a_step_of_the_probe_fails) {
    for (int step = 1; step <= 3; ++step) {
        disk.fail_at(step, ENOSPC);
        auto const ready = loop.run_task(store().check());
        ASSERT_FALSE(ready) << step;
        EXPECT_EQ(ready.error().code, ErrorCode::store_full);
    }
    disk.fail_at(4, ENOSPC);
    EXPECT_TRUE(loop.run_task(store().check()));
    EXPECT_EQ(files_below(blob_folder()), 0U);
}

TEST_F(disk_blob_store, reports_a_removal_that_is_not_durable) {
    ASSERT_TRUE(keep("stays or goes"));
    disk.fail_at(2, EIO);  // the flush of the folder
    EXPECT_FALSE(loop.run_task(store().remove(sha256("stays or goes"))));
}

TEST_F(disk_blob_store, lists_only_blobs_among_strange_names) {
    ASSERT_TRUE(keep("x"));
    std::filesystem::create_directories(blob_folder() / "lost+found");
    std::ofstream(blob_folder() / "zz") << "a file in the place of a folder";
    std::ofstream(path_of("x").parent_path() / "notes.txt") << "not a digest";
    std::ofstream(path_of("x").parent_path() / std::string(64, 'F')) << "not as a blob is named";
    EXPECT_EQ(loop.run_task(store().list({}, 10)), std::vector{sha256("x")});
}

TEST_F(disk_blob_store, finds_its_blobs_again_after_a_restart) {
    ASSERT_TRUE(keep("durable"));
    reopen();
    EXPECT_EQ(read("durable"), "durable");
    EXPECT_EQ(keep("durable"), KeepOutcome::already_there);
}

}  // namespace
}  // namespace filegate::store
