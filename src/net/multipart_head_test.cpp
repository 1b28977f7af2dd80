#include "net/multipart_head.hpp"

#include "net/multipart_fixture.hpp"

namespace filegate::net {
namespace {

TEST(multipart_head, reads_names_as_browsers_and_libraries_write_them) {
    struct Case {
        std::string parameters;
        std::optional<std::string> filename;
    };
    std::vector<Case> const cases{
        {"", std::nullopt},
        {"; filename=\"\"", ""},
        {"; filename=\"a b;c.txt\"", "a b;c.txt"},
        {"; filename=plain.txt", "plain.txt"},
        {"; filename = plain.txt ;", "plain.txt"},
        {"; FileName=\"x\"", "x"},
        {"; filename=\"文件.txt\"", "文件.txt"},
        {"; filename=\"%22%0D%0A%\"", "\"\r\n%"},
        {"; filename=\"100%25 %41 %0d\"", "100%25 %41 %0d"},
        {"; filename=\"C:\\notes\\new.txt\"", "C:\\notes\\new.txt"},
        {"; filename=\"a\\\"b\"", "a\"b"},
        {"; filename=\"a\\\\b\"", "a\\\\b"},
        {"; filename=\"dir\\\"", "dir\\"},
        {"; filename=\"dir\\\\\"", "dir\\\\"},
        {"; filename*=UTF-8''%e2%82%ac%20rates", "€ rates"},
        {"; filename*=utf-8'en'a%22b", "a\"b"},
        {"; filename*=UTF-8''new; filename=old", "old"},
        {"; filename=old; filename*=UTF-8''new", "old"},
        {"; filename*=ISO-8859-1''a%e9", std::nullopt},
        {"; filename*=UTF-8''bad%zz", std::nullopt},
        {"; filename*=UTF-8''nul%00", std::nullopt},
        {"; filename*=UTF-8'only-one", std::nullopt},
        {"; filename*=nothing", std::nullopt},
        {"; size=12; creation-date=\"now\"", std::nullopt},
    };
    for (auto const& [parameters, filename] : cases) {
        auto const head = parse_part_head("Content-Disposition: form-data; name=\"na%22me\"" +
                                          parameters + "\r\n\r\n");
        ASSERT_TRUE(head) << parameters << ": " << head.error().message;
        EXPECT_EQ(head->name, "na\"me");
        EXPECT_EQ(head->filename, filename) << parameters;
    }
}

TEST(multipart_head, refuses_heads_that_break_the_rules_and_says_why) {
    std::string const good = "Content-Disposition: form-data; name=\"f\"";
    struct Case {
        std::string head;
        std::string_view reason;
    };
    std::vector<Case> const cases{
        {"Content-Type: text/plain", "no Content-Disposition"},
        {"Content-Disposition: form-data", "no name"},
        {"Content-Disposition: form-data; filename=\"x\"", "no name"},
        {"Content-Disposition: attachment; name=\"f\"", "not form-data"},
        {"Content-Disposition:", "not form-data"},
        {good + "; name=\"g\"", "twice"},
        {good + "; filename=a; filename=b", "twice"},
        {good + "\r\n" + good, "twice"},
        {good + "\r\nContent-Type: a/b\r\ncontent-type: c/d", "twice"},
        {good + "\r\nContent-Transfer-Encoding: base64", "Content-Transfer-Encoding"},
        {"Content-Disposition: form-data; name=\"f", "does not end"},
        {"Content-Disposition: form-data; name=\"f\"x", "before the next ';'"},
        {"Content-Disposition: form-data; name=a b", "before the next ';'"},
        {"Content-Disposition: form-data; name", "no '='"},
        {"Content-Disposition: form-data; name=", "no value"},
        {"Content-Disposition: form-data; =f", "no valid name"},
        {"Content-Disposition: form-data; na me=f", "no '='"},
        {"no colon here", "no ':'"},
        {": value", "no valid name"},
        {"Content-Disposition : form-data; name=f", "no valid name"},
        {" folded: x\r\n" + good, "no valid name"},
        {good + "\r\n ; filename=\"x\"", "no ':'"},
        {"Content-Disposition: form-data; name=\"a\0b\""s, "0x00"},
        {"X: \0\r\n"s + good, "0x00"},
        {"X: \r\r\n" + good, "0x0D"},
        {"X: a\nY: b\r\n" + good, "0x0A"},
        {"X: \x7f\r\n" + good, "0x7F"},
    };
    for (auto const& [head, reason] : cases) {
        auto const parsed = parse_part_head(head + "\r\n\r\n");
        ASSERT_FALSE(parsed) << head;
        EXPECT_EQ(parsed.error().code, ErrorCode::validation_failed);
        EXPECT_NE(parsed.error().message.find(reason), std::string::npos)
            << head << ": " << parsed.error().message;
        expect_same_however_cut(one_part(head), "B", std::unexpected(ErrorCode::validation_failed));
    }
}

TEST(multipart_head, accepts_a_plain_transfer_encoding) {
    for (std::string const encoding : {"binary", "8bit", "7BIT"}) {
        auto const body = one_part("Content-Transfer-Encoding: " + encoding +
                                   "\r\nContent-Disposition: form-data; name=\"f\"");
        EXPECT_TRUE(parse_pieces({body}, "B")) << encoding;
    }
}

TEST(multipart_head, the_boundary_is_read_from_the_content_type) {
    struct Case {
        std::string content_type;
        std::string boundary;
    };
    std::vector<Case> const cases{
        {"multipart/form-data; boundary=abc", "abc"},
        {"Multipart/Form-Data;BOUNDARY=abc", "abc"},
        {"multipart/form-data; charset=utf-8; boundary=\"a b'()+_,-./:=?\"", "a b'()+_,-./:=?"},
        {"multipart/form-data; boundary=a/b=c:d?", "a/b=c:d?"},
        {"multipart/form-data; boundary=" + std::string(70, 'x'), std::string(70, 'x')},
    };
    for (auto const& [content_type, boundary] : cases)
        EXPECT_EQ(multipart_boundary(content_type).value(), boundary) << content_type;
}

TEST(multipart_head, a_content_type_without_a_usable_boundary_is_refused_with_the_reason) {
    struct Case {
        std::string content_type;
        std::string_view reason;
    };
    std::vector<Case> const cases{
        {"", "not multipart/form-data"},
        {"application/json", "not multipart/form-data"},
        {"multipart/mixed; boundary=abc", "not multipart/form-data"},
        {"multipart/form-data", "no boundary"},
        {"multipart/form-data; charset=utf-8", "no boundary"},
        {"multipart/form-data; boundary=\"\"", "empty"},
        {"multipart/form-data; boundary=", "no value"},
        {"multipart/form-data; boundary=" + std::string(71, 'x'), "71 characters, of 70"},
        {"multipart/form-data; boundary=a; boundary=b", "twice"},
        {"multipart/form-data; boundary=\"a \"", "space"},
        {"multipart/form-data; boundary=\"a\r\nb\"", "character"},
        {"multipart/form-data; boundary=a\0b"s, "character"},
        {"multipart/form-data; boundary=a*b", "character"},
        {"multipart/form-data; boundary=\"abc", "does not end"},
        {"multipart/form-data boundary=abc", "not multipart/form-data"},
    };
    for (auto const& [content_type, reason] : cases) {
        auto const boundary = multipart_boundary(content_type);
        ASSERT_FALSE(boundary) << content_type;
        EXPECT_EQ(boundary.error().code, ErrorCode::validation_failed);
        EXPECT_NE(boundary.error().message.find(reason), std::string::npos)
            << content_type << ": " << boundary.error().message;
    }
}

}  // namespace
}  // namespace filegate::net
