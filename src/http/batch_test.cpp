#include "http/batch.hpp"

#include <gtest/gtest.h>

#include "base/sim_loop.hpp"

namespace filegate::http {
namespace {

std::string entries(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += fmt::format(R"({}{{"path":"/app/{}"}})", i == 0 ? "" : ",", i);
    return R"({"files":[)" + list + "]}";
}

TEST(batch, every_field_of_an_entry_is_understood) {
    auto const wishes =
        parse_path_batch(R"({"files":[{"path":"/app/a.pdf","filename":"b.pdf","purpose":"vision",)"
                         R"("provider":"kimi,glm","deliver":"later","expires_after":7200}]})");
    ASSERT_TRUE(wishes);
    ASSERT_EQ(wishes->size(), 1U);
    auto const& wish = wishes->front().value();
    EXPECT_EQ(wish.path, "/app/a.pdf");
    EXPECT_EQ(wish.request.name, "b.pdf");
    EXPECT_EQ(wish.request.purpose, Purpose("vision"));
    EXPECT_EQ(wish.request.providers.size(), 2U);
    EXPECT_EQ(wish.request.mode, gateway::DeliveryMode::later);
    EXPECT_EQ(wish.request.expires_after, seconds(7200));
}

TEST(batch, what_is_no_batch_is_refused_whole) {
    for (auto const& text :
         {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"files":{}})"),
          std::string(R"({"files":[]})"), std::string(R"({"files":null})"),
          std::string(R"({"files":[{"path":"/a"}],"file":1})"), std::string(R"({"files":[)"),
          entries(batch_files_max + 1)}) {
        auto const wishes = parse_path_batch(text);
        ASSERT_FALSE(wishes) << text.substr(0, 50);
        EXPECT_EQ(wishes.error().code, ErrorCode::validation_failed);
    }
    EXPECT_EQ(parse_path_batch(entries(batch_files_max)).value().size(), batch_files_max);
}

TEST(batch, an_entry_that_is_wrong_fails_alone) {
    auto const wishes = parse_path_batch(
        R"({"files":[1,null,{},{"path":""},{"path":["/a"]},{"path":"/a","colour":"red"},)"
        R"({"path":"/a","deliver":"soon"},{"path":"/a","expires_after":"7200"},)"
        R"({"path":"/a","expires_after":1},{"path":"/a"}]})");
    ASSERT_TRUE(wishes);
    ASSERT_EQ(wishes->size(), 10U);
    for (std::size_t i = 0; i < 9; ++i) {
        ASSERT_FALSE((*wishes)[i]) << i;
        EXPECT_EQ((*wishes)[i].error().code, ErrorCode::validation_failed);
    }
    EXPECT_TRUE(wishes->back());
}

class FormTest : public testing::Test {
protected:
    struct Part {
        std::string name;
        std::optional<std::string> filename;
        std::string text;
    };
    void begin(std::vector<Part> const& parts, std::string const& end = "--") {
        std::string form;
        for (auto const& [name, filename, text] : parts) {
            form += "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"";
            if (filename) form += "; filename=\"" + *filename + "\"";
            form += "\r\n\r\n" + text + "\r\n";
        }
        source_.emplace(form + "--x" + end + "\r\n");
        request_.headers = {{"Content-Type", "multipart/form-data; boundary=x"}};
        request_.body = &*source_;
        form_ = FormFiles::begin(request_).value();
    }
    // name=text with its purpose; a file's bytes are read only when `reads`.
    std::vector<std::string> files(bool reads = true) {
        std::vector<std::string> found;
        while (true) {
            auto const file = loop_.run_task(form_->next());
            if (!file) {
                found.push_back(fmt::format("error {}", static_cast<int>(file.error().code)));
                return found;
            }
            if (*file == nullptr) return found;
            auto const& request = (*file)->request();
            auto const purpose = request.purpose.value_or(Purpose("-")).text();
            auto const text = reads ? loop_.run_task(read_all(**file, 1 << 20)).value() : "";
            found.push_back(fmt::format("{}={} {}", request.name, text, purpose));
        }
    }

    SimLoop loop_;
    net::ServerRequest request_;
    std::optional<MemorySource> source_;
    std::unique_ptr<FormFiles> form_;
};

TEST_F(FormTest, files_come_in_order_and_fields_are_about_those_behind_them) {
    begin({{"files", "a.txt", "one"},
           {"purpose", {}, "vision"},
           {"filename", {}, "ignored"},
           {"file", "b.txt", "two"},
           {"x[]", "c.txt", "three"}});
    EXPECT_EQ(files(),
              (std::vector<std::string>{"a.txt=one -", "b.txt=two vision", "c.txt=three vision"}));
}

TEST_F(FormTest, a_file_that_was_not_read_is_skipped) {
    begin({{"files", "a.txt", std::string(100'000, 'x')}, {"files", "b.txt", "two"}});
    EXPECT_EQ(files(false), (std::vector<std::string>{"a.txt= -", "b.txt= -"}));
}

TEST_F(FormTest, a_file_is_read_over_when_it_is_no_longer_than_may_be) {
    for (std::uint64_t const max : {99'999, 100'000}) {
        begin({{"files", "a.txt", std::string(100'000, 'x')}, {"files", "b.txt", "two"}});
        ASSERT_TRUE(loop_.run_task(form_->next()));
        auto const skipped = loop_.run_task(form_->skip_file(max));
        EXPECT_EQ(skipped.has_value(), max == 100'000);
        if (!skipped) EXPECT_EQ(skipped.error().code, ErrorCode::file_too_large);
        if (skipped) EXPECT_EQ(files(), std::vector<std::string>{"b.txt=two -"});
    }
}

TEST_F(FormTest, a_form_that_breaks_off_says_so_after_what_came) {
    begin({{"files", "a.txt", "one"}, {"files", "b.txt", "two"}}, "");
    auto const found = files();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_TRUE(found[2].starts_with("error ")) << found[2];
}

TEST_F(FormTest, a_wrong_or_endless_field_ends_the_form) {
    begin({{"deliver", {}, "soon"}, {"files", "a.txt", "one"}});
    EXPECT_EQ(files(), std::vector<std::string>{"error 1001"});
    begin({{"purpose", {}, std::string(5000, 'x')}, {"files", "a.txt", "one"}});
    EXPECT_EQ(files(), std::vector<std::string>{"error 1001"});
}

TEST_F(FormTest, without_a_boundary_it_is_no_form) {
    request_.headers = {{"Content-Type", "multipart/form-data"}};
    request_.body = nullptr;
    EXPECT_FALSE(FormFiles::begin(request_));
}

}  // namespace
}  // namespace filegate::http
