#include "gateway/recovery.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "catalog/memory_catalog.hpp"
#include "coordination/memory_breakers.hpp"
#include "coordination/memory_leases.hpp"
#include "gateway/catalog_journal.hpp"

namespace filegate::gateway {
namespace {

using End = RecoveryItem::End;

// Lists and deletes; nothing here uploads.
class FakeLists final : public net::HttpClient {
public:
    struct File {
        std::string id;
        std::string name;
        std::uint64_t bytes = 0;
        WallTime created_at;
    };

    Task<net::ClientResult> send(net::ClientRequest request) override {
        ++requests;
        if (status != 200) co_return net::ClientResponse{.status = status};
        if (request.method == "DELETE") {
            auto const id = request.url.substr(request.url.rfind('/') + 1);
            if (!can_delete) co_return net::ClientResponse{.status = 500};
            std::erase_if(files, [&](File const& file) { return file.id == id; });
            co_return net::ClientResponse{.status = 200, .body = R"({"deleted":true})"};
        }
        std::vector<std::string> entries;
        for (auto const& file : files) {
            entries.push_back(fmt::format(
                R"({{"id":"{}","filename":"{}","bytes":{},"created_at":{},)"
                R"("purpose":"file-extract","status":"{}"}})",
                file.id, file.name, file.bytes, unix_seconds(file.created_at), status_of_files));
        }
        co_return net::ClientResponse{
            .status = 200, .body = fmt::format(R"({{"data":[{}]}})", fmt::join(entries, ","))};
    }

    std::vector<File> files;
    int status = 200;
    bool can_delete = true;
    std::string status_of_files = "ok";
    int requests = 0;
};

std::vector<delivery::Account> accounts() {
    std::vector<delivery::Account> all;
    for (auto const& contract : contracts::builtin_contracts()) {
        all.push_back({&contract, AccountName("main"), Secret("key"), "http://provider.test/v1"});
    }
    return all;
}

class recovery : public testing::Test {
protected:
    catalog::FileRecord add_file(std::string const& content, std::string const& name = "a.pdf") {
        return run(catalog_->add_file({.id = ids_.file(),
                                       .owner = PrincipalId("ann"),
                                       .name = name,
                                       .purpose = Purpose("assistants"),
                                       .bytes = content.size(),
                                       .sha256 = sha256(content),
                                       .mime_type = "application/pdf",
                                       .now = loop_.wall_now()}))
            .file;
    }
    catalog::PlacementKey key(std::string const& content, std::string const& provider = "kimi") {
        return {ProviderName(provider), AccountName("main"), WirePurpose("file-extract"),
                sha256(content)};
    }
    // An upload of the file that was cut off.
    catalog::IntentRecord open_intent(catalog::FileRecord const& file, std::string const& content,
                                      std::string const& provider = "kimi") {
        catalog::IntentRecord const intent{.id = ids_.intent(),
                                           .key = key(content, provider),
                                           .file = file.id,
                                           .filename = file.name,
                                           .bytes = file.bytes,
                                           .started_at = loop_.wall_now()};
        EXPECT_TRUE(loop_.run_task(catalog_->begin_intent(intent)));
        return intent;
    }
    void lists_copy(std::string const& id, std::string const& name, std::uint64_t bytes) {
        provider_.files.push_back({id, name, bytes, loop_.wall_now()});
    }
    RecoveryReport recover(RecoveryMode mode = RecoveryMode::act) {
        return loop_.run_task(recovery_.run(mode)).value();
    }
    std::size_t open_count() { return run(catalog_->open_intents(100)).size(); }
    void pass(milliseconds time) { loop_.run(loop_.monotonic_now() + time); }
    template <class T>
    T run(Task<Result<T>> task) {
        return loop_.run_task(std::move(task)).value();
    }

    SimLoop loop_;
    SeededRandom random_{1};
    IdSource ids_{loop_, random_};
    FakeLists provider_;
    std::unique_ptr<catalog::Catalog> catalog_ = catalog::make_memory_catalog();
    coordination::MemoryBreakers breakers_{{}, loop_, nullptr};
    coordination::MemoryLeases leases_{{}, loop_, "node"};
    delivery::Delivery delivery_{
        accounts(), {provider_, breakers_, leases_, loop_, random_, observe::silent_log()}, {}};
    Recovery recovery_{{*catalog_, delivery_, leases_, loop_, ids_, observe::silent_log()}, {}};
};

TEST_F(recovery, adopts_the_copy_of_an_upload_whose_answer_was_lost) {
    auto const file = add_file("bytes");
    open_intent(file, "bytes");
    lists_copy("c1", "a (1).pdf", 5);
    auto const report = recover();
    ASSERT_EQ(report.items.size(), 1);
    EXPECT_EQ(report.items[0].end, End::adopted);
    EXPECT_EQ(report.items[0].copies, std::vector{ProviderFileId("c1")});
    EXPECT_EQ(open_count(), 0);
    auto const found = run(catalog_->find_file(PrincipalId("ann"), file.id));
    ASSERT_EQ(found.placements.size(), 1);
    EXPECT_EQ(found.placements[0].provider_file_id, ProviderFileId("c1"));
    EXPECT_EQ(found.file.status, catalog::FileStatus::placed);
    EXPECT_EQ(run(catalog_->events(10)).front().action, "intent.adopted");
}

TEST_F(recovery, waits_for_a_copy_that_may_still_come_and_then_gives_it_up) {
    open_intent(add_file("bytes"), "bytes");
    EXPECT_EQ(recover().items[0].end, End::waiting);
    EXPECT_EQ(open_count(), 1);
    pass(seconds(300 + 119));
    EXPECT_EQ(recover().items[0].end, End::waiting) << "its request may have lasted 300 s";
    pass(seconds(1));
    EXPECT_EQ(recover().items[0].end, End::absent);
    EXPECT_EQ(open_count(), 0);
}

TEST_F(recovery, removes_a_copy_of_bytes_that_are_placed_already) {
    auto const file = add_file("bytes");
    auto const first = open_intent(file, "bytes");
    open_intent(file, "bytes");
    catalog::PlacementRecord const placed{.id = ids_.placement(),
                                          .key = key("bytes"),
                                          .provider_file_id = ProviderFileId("c2"),
                                          .bytes = 5,
                                          .created_at = loop_.wall_now()};
    ASSERT_TRUE(loop_.run_task(catalog_->finish_intent(first.id, placed)));
    lists_copy("c1", "a.pdf", 5);
    lists_copy("c2", "a.pdf", 5);
    auto const report = recover();
    EXPECT_EQ(report.items[0].end, End::removed);
    ASSERT_EQ(provider_.files.size(), 1);
    EXPECT_EQ(provider_.files[0].id, "c2") << "the placement's own copy stays";
    EXPECT_EQ(open_count(), 0);
}

TEST_F(recovery, two_lost_answers_of_the_same_bytes_leave_one_copy) {
    auto const file = add_file("bytes");
    open_intent(file, "bytes");
    open_intent(file, "bytes");
    lists_copy("c1", "a.pdf", 5);
    lists_copy("c2", "a.pdf", 5);
    auto const report = recover();
    ASSERT_EQ(report.items.size(), 2);
    EXPECT_EQ(report.items[0].end, End::adopted);
    EXPECT_EQ(report.items[1].end, End::removed);
    EXPECT_EQ(provider_.files.size(), 1);
}

TEST_F(recovery, the_copy_of_a_deleted_file_goes) {
    auto const file = add_file("bytes");
    open_intent(file, "bytes");
    lists_copy("c1", "a.pdf", 5);
    ASSERT_TRUE(
        loop_.run_task(catalog_->delete_file(PrincipalId("ann"), file.id, loop_.wall_now())));
    EXPECT_EQ(recover().items[0].end, End::removed);
    EXPECT_TRUE(provider_.files.empty());
    EXPECT_EQ(open_count(), 0);
}

TEST_F(recovery, copies_that_may_be_anothers_are_kept_until_no_upload_can_claim_them) {
    open_intent(add_file("bytes"), "bytes");
    open_intent(add_file("BYTES"), "BYTES");
    lists_copy("c1", "a.pdf", 5);
    EXPECT_EQ(recover().items[0].end, End::waiting);
    EXPECT_EQ(provider_.files.size(), 1);
    pass(seconds(600 + 300));
    auto const report = recover();
    EXPECT_EQ(report.items[0].end, End::removed) << "never adopted: nobody knows whose it is";
    EXPECT_EQ(report.items[1].end, End::absent);
    EXPECT_TRUE(provider_.files.empty());
    EXPECT_EQ(open_count(), 0);
}

TEST_F(recovery, strangers_files_are_left_alone) {
    open_intent(add_file("bytes"), "bytes");
    lists_copy("other", "b.pdf", 5);
    lists_copy("larger", "a.pdf", 6);
    provider_.files.push_back({"older", "a.pdf", 5, loop_.wall_now() - seconds(60)});
    provider_.files.push_back({"later", "a.pdf", 5, loop_.wall_now() + std::chrono::hours(2)});
    pass(seconds(420));
    EXPECT_EQ(recover().items[0].end, End::absent);
    EXPECT_EQ(provider_.files.size(), 4);
}

TEST_F(recovery, what_is_being_delivered_is_left_alone) {
    open_intent(add_file("bytes"), "bytes");
    lists_copy("c1", "a.pdf", 5);
    auto const lease = run(leases_.acquire(
        delivery::lease_request(ProviderName("kimi"), AccountName("main"),
                                WirePurpose("file-extract"), sha256("bytes"), no_deadline)));
    EXPECT_EQ(recover().items[0].end, End::waiting);
    EXPECT_EQ(open_count(), 1);
}

TEST_F(recovery, where_there_is_no_list_it_is_a_question_for_operators) {
    auto const intent = open_intent(add_file("bytes"), "bytes", "glm");
    EXPECT_EQ(recover().items[0].end, End::unknown);
    EXPECT_EQ(provider_.requests, 0);
    auto const open = run(catalog_->open_intents(10));
    ASSERT_EQ(open.size(), 1);
    EXPECT_NE(open[0].finding.find("no list"), std::string::npos);
    EXPECT_TRUE(open[0].looked_at);
}

TEST_F(recovery, without_a_list_the_question_ends_with_the_providers_retention) {
    open_intent(add_file("bytes"), "bytes", "glm");
    pass(std::chrono::days(179));
    EXPECT_EQ(recover().items[0].end, End::unknown);
    pass(std::chrono::days(2));
    EXPECT_EQ(recover().items[0].end, End::absent);
    EXPECT_EQ(open_count(), 0);
}

TEST_F(recovery, a_provider_that_does_not_answer_is_asked_again_in_the_next_round) {
    open_intent(add_file("bytes"), "bytes");
    lists_copy("c1", "a.pdf", 5);
    provider_.status = 503;
    EXPECT_EQ(recover().items[0].end, End::waiting);
    provider_.status = 200;
    EXPECT_EQ(recover().items[0].end, End::adopted);
}

TEST_F(recovery, a_copy_that_cannot_be_removed_keeps_its_intent) {
    auto const file = add_file("bytes");
    open_intent(file, "bytes");
    open_intent(file, "bytes");
    lists_copy("c1", "a.pdf", 5);
    lists_copy("c2", "a.pdf", 5);
    provider_.can_delete = false;
    EXPECT_EQ(recover().items[1].end, End::waiting);
    EXPECT_EQ(open_count(), 1);
    provider_.can_delete = true;
    EXPECT_EQ(recover().items[0].end, End::removed);
    EXPECT_EQ(provider_.files.size(), 1);
}

TEST_F(recovery, a_dry_round_says_the_same_and_changes_nothing) {
    auto const file = add_file("bytes");
    open_intent(file, "bytes");
    open_intent(add_file("gone"), "gone", "openai");
    lists_copy("c1", "a.pdf", 5);
    pass(seconds(420));
    auto const dry = recover(RecoveryMode::dry);
    EXPECT_EQ(open_count(), 2);
    EXPECT_EQ(provider_.files.size(), 1);
    for (auto const& event : run(catalog_->events(10)))
        EXPECT_TRUE(event.action.starts_with("file.")) << event.action;
    auto const real = recover();
    ASSERT_EQ(dry.items.size(), real.items.size());
    for (std::size_t i = 0; i < dry.items.size(); ++i)
        EXPECT_EQ(dry.items[i].end, real.items[i].end);
}

TEST_F(recovery, a_clock_that_was_set_back_neither_loses_the_copy_nor_delays_the_end) {
    open_intent(add_file("bytes"), "bytes");
    lists_copy("c1", "a.pdf", 5);
    loop_.jump_wall(-std::chrono::hours(3));
    EXPECT_EQ(recover().items[0].end, End::adopted);
    open_intent(add_file("other"), "other");
    loop_.jump_wall(-std::chrono::hours(3));
    EXPECT_EQ(recover().items[0].end, End::waiting);
    pass(seconds(421));
    EXPECT_EQ(recover().items[0].end, End::absent) << "counted from the first look";
}

TEST_F(recovery, a_copy_that_the_provider_could_not_use_is_removed) {
    open_intent(add_file("bytes"), "bytes");
    lists_copy("c1", "a.pdf", 5);
    provider_.status_of_files = "error";
    EXPECT_EQ(recover().items[0].end, End::removed);
    EXPECT_TRUE(provider_.files.empty());
}

TEST_F(recovery, an_account_that_does_not_answer_does_not_hold_up_the_rest) {
    auto const file = add_file("bytes");
    for (int i = 0; i < 3; ++i) {
        auto const intent = open_intent(file, "bytes", i == 2 ? "openai" : "kimi");
        catalog::PlacementRecord const placed{.id = ids_.placement(),
                                              .key = intent.key,
                                              .provider_file_id = ProviderFileId("c"),
                                              .bytes = 5,
                                              .created_at = loop_.wall_now()};
        ASSERT_TRUE(loop_.run_task(catalog_->discard_intent(intent.id, placed)));
    }
    provider_.can_delete = false;
    EXPECT_EQ(recover().copies_removed, 0);
    EXPECT_EQ(provider_.requests, 2) << "one for each account";
}

TEST_F(recovery, an_account_that_is_gone_keeps_its_questions) {
    auto intent = open_intent(add_file("bytes"), "bytes", "nobody");
    EXPECT_EQ(recover().items[0].end, End::waiting);
    EXPECT_EQ(open_count(), 1);
}

}  // namespace
}  // namespace filegate::gateway
