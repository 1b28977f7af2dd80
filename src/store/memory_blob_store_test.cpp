#include "store/memory_blob_store.hpp"

#include "store/blob_store_conformance.hpp"

namespace filegate::store {
namespace {

struct MemorySetup : StoreSetup {
    BlobStore& store() { return blobs; }
    MemoryBlobStore blobs{*workers, 8 << 20};
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(memory, blob_store, MemorySetup);

namespace {

TEST(memory_blob_store, is_full_beyond_its_limit_and_has_room_again_after_removal) {
    StoreSetup setup;
    MemoryBlobStore store(*setup.workers, 10);
    auto const keep = [&](std::string_view content) {
        auto staged = setup.staging().create().value();
        EXPECT_TRUE(staged.write_at(0, std::as_bytes(std::span(content))));
        return setup.loop.run_task(store.keep(std::move(staged), sha256(content)));
    };
    EXPECT_TRUE(keep("0123456789"));
    auto const full = keep("x");
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::store_full);
    EXPECT_TRUE(setup.loop.run_task(store.remove(sha256("0123456789"))));
    EXPECT_TRUE(keep("x"));
    EXPECT_FALSE(keep("0123456789"));
    EXPECT_EQ(files_below(setup.staging().folder()), 0U);
}

}  // namespace
}  // namespace filegate::store
