#include "gateway/path_uploads.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "gateway/gateway_fakes.hpp"

namespace filegate::gateway {
namespace {

class PathUploadsTest : public testing::Test {
protected:
    void SetUp() override {
        std::ofstream(folder_.path() / "a.txt") << "content of a";
        paths_ = paths::ServerPaths::open({.roots = {folder_.path().string()},
                                           .drive_mappings = {"C:" + folder_.path().string()}},
                                          workers_)
                     .value();
    }
    Result<FileView> upload(std::string path, UploadRequest request = {}) {
        request.mode = DeliveryMode::none;
        PathUploads uploads({.gateway = world_.gateway(),
                             .paths = *paths_,
                             .access = world_.access(),
                             .audit = world_.audit(),
                             .clock = world_.loop()});
        return world_.run(
            uploads.upload(world_.caller(), {.path = std::move(path), .request = request}));
    }
    std::string below(std::string const& name) { return (folder_.path() / name).string(); }
    std::vector<std::string> trail() {
        std::vector<std::string> found;
        for (auto const& row : world_.run(world_.catalog().audit_page({})).value().rows)
            found.push_back(row.event.action);
        return found;
    }

    World world_;
    ScratchFolder folder_;
    WorkerPool workers_{"inline", 0};
    std::unique_ptr<paths::ServerPaths> paths_;
};

TEST_F(PathUploadsTest, a_file_below_a_root_is_uploaded_under_its_own_name) {
    auto const view = upload(below("a.txt")).value();
    EXPECT_EQ(view.file.name, "a.txt");
    EXPECT_EQ(view.file.bytes, 12U);
    EXPECT_EQ(world_.content(view.file.id), "content of a");
    EXPECT_EQ(upload("c:\\a.txt").value().file.id, view.file.id);
    EXPECT_EQ(upload(below("a.txt"), {.name = "b.txt"}).value().file.name, "b.txt");
}

TEST_F(PathUploadsTest, a_path_is_written_down_before_the_file_is) {
    ASSERT_TRUE(upload(below("a.txt")));
    EXPECT_EQ(trail(), (std::vector<std::string>{"path.allowed", "file.created"}));
}

TEST_F(PathUploadsTest, without_its_row_a_path_is_not_read) {
    world_.fail_step(0);
    auto const refused = upload(below("a.txt"));
    ASSERT_TRUE(world_.has_failed());
    ASSERT_FALSE(refused);
    EXPECT_EQ(world_.staged_files(), 0U);
    world_.fail_step(std::nullopt);
    EXPECT_EQ(trail().size(), 0U);
}

TEST_F(PathUploadsTest, a_refused_path_leaves_nothing_behind) {
    EXPECT_EQ(upload("/etc/passwd").error().code, ErrorCode::invalid_path);
    EXPECT_EQ(upload(below("../x")).error().code, ErrorCode::invalid_path);
    EXPECT_EQ(upload(below("missing")).error().code, ErrorCode::file_not_found);
    EXPECT_EQ(world_.staged_files(), 0U);
    EXPECT_EQ(world_.run(world_.gateway().list(world_.caller(), {})).value().files.size(), 0U);
}

TEST_F(PathUploadsTest, a_file_that_is_too_large_is_refused_before_a_byte_is_read) {
    std::filesystem::resize_file(below("a.txt"), (1 << 20) + 1);
    EXPECT_EQ(upload(below("a.txt")).error().code, ErrorCode::file_too_large);
}

}  // namespace
}  // namespace filegate::gateway
