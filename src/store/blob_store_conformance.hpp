#pragma once
// What every BlobStore does. A `Parts` is default-constructible, starts empty and has members
// those of StoreSetup and `store()`; an implementation's test instantiates the suite with it:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(disk, blob_store, DiskSetup);

#include <algorithm>

#include <gtest/gtest.h>

#include "base/task_group.hpp"
#include "store/blob_store.hpp"
#include "store/store_fakes.hpp"

namespace filegate::store {

template <class Parts>
class blob_store : public testing::Test {  // named as the sentences of its tests begin
protected:
    StagedFile staged(std::string_view content) {
        auto file = parts_.staging().create();
        EXPECT_TRUE(file);
        EXPECT_TRUE(file->write_at(0, std::as_bytes(std::span(content))));
        EXPECT_TRUE(file->flush());
        return std::move(*file);
    }
    Result<KeepOutcome> keep(std::string_view content) {
        return run(parts_.store().keep(staged(content), sha256(content)));
    }
    std::unique_ptr<ReopenableBody> open(std::string_view content) {
        auto body = run(parts_.store().open(sha256(content)));
        EXPECT_TRUE(body);
        return body ? std::move(*body) : nullptr;
    }
    std::string read(ReopenableBody const& body, std::uint64_t offset = 0) {
        auto source = run(body.open(offset));
        return run(read_all(**source, 64 << 20)).value();
    }
    template <class T>
    T run(Task<T> task) {
        return parts_.loop.run_task(std::move(task));
    }

    Parts parts_;
};

TYPED_TEST_SUITE_P(blob_store);

inline std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
        text[i] = static_cast<char>(i * 31 >> 3);
    return text;
}

TYPED_TEST_P(blob_store, reads_back_what_it_kept) {
    for (std::size_t const bytes : {1, 4095, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 << 20}) {
        auto const content = pattern(bytes);
        EXPECT_EQ(this->keep(content), KeepOutcome::stored);
        auto const body = this->open(content);
        EXPECT_EQ(body->size_bytes(), bytes);
        EXPECT_TRUE(this->read(*body) == content) << bytes;
    }
}

TYPED_TEST_P(blob_store, drops_the_second_copy_of_the_same_bytes) {
    EXPECT_EQ(this->keep("same"), KeepOutcome::stored);
    EXPECT_EQ(this->keep("same"), KeepOutcome::already_there);
    EXPECT_EQ(this->read(*this->open("same")), "same");
    EXPECT_EQ(files_below(this->parts_.staging().folder()), 0U);
}

TYPED_TEST_P(blob_store, opens_a_body_at_any_offset) {
    EXPECT_TRUE(this->keep("0123456789"));
    auto const body = this->open("0123456789");
    EXPECT_EQ(this->read(*body, 0), "0123456789");
    EXPECT_EQ(this->read(*body, 9), "9");
    EXPECT_EQ(this->read(*body, 10), "");
    EXPECT_EQ(this->read(*body, 11), "");
    EXPECT_EQ(this->read(*body, UINT64_MAX), "");
}

TYPED_TEST_P(blob_store, lets_several_readers_read_one_body) {
    EXPECT_TRUE(this->keep("shared by two"));
    auto const body = this->open("shared by two");
    auto first = this->run(body->open(0)).value();
    auto second = this->run(body->open(7)).value();
    std::array<std::byte, 6> begin{};
    EXPECT_EQ(this->run(first->read(begin)), 6U);
    EXPECT_EQ(this->run(read_all(*second, 100)), "by two");
    EXPECT_EQ(this->run(read_all(*first, 100)), " by two");
}

TYPED_TEST_P(blob_store, lets_a_reader_finish_a_removed_blob) {
    EXPECT_TRUE(this->keep("going"));
    auto const body = this->open("going");
    EXPECT_TRUE(this->run(this->parts_.store().remove(sha256("going"))));
    EXPECT_EQ(this->run(this->parts_.store().contains(sha256("going"))), false);
    EXPECT_EQ(this->read(*body), "going");
    EXPECT_EQ(this->keep("going"), KeepOutcome::stored);
}

TYPED_TEST_P(blob_store, knows_what_it_holds) {
    auto& store = this->parts_.store();
    EXPECT_EQ(this->run(store.contains(sha256("x"))), false);
    EXPECT_TRUE(this->keep("x"));
    EXPECT_EQ(this->run(store.contains(sha256("x"))), true);
    EXPECT_EQ(this->run(store.contains(sha256("y"))), false);
}

TYPED_TEST_P(blob_store, says_that_a_blob_is_missing) {
    auto const body = this->run(this->parts_.store().open(sha256("never kept")));
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, ErrorCode::storage_error);
    EXPECT_NE(body.error().message.find("missing"), std::string::npos);
}

TYPED_TEST_P(blob_store, removes_what_is_not_there) {
    EXPECT_TRUE(this->run(this->parts_.store().remove(sha256("never kept"))));
}

TYPED_TEST_P(blob_store, lists_in_order_and_in_pages) {
    std::vector<Sha256Digest> expected;
    for (int i = 0; i < 25; ++i) {
        auto const content = std::to_string(i);
        EXPECT_TRUE(this->keep(content));
        expected.push_back(sha256(content));
    }
    std::ranges::sort(expected);
    std::vector<Sha256Digest> listed;
    std::optional<Sha256Digest> after;
    while (true) {
        auto const page = this->run(this->parts_.store().list(after, 10)).value();
        EXPECT_LE(page.size(), 10U);
        if (page.empty()) break;
        listed.insert(listed.end(), page.begin(), page.end());
        after = page.back();
    }
    EXPECT_EQ(listed, expected);
    EXPECT_TRUE(this->run(this->parts_.store().list({}, 0)).value().empty());
}

inline Task<void> keep_into(BlobStore& store, StagedFile staged, Sha256Digest digest,
                            std::vector<KeepOutcome>& outcomes) {
    auto const kept = co_await store.keep(std::move(staged), digest);
    outcomes.push_back(kept.value());
}

TYPED_TEST_P(blob_store, stores_once_what_many_keep_at_once) {
    std::vector<KeepOutcome> outcomes;
    TaskGroup group(this->parts_.loop);
    for (int i = 0; i < 16; ++i)
        group.spawn(
            keep_into(this->parts_.store(), this->staged("crowd"), sha256("crowd"), outcomes));
    this->run(joined(group));
    EXPECT_EQ(outcomes.size(), 16U);
    EXPECT_EQ(std::ranges::count(outcomes, KeepOutcome::stored), 1);
    EXPECT_EQ(files_below(this->parts_.staging().folder()), 0U);
}

TYPED_TEST_P(blob_store, leaves_nothing_staged_when_keep_is_cancelled) {
    std::vector<KeepOutcome> outcomes;
    TaskGroup group(this->parts_.loop);
    for (int i = 0; i < 4; ++i)
        group.spawn(
            keep_into(this->parts_.store(), this->staged("gone"), sha256("gone"), outcomes));
    group.cancel();
    this->run(joined(group));
    this->parts_.workers.reset();  // what a destructor left to a worker is done then
    EXPECT_TRUE(outcomes.empty());
    EXPECT_EQ(files_below(this->parts_.staging().folder()), 0U);
}

TYPED_TEST_P(blob_store, is_ready) {
    EXPECT_TRUE(this->run(this->parts_.store().check()));
    EXPECT_TRUE(this->run(this->parts_.store().list({}, 10)).value().empty());
}

REGISTER_TYPED_TEST_SUITE_P(blob_store, reads_back_what_it_kept,
                            drops_the_second_copy_of_the_same_bytes, opens_a_body_at_any_offset,
                            lets_several_readers_read_one_body, lets_a_reader_finish_a_removed_blob,
                            knows_what_it_holds, says_that_a_blob_is_missing,
                            removes_what_is_not_there, lists_in_order_and_in_pages,
                            stores_once_what_many_keep_at_once,
                            leaves_nothing_staged_when_keep_is_cancelled, is_ready);

}  // namespace filegate::store
