#include "delivery/provider_client.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"
#include "delivery/fake_provider.hpp"

namespace filegate::delivery {
namespace {

using contracts::FailureKind;

class provider_client : public testing::Test {
protected:
    Account account(std::string_view contract_name) {
        for (auto const& contract : contracts::builtin_contracts()) {
            if (contract.name.text() != contract_name) continue;
            return {&contract, AccountName("main"), Secret("key-of-host"), "https://host/v1"};
        }
        throw std::logic_error("no such contract");
    }
    ProviderResult<ProviderFile> upload() {
        auto const kimi = account("kimi");
        ProviderUpload const parcel{"a.txt",
                                    "text/plain",
                                    WirePurpose("file-extract"),
                                    &body_,
                                    loop_.monotonic_now() + seconds(60),
                                    "trace-1"};
        return loop_.run_task(client_.upload({kimi}, parcel));
    }
    ProviderResult<ProviderList> list(std::string_view contract_name) {
        auto const one = account(contract_name);
        return loop_.run_task(client_.list({one}, WirePurpose("agent"), WallTime(),
                                           loop_.monotonic_now() + seconds(9)));
    }
    ProviderResult<void> remove(std::string id) {
        auto const kimi = account("kimi");
        return loop_.run_task(client_.remove({kimi}, ProviderFileId(std::move(id)),
                                             loop_.monotonic_now() + seconds(9)));
    }

    SimLoop loop_;
    SeededRandom random_{1};
    FakeProvider provider_{loop_};
    ProviderClient client_{provider_, loop_, random_};
    MemoryBody body_{"the bytes"};
};

TEST_F(provider_client, a_key_that_is_part_of_what_replaces_it_is_replaced_once) {
    auto kimi = account("kimi");
    kimi.api_key = Secret("key-of-host");
    provider_.will("host", "POST", answers(400, R"({"error":{"message":"key-of-host, k"}})"));
    ProviderUpload const parcel{"a.txt",
                                "text/plain",
                                WirePurpose("file-extract"),
                                &body_,
                                loop_.monotonic_now() + seconds(60),
                                ""};
    EXPECT_EQ(loop_.run_task(client_.upload({kimi}, parcel)).error().message, "[key], k");
    EXPECT_EQ(without_secret("a key, a k", "k"), "a [key]ey, a [key]");
}

TEST_F(provider_client, an_upload_carries_name_type_purpose_and_bytes) {
    auto const file = upload();
    ASSERT_TRUE(file);
    ASSERT_EQ(provider_.copies.size(), 1);
    auto const& copy = provider_.copies.front();
    EXPECT_EQ(copy.content, "the bytes");
    EXPECT_EQ(copy.filename, "a.txt");
    EXPECT_EQ(copy.mime_type, "text/plain");
    EXPECT_EQ(copy.purpose, "file-extract");
    EXPECT_EQ(file->id.text(), copy.id);
    EXPECT_EQ(file->bytes, 9);
    EXPECT_EQ(file->status, "ok");
    auto const& request = provider_.seen.front();
    EXPECT_EQ(request.url, "https://host/v1/files");
    EXPECT_EQ(request.headers.find("x-request-id"), "trace-1");
    EXPECT_EQ(request.headers.find("accept"), "application/json");
}

TEST_F(provider_client, a_success_without_an_id_is_ambiguous) {
    provider_.will("host", "POST", fault(FakeFault::Kind::no_id));
    auto const file = upload();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, FailureKind::ambiguous);
    provider_.will("host", "POST", answers(200, "<html>welcome</html>"));
    auto const page = upload();
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().kind, FailureKind::ambiguous);
    EXPECT_EQ(page.error().body_start, "<html>welcome</html>");
}

TEST_F(provider_client, a_copy_of_another_size_is_a_failure_that_is_left_behind) {
    provider_.will("host", "POST", fault(FakeFault::Kind::wrong_bytes));
    auto const file = upload();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, FailureKind::server);
    EXPECT_EQ(file.error().message, "the provider stored 8 of 9 bytes");
    EXPECT_EQ(file.error().left_behind->text(), provider_.copies.front().id);
}

TEST_F(provider_client, a_copy_whose_status_is_error_is_a_refused_file) {
    provider_.will("host", "POST", fault(FakeFault::Kind::failed_status));
    auto const file = upload();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, FailureKind::refused_file);
    EXPECT_TRUE(file.error().left_behind);
}

TEST_F(provider_client, an_answer_that_tells_no_size_is_believed) {
    provider_.will("host", "POST", answers(201, R"({"id":"f"})"));
    auto const file = upload();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->bytes, 9);
}

TEST_F(provider_client, the_key_never_comes_back) {
    provider_.will("host", "POST",
                   answers(401, R"({"error":"bad key: key-of-host, key-of-host"})"));
    EXPECT_EQ(upload().error().message, "bad key: [key], [key]");
    provider_.will("host", "POST", answers(500, "<p>Bearer key-of-host</p>"));
    EXPECT_EQ(upload().error().body_start, "<p>Bearer [key]</p>");
    provider_.will("host", "POST", answers(200, "key-of-host"));
    EXPECT_EQ(upload().error().body_start, "[key]");
}

TEST_F(provider_client, ids_are_percent_encoded_in_paths) {
    EXPECT_TRUE(remove("../a b?c"));
    EXPECT_EQ(provider_.seen.back().url, "https://host/v1/files/..%2Fa%20b%3Fc");
}

TEST_F(provider_client, a_copy_that_is_not_there_counts_as_removed) {
    EXPECT_TRUE(upload());
    EXPECT_TRUE(remove(provider_.copies.front().id));
    EXPECT_TRUE(provider_.copies.empty());
    EXPECT_TRUE(remove("gone"));
    provider_.will("host", "DELETE", answers(500, "{}"));
    EXPECT_EQ(remove("x").error().kind, FailureKind::server);
    provider_.will("host", "DELETE", breaks(net::TransportFailure::Stage::connecting));
    EXPECT_EQ(remove("x").error().kind, FailureKind::network);
}

TEST_F(provider_client, each_provider_is_listed_as_its_contract_has_it) {
    EXPECT_TRUE(list("kimi"));
    EXPECT_EQ(provider_.seen.back().url, "https://host/v1/files");
    EXPECT_TRUE(list("glm-cn"));
    EXPECT_EQ(provider_.seen.back().url, "https://host/v1/files?limit=100&purpose=agent");
    EXPECT_TRUE(list("openai"));
    EXPECT_EQ(provider_.seen.back().url, "https://host/v1/files?limit=100&order=desc");
    EXPECT_FALSE(list("glm"));
    EXPECT_EQ(provider_.calls("host", "GET"), 3) << "glm has no list and is not asked";
}

TEST_F(provider_client, a_list_comes_newest_first) {
    provider_.will("host", "GET",
                   answers(200, R"({"data":[{"id":"a","created_at":5},{"id":"b","created_at":9},)"
                                R"({"id":"c"},{"id":"d","created_at":7}]})"));
    std::string order;
    for (auto const& file : list("kimi").value().files)
        order += file.id.text();
    EXPECT_EQ(order, "bdac");
    provider_.will("host", "GET", answers(200, "<html>"));
    EXPECT_EQ(list("kimi").error().kind, FailureKind::server);
}

}  // namespace
}  // namespace filegate::delivery
