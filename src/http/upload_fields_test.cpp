#include "http/upload_fields.hpp"

#include <gtest/gtest.h>

namespace filegate::http {
namespace {

TEST(upload_fields, fill_the_request) {
    gateway::UploadRequest request;
    ASSERT_TRUE(set_upload_field(request, "purpose", "assistants"));
    ASSERT_TRUE(set_upload_field(request, "provider", "kimi, glm,kimi"));
    ASSERT_TRUE(set_upload_field(request, "deliver", "later"));
    ASSERT_TRUE(set_upload_field(request, "expires_after[anchor]", "created_at"));
    ASSERT_TRUE(set_upload_field(request, "expires_after[seconds]", "3600"));
    ASSERT_TRUE(set_upload_field(request, "some_new_field", "whatever"));
    EXPECT_EQ(request.purpose, Purpose("assistants"));
    EXPECT_EQ(request.providers, (std::vector{ProviderName("kimi"), ProviderName("glm")}));
    EXPECT_EQ(request.mode, gateway::DeliveryMode::later);
    EXPECT_EQ(request.expires_after, seconds(3600));
}

TEST(upload_fields, auto_means_no_provider_by_name) {
    gateway::UploadRequest request;
    ASSERT_TRUE(set_upload_field(request, "provider", "auto"));
    EXPECT_TRUE(request.providers.empty());
}

TEST(upload_fields, empty_values_mean_not_given) {
    gateway::UploadRequest request;
    for (std::string_view const name : {"purpose", "provider", "deliver", "expires_after"}) {
        EXPECT_TRUE(set_upload_field(request, name, ""));
    }
    EXPECT_FALSE(request.purpose);
    EXPECT_FALSE(request.expires_after);
}

TEST(upload_fields, refusals_name_the_field_and_what_it_takes) {
    struct Case {
        std::string_view name;
        std::string_view value;
        std::string_view says;
    };
    std::vector<Case> const cases{
        {"deliver", "soon", "wait, later or none"},
        {"provider", "kimi,,glm", "several names"},
        {"provider", "kimi,auto", "several names"},
        {"provider", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "at most 16"},
        {"expires_after[seconds]", "3599", "3600"},
        {"expires_after[seconds]", "2592001", "2592000"},
        {"expires_after[seconds]", "99999999999999999999", "2592000"},
        {"expires_after[seconds]", "3600x", "'3600x'"},
        {"expires_after[anchor]", "now", "created_at"},
    };
    for (auto const& [name, value, says] : cases) {
        gateway::UploadRequest request;
        auto const result = set_upload_field(request, name, value);
        ASSERT_FALSE(result) << name << '=' << value;
        EXPECT_EQ(result.error().code, ErrorCode::validation_failed);
        EXPECT_EQ(result.error().param, name);
        EXPECT_NE(result.error().message.find(says), std::string::npos) << result.error().message;
    }
}

TEST(announced_digest, comes_from_either_header) {
    auto const digest = sha256("abc");
    net::Headers hex{{"X-Content-SHA256", digest.hex()}};
    EXPECT_EQ(announced_digest(hex).value(), digest);
    net::Headers base64{{"Content-Digest",
                         "sha-512=:AAAA:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"}};
    EXPECT_EQ(announced_digest(base64).value(), digest);
}

TEST(announced_digest, is_absent_without_a_header_or_with_another_algorithm) {
    EXPECT_EQ(announced_digest({}).value(), std::nullopt);
    for (std::string const value : {"sha-512=:AAAA:", "", ",,", "x-sha-256=:AAAA:", "sha-2567=1",
                                    "sha-512=:sha-256=", "md5=\"a\";sha-256=:AAAA:"}) {
        auto const digest = announced_digest({{"Content-Digest", value}});
        ASSERT_TRUE(digest) << value;
        EXPECT_EQ(*digest, std::nullopt) << value;
    }
}

TEST(announced_digest, of_several_is_the_last_as_in_every_dictionary) {
    auto const digest = announced_digest(
        {{"Content-Digest",
          "sha-256=:AAAA:,\tsha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:;a=1 , md5=1"}});
    ASSERT_TRUE(digest) << digest.error().message;
    EXPECT_EQ(*digest, sha256("abc"));
}

TEST(announced_digest, of_a_wrong_form_is_refused_rather_than_ignored) {
    for (std::string const value : {"sha-256=:AAAA:", "sha-256=:", "sha-256=zz",
                                    "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
                                    "sha-256=:!!!!v48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:",
                                    "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
                                    "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:x",
                                    "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa==:",
                                    "sha-256=:ungW=48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:",
                                    "sha-256=:============================================:",
                                    "sha-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
                                    "sha-256", "sha-512=:AAAA:,sha-256;a=1"}) {
        EXPECT_EQ(announced_digest({{"Content-Digest", value}}).has_value(), false) << value;
    }
    EXPECT_FALSE(announced_digest({{"X-Content-SHA256", "abc"}}));
}

}  // namespace
}  // namespace filegate::http
