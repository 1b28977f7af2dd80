#include "sandbox/dialect.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

using contracts::FailureKind;

std::string text_of(boost::json::object const& error, std::string_view name) {
    auto const* const value = error.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

bool contains_without_case(std::string text, std::string part) {
    boost::algorithm::to_lower(text);
    boost::algorithm::to_lower(part);
    return text.find(part) != std::string::npos;
}

// What a contract's table makes of an answer; none when no row matches.
std::optional<FailureKind> classify(contracts::Contract const& contract,
                                    net::ServerResponse const& response) {
    boost::system::error_code trouble;
    auto const body = boost::json::parse(std::get<std::string>(response.body), trouble);
    boost::json::object error;
    if (!trouble) error = body.at("error").as_object();
    for (auto const& rule : contract.failures) {
        if (rule.status && *rule.status != response.status) continue;
        if (!rule.type.empty() && rule.type != text_of(error, "type")) continue;
        if (!rule.code.empty() && rule.code != text_of(error, "code")) continue;
        if (!contains_without_case(text_of(error, "message"), rule.message_contains)) continue;
        return rule.kind;
    }
    return std::nullopt;
}

// The sandbox's answers and the contracts that delivery reads them by must not drift apart.
TEST(dialects, are_understood_by_their_contracts) {
    struct Case {
        Trouble trouble;
        FailureKind kind;
    };
    Case const cases[] = {
        {Trouble::no_authorization, FailureKind::authentication},
        {Trouble::bad_key, FailureKind::authentication},
        {Trouble::expired_token, FailureKind::authentication},
        {Trouble::account_exhausted, FailureKind::account_exhausted},
        {Trouble::not_multipart, FailureKind::refused_file},
        {Trouble::broken_body, FailureKind::refused_file},
        {Trouble::missing_file, FailureKind::refused_file},
        {Trouble::unknown_purpose, FailureKind::refused_purpose},
        {Trouble::unsupported_format, FailureKind::refused_file},
        {Trouble::empty_file, FailureKind::refused_file},
        {Trouble::file_too_large, FailureKind::refused_file},
        {Trouble::total_too_large, FailureKind::refused_file},
        {Trouble::bad_parameter, FailureKind::refused_file},
        {Trouble::no_content, FailureKind::refused_file},
    };
    for (auto const& contract : contracts::builtin_contracts()) {
        auto const& dialect = dialect_of(contract.id_shape);
        for (auto const& [trouble, kind] : cases) {
            auto const response = dialect.refuse({.trouble = trouble,
                                                  .value = "seen",
                                                  .parameter = "limit",
                                                  .limit = 100 << 20,
                                                  .accepted = {"this", "that"}});
            EXPECT_EQ(classify(contract, response), kind)
                << contract.name.text() << " " << std::get<std::string>(response.body);
        }
    }
}

TEST(dialects, injected_statuses_are_understood_by_their_contracts) {
    struct Case {
        int status;
        std::vector<FailureKind> kinds;  // any of them; empty: decided by the status alone
    };
    Case const cases[] = {
        {429, {FailureKind::rate}},
        {500, {FailureKind::server}},
        {503, {FailureKind::server, FailureKind::rate}},
        {504, {FailureKind::ambiguous}},
    };
    for (auto const& contract : contracts::builtin_contracts()) {
        auto const& dialect = dialect_of(contract.id_shape);
        for (auto const& [status, kinds] : cases) {
            auto const kind = classify(contract, dialect.fault({.status = status}));
            ASSERT_TRUE(kind) << contract.name.text() << " " << status;
            EXPECT_NE(std::ranges::find(kinds, *kind), kinds.end())
                << contract.name.text() << " " << status;
        }
    }
}

TEST(dialects, know_two_kinds_of_429_and_more) {
    struct Case {
        std::string_view provider;
        FaultWords words;
        FailureKind kind;
    };
    Case const cases[] = {
        {"kimi", {429, "rate_limit_reached_error"}, FailureKind::rate},
        {"kimi", {429, "engine_overloaded_error"}, FailureKind::rate},
        {"kimi", {429, "exceeded_current_quota_error"}, FailureKind::account_exhausted},
        {"kimi", {401, "invalid_authentication_error"}, FailureKind::authentication},
        {"kimi", {400, "content_filter"}, FailureKind::refused_file},
        {"kimi", {500, "unexpected_output"}, FailureKind::server},
        {"glm", {429, "", "1302"}, FailureKind::rate},
        {"glm", {429, "", "1303"}, FailureKind::rate},
        {"glm", {429, "", "1305"}, FailureKind::rate},
        {"glm", {429, "", "1312"}, FailureKind::rate},
        {"glm", {429, "", "1113"}, FailureKind::account_exhausted},
        {"glm", {429, "", "1304"}, FailureKind::account_exhausted},
        {"glm", {429, "", "1308"}, FailureKind::account_exhausted},
        {"glm", {429, "", "1310"}, FailureKind::account_exhausted},
        {"glm", {429, "", "1120"}, FailureKind::server},
        {"glm", {401, "", "1003"}, FailureKind::authentication},
        {"glm", {400, "", "1301"}, FailureKind::refused_file},
        {"glm", {434}, FailureKind::authentication},
        {"glm", {435}, FailureKind::refused_file},
        {"glm", {500, "", "1234"}, FailureKind::server},
        {"openai", {429, "requests"}, FailureKind::rate},
        {"openai", {429, "tokens"}, FailureKind::rate},
        {"openai", {429, "", "insufficient_quota"}, FailureKind::account_exhausted},
        {"openai", {503, "", "slow_down"}, FailureKind::rate},
        {"openai", {503, "server_error", "server_is_overloaded"}, FailureKind::rate},
    };
    for (auto const& [provider, words, kind] : cases) {
        auto const contract = builtin(provider);
        auto const& dialect = dialect_of(contract.id_shape);
        ASSERT_NE(dialect.find_fault(words), nullptr) << provider << words.type << words.code;
        EXPECT_EQ(classify(contract, dialect.fault(words)), kind)
            << provider << words.type << words.code;
    }
}

TEST(dialects, fall_back_on_a_plain_answer_for_words_they_do_not_have) {
    auto const& kimi = kimi_dialect();
    EXPECT_EQ(kimi.find_fault({429, "insufficient_quota"}), nullptr);
    EXPECT_EQ(kimi.find_fault({430}), nullptr);
    EXPECT_EQ(kimi.find_fault({429, "engine_overloaded_error", "1"}), nullptr);
    EXPECT_EQ(kimi.fault({429, "insufficient_quota"}).status, 429);
    EXPECT_EQ(kimi.find_fault({429})->type, "rate_limit_reached_error");
}

TEST(dialects, have_words_for_every_trouble) {
    for (auto const* const dialect : {&kimi_dialect(), &glm_dialect(), &openai_dialect()}) {
        for (int i = 0; i <= static_cast<int>(Trouble::wrong_method); ++i) {
            auto const response =
                dialect->refuse({.trouble = static_cast<Trouble>(i), .value = "a", .accepted = {}});
            EXPECT_GE(response.status, 400) << i;
            auto const body = boost::json::parse(std::get<std::string>(response.body));
            auto const message = body.at("error").at("message").as_string();
            EXPECT_FALSE(message.empty()) << i;
            EXPECT_EQ(message.find('{'), boost::json::string::npos) << i;
        }
    }
}

TEST(dialects, repeat_only_short_valid_text) {
    auto const message = [](std::string value) {
        auto const response =
            openai_dialect().refuse({.trouble = Trouble::no_such_file, .value = std::move(value)});
        return boost::json::parse(std::get<std::string>(response.body)).at("error").at("message");
    };
    EXPECT_EQ(message("a\"{}\n"), "No such File object: a\"{}\n");
    EXPECT_EQ(message("\xff"), "No such File object: (unprintable)");
    EXPECT_EQ(message(std::string(257, 'x')), "No such File object: (unprintable)");
}

TEST(megabytes, are_told_as_the_provider_would) {
    EXPECT_EQ(megabytes(100 << 20), "100MB");
    EXPECT_EQ(megabytes(100'000'000), "100MB");
    EXPECT_EQ(megabytes(1'234), "1234B");
}

}  // namespace
}  // namespace filegate::sandbox
