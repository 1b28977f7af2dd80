// GET /v1/files in pieces is one JSON object, whatever the list's length.

#include "http/file_list.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "gateway/gateway_fakes.hpp"

namespace filegate::http {
namespace {

constexpr std::size_t files = 2 * list_page_files + 50;

class FileListTest : public testing::Test {
protected:
    void SetUp() override {
        for (std::size_t i = 0; i < files; ++i) {
            auto const added =
                world_.run(world_.catalog().add_file({.id = world_.ids().file(),
                                                      .owner = world_.caller().id(),
                                                      .name = std::to_string(i),
                                                      .purpose = Purpose("assistants"),
                                                      .bytes = 1,
                                                      .sha256 = Sha256().finish(),
                                                      .mime_type = "text/plain",
                                                      .now = world_.loop().wall_now()}));
            ASSERT_TRUE(added);
        }
    }
    net::ServerResponse answer(std::size_t limit) {
        catalog::ListQuery query{.limit = limit, .is_ascending = true};
        auto first = query;
        first.limit = std::min(limit, list_page_files);
        auto page = world_.run(world_.gateway().list(world_.caller(), first)).value();
        return file_list_answer(world_.gateway(), world_.caller(), query, {}, std::move(page));
    }
    // `between` happens after every piece that was read.
    std::string text(net::ServerResponse response, std::function<void()> const& between = [] {}) {
        if (auto* const whole = std::get_if<std::string>(&response.body)) return *whole;
        auto& source = *std::get<net::StreamedBody>(response.body).source;
        std::string all;
        std::vector<std::byte> piece(1000);
        while (true) {
            auto const got = world_.run(source.read(piece));
            if (!got) return all + " broke off";
            if (*got == 0) return all;
            all.append(reinterpret_cast<char const*>(piece.data()), *got);
            between();
        }
    }
    static std::vector<std::string> names(boost::json::object const& list) {
        std::vector<std::string> found;
        for (auto const& file : list.at("data").as_array())
            found.emplace_back(file.at("filename").as_string());
        return found;
    }
    static std::vector<std::string> numbers(std::size_t count) {
        std::vector<std::string> expected;
        for (std::size_t i = 0; i < count; ++i)
            expected.push_back(std::to_string(i));
        return expected;
    }

    gateway::World world_;
};

TEST_F(FileListTest, of_any_length_is_whole_and_says_whether_there_is_more) {
    for (auto const limit : {1UL, list_page_files - 1, list_page_files, list_page_files + 1,
                             2 * list_page_files, files - 1, files, files + 1, 10'000UL}) {
        auto const list = boost::json::parse(text(answer(limit))).as_object();
        EXPECT_EQ(names(list), numbers(std::min(limit, files))) << limit;
        EXPECT_EQ(list.at("has_more").as_bool(), limit < files) << limit;
        EXPECT_EQ(list.at("first_id"), list.at("data").as_array().front().at("id"));
        EXPECT_EQ(list.at("last_id"), list.at("data").as_array().back().at("id"));
    }
}

TEST_F(FileListTest, of_one_page_has_a_known_length) {
    EXPECT_TRUE(std::holds_alternative<std::string>(answer(list_page_files).body));
    EXPECT_FALSE(std::holds_alternative<std::string>(answer(list_page_files + 1).body));
}

TEST_F(FileListTest, of_nothing_has_null_cursors) {
    auto response = file_list_answer(world_.gateway(), world_.caller(), {}, {}, {});
    auto const list = boost::json::parse(text(std::move(response))).as_object();
    EXPECT_EQ(list.at("data").as_array().size(), 0U);
    EXPECT_TRUE(list.at("first_id").is_null());
    EXPECT_TRUE(list.at("last_id").is_null());
    EXPECT_FALSE(list.at("has_more").as_bool());
}

TEST_F(FileListTest, goes_on_while_files_are_deleted) {
    auto const remove_all = [&] {
        auto const page = world_.run(world_.gateway().list(world_.caller(), {})).value();
        for (auto const& found : page.files)
            ASSERT_TRUE(world_.run(world_.gateway().remove(world_.caller(), found.file.id)));
    };
    auto const list = boost::json::parse(text(answer(files), remove_all)).as_object();
    EXPECT_GE(names(list).size(), list_page_files);
    EXPECT_FALSE(list.at("has_more").as_bool());
}

TEST_F(FileListTest, breaks_off_when_a_page_cannot_be_read) {
    auto response = answer(files);
    world_.fail_step(0);
    EXPECT_TRUE(text(std::move(response)).ends_with(" broke off"));
}

}  // namespace
}  // namespace filegate::http
