#include "delivery/choose_provider.hpp"

#include <gtest/gtest.h>

namespace filegate::delivery {
namespace {

constexpr std::uint64_t mib = 1 << 20;

contracts::Contract const& contract_named(std::string_view name) {
    for (auto const& contract : contracts::builtin_contracts()) {
        if (contract.name.text() == name) return contract;
    }
    throw std::logic_error("no such contract");
}

// Accounts and their state, in configured order: "kimi glm!" is kimi and glm with an open breaker.
class Configured {
public:
    explicit Configured(std::string_view text) {
        std::istringstream words{std::string(text)};
        for (std::string word; words >> word;) {
            auto const is_open = word.ends_with('!');
            if (is_open) word.pop_back();
            auto const& contract = contract_named(word);
            accounts_.push_back({&contract, AccountName("main"), Secret("k"), contract.base_url});
            views_.push_back({nullptr, {.is_open = is_open}});
        }
        for (std::size_t i = 0; i < views_.size(); ++i)
            views_[i].account = &accounts_[i];
    }
    std::vector<AccountView>& views() { return views_; }

private:
    std::vector<Account> accounts_;
    std::vector<AccountView> views_;
};

Preference wish_of(std::string_view providers, std::string_view purpose) {
    Preference wish;
    std::istringstream words{std::string(providers)};
    for (std::string word; words >> word;)
        wish.providers.emplace_back(word);
    if (!purpose.empty()) wish.purpose = Purpose(std::string(purpose));
    return wish;
}

std::string shown(std::vector<Candidate> const& candidates) {
    std::string text;
    for (auto const& candidate : candidates) {
        if (!text.empty()) text += " | ";
        text += candidate.account->contract->name.text() + (candidate.is_open ? "!:" : ":");
        for (auto const& word : candidate.purposes)
            text += " " + word.text();
    }
    return text;
}

struct Case {
    std::string_view what;
    std::string_view configured;
    std::string_view wished;
    std::string_view purpose;
    FileFacts file;
    std::string_view expected;  // candidates, or the error's number
};

FileFacts file_of(std::string name, std::string mime, std::uint64_t bytes = 100) {
    return {bytes, std::move(name), std::move(mime)};
}
FileFacts const pdf = file_of("a.pdf", "application/pdf");
FileFacts const big_pdf = file_of("a.pdf", "application/pdf", 200 * mib);
FileFacts const text_file = file_of("a.txt", "text/plain");
FileFacts const png = file_of("a.png", "image/png");
FileFacts const jsonl = file_of("a.jsonl", "application/x-ndjson");
FileFacts const zip = file_of("a.zip", "application/zip");

class choosing : public testing::TestWithParam<Case> {};

TEST_P(choosing, gives_the_candidates_or_the_error_of_the_table) {
    auto const& row = GetParam();
    Configured configured(row.configured);
    auto const chosen =
        choose_providers(configured.views(), row.file, wish_of(row.wished, row.purpose));
    auto const seen =
        chosen ? shown(*chosen) : fmt::format("{}", static_cast<int>(chosen.error().code));
    EXPECT_EQ(seen, row.expected) << row.what << (chosen ? "" : "\n" + chosen.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    automatically, choosing,
    testing::Values(
        Case{"configured order", "kimi glm", "", "", pdf,
             "kimi: file-extract assistants | glm: user_data agent file"},
        Case{"the other order", "glm kimi", "", "", pdf,
             "glm: user_data agent file | kimi: file-extract assistants"},
        Case{"every provider's own default", "openai", "", "", pdf, "openai: user_data"},
        Case{"those whose breaker is open go last", "kimi! glm", "", "", pdf,
             "glm: user_data agent file | kimi!: file-extract assistants"},
        Case{"every breaker is open", "kimi! glm!", "", "", pdf,
             "kimi!: file-extract assistants | glm!: user_data agent file"},
        Case{"formats filter the words", "kimi glm", "", "", text_file,
             "kimi: file-extract assistants | glm: agent file"},
        Case{"an image", "kimi glm openai", "", "vision", png,
             "kimi: image vision | glm: agent file | openai: vision"},
        Case{"an image as user_data", "kimi", "", "user_data", png, "kimi: image assistants"},
        Case{"an image without a purpose", "kimi glm", "", "", png,
             "kimi: image assistants | glm: agent file"},
        Case{"a batch", "kimi glm openai", "", "batch", jsonl,
             "kimi: batch | glm: batch | openai: batch"},
        Case{"fine-tuning", "kimi glm openai", "", "fine-tune", jsonl,
             "kimi: fine-tune | glm: fine-tune | openai: fine-tune"},
        Case{"size: kimi does not take it, glm takes user_data", "kimi glm openai", "", "user_data",
             big_pdf, "glm: user_data | openai: user_data"},
        Case{"never by size alone", "openai kimi", "", "", pdf,
             "openai: user_data | kimi: file-extract assistants"},
        Case{"nobody takes the size", "kimi openai", "", "",
             file_of("a.pdf", "application/pdf", 512 * mib + 1), "1003"},
        Case{"nobody takes the type", "kimi glm", "", "", zip, "1002"},
        Case{"one refuses the size, one is open", "kimi openai!", "", "", big_pdf,
             "openai!: user_data"},
        Case{"openai takes any type", "kimi glm openai", "", "", zip, "openai: user_data"},
        Case{"nobody is configured", "", "", "", pdf, "3004"},
        Case{"an OpenAI word beyond the five", "kimi openai", "", "evals", pdf, "3005"},
        Case{"a wire word is nobody's word", "kimi", "", "file-extract", pdf, "3005"},
        Case{"nonsense", "kimi", "", "nonsense", pdf, "3005"},
        Case{"nonsense, nobody configured", "", "", "nonsense", pdf, "3005"}));

INSTANTIATE_TEST_SUITE_P(
    by_name, choosing,
    testing::Values(
        Case{"one", "kimi glm", "glm", "", pdf, "glm: user_data agent file"},
        Case{"several, in the caller's order", "kimi glm openai", "openai kimi", "", pdf,
             "openai: user_data | kimi: file-extract assistants"},
        Case{"twice the same", "kimi glm", "glm glm", "", pdf, "glm: user_data agent file"},
        Case{"its own list: kimi", "kimi", "kimi", "fine-tune", jsonl, "kimi: fine-tune"},
        Case{"its own list: user_data is not kimi's", "kimi", "kimi", "user_data", pdf, "3005"},
        Case{"its own list: glm takes file alone", "glm", "glm", "assistants", pdf, "3005"},
        Case{"its own list: glm's file", "glm", "glm", "file", pdf, "glm: user_data agent file"},
        Case{"its own list: openai's six", "openai", "openai", "evals", pdf, "openai: evals"},
        Case{"a wire word", "kimi", "kimi", "file-extract", pdf, "kimi: file-extract"},
        Case{"a wire word of glm", "glm", "glm", "agent", text_file, "glm: agent"},
        Case{"another provider's wire word", "glm", "glm", "file-extract", pdf, "3005"},
        Case{"valid for one of two", "kimi glm", "kimi glm", "assistants", pdf, "3005"},
        Case{"not configured", "kimi", "glm", "", pdf, "3008"},
        Case{"unknown", "kimi", "nobody", "", pdf, "3008"},
        Case{"its breaker is open: it may have the bytes", "kimi! glm", "kimi", "", pdf,
             "kimi!: file-extract assistants"},
        Case{"too large", "kimi", "kimi", "", big_pdf, "1003"},
        Case{"a type it does not take", "kimi", "kimi", "", zip, "1002"},
        Case{"video", "kimi", "kimi", "vision", file_of("a.mp4", "video/mp4"),
             "kimi: video vision"},
        Case{"an extension in capitals", "kimi", "kimi", "", file_of("A.PDF", ""),
             "kimi: file-extract assistants"}));

INSTANTIATE_TEST_SUITE_P(
    at_the_limit, choosing,
    testing::Values(
        Case{"kimi N-1", "kimi", "kimi", "", file_of("a.txt", "text/plain", 100 * mib - 1),
             "kimi: file-extract assistants"},
        Case{"kimi N", "kimi", "kimi", "", file_of("a.txt", "text/plain", 100 * mib),
             "kimi: file-extract assistants"},
        Case{"kimi N+1", "kimi", "kimi", "", file_of("a.txt", "text/plain", 100 * mib + 1), "1003"},
        Case{"glm-cn image N", "glm-cn", "glm-cn", "agent", file_of("a.png", "image/png", 5 * mib),
             "glm-cn: agent"},
        Case{"glm-cn image N+1", "glm-cn", "glm-cn", "agent",
             file_of("a.png", "image/png", 5 * mib + 1), "1003"},
        Case{"glm-cn text under its own, larger limit", "glm-cn", "glm-cn", "agent",
             file_of("a.txt", "text/plain", 20 * mib), "glm-cn: agent"},
        Case{"glm-cn: a word with more room comes after", "glm-cn", "glm-cn", "",
             file_of("a.txt", "text/plain", 20 * mib + 1), "glm-cn: file"},
        Case{"openai N", "openai", "openai", "", file_of("a.bin", "", 512 * mib),
             "openai: user_data"},
        Case{"openai batch N+1", "openai", "openai", "batch", file_of("a.jsonl", "", 200 * mib + 1),
             "1003"}));

std::string message_of(std::string_view configured, std::string_view wished,
                       std::string_view purpose, FileFacts const& file) {
    Configured all(configured);
    auto const chosen = choose_providers(all.views(), file, wish_of(wished, purpose));
    return chosen ? "chosen" : chosen.error().message;
}

TEST(choose_provider, an_unknown_provider_is_told_which_are_configured) {
    EXPECT_EQ(message_of("kimi glm", "nobody", "", pdf),
              "Provider \"nobody\" is not configured (configured: kimi, glm).");
    EXPECT_NE(message_of("", "kimi", "", pdf).find("set KIMI_API_KEY"), std::string::npos);
}

TEST(choose_provider, an_invalid_purpose_is_told_the_valid_ones) {
    EXPECT_EQ(message_of("kimi", "", "nonsense", pdf),
              "Purpose \"nonsense\" is not one that provider=auto takes. Use one of: assistants, "
              "user_data, vision, batch, fine-tune.");
    EXPECT_EQ(message_of("glm", "glm", "nonsense", pdf),
              "Purpose \"nonsense\" is not one that provider glm takes. Use one of: file, "
              "user_data, agent, batch, fine-tune.");
}

TEST(choose_provider, each_providers_limit_is_told) {
    auto const message =
        message_of("kimi openai", "", "", file_of("big.pdf", "application/pdf", 1 << 30));
    EXPECT_EQ(message,
              "No configured provider takes \"big.pdf\" (application/pdf, 1073741824 bytes): kimi "
              "takes at most 104857600 bytes as file-extract; openai takes at most 536870912 bytes "
              "as user_data. Send a smaller file, or configure a provider that takes it.");
}

TEST(choose_provider, each_providers_reason_is_told) {
    auto const message = message_of("kimi glm!", "", "", pdf);
    EXPECT_EQ(message, "chosen");
    auto const none = message_of("kimi! glm", "", "", zip);
    EXPECT_NE(none.find("kimi takes .pdf, .txt, .csv"), std::string::npos) << none;
    EXPECT_NE(none.find("and 25 more as file-extract"), std::string::npos) << none;
    EXPECT_NE(none.find("glm takes .pptx, .ppt, .docx, .doc, .xlsx, .xls, .pdf as user_data"),
              std::string::npos)
        << none;
}

TEST(choose_provider, nobody_configured_says_what_to_set) {
    EXPECT_NE(message_of("", "", "", pdf).find("No provider is configured: set KIMI_API_KEY"),
              std::string::npos);
}

TEST(choose_provider, the_word_that_worked_before_goes_first) {
    Configured configured("glm");
    configured.views()[0].state.remembered = WirePurpose("file");
    auto const chosen = choose_providers(configured.views(), pdf, {});
    EXPECT_EQ(shown(chosen.value()), "glm: file user_data agent");
}

TEST(choose_provider, a_remembered_word_that_does_not_take_the_file_is_left_out) {
    Configured configured("glm");
    configured.views()[0].state.remembered = WirePurpose("user_data");
    auto const chosen = choose_providers(configured.views(), text_file, {});
    EXPECT_EQ(shown(chosen.value()), "glm: agent file");
}

TEST(choose_provider, a_second_account_of_the_named_provider_stands_in) {
    Configured configured("kimi! kimi");
    auto const chosen = choose_providers(configured.views(), pdf, wish_of("kimi", ""));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->front().account, configured.views()[1].account);
}

TEST(choose_provider, the_wish_alone_can_be_checked_before_the_file_is_known) {
    Configured configured("kimi! glm");
    EXPECT_TRUE(check_preference(configured.views(), wish_of("", "")));
    EXPECT_TRUE(check_preference(configured.views(), wish_of("kimi", "vision")));
    EXPECT_TRUE(check_preference({}, wish_of("", "assistants")));
    auto const unknown = check_preference(configured.views(), wish_of("kimi nobody", ""));
    EXPECT_EQ(unknown.error().code, ErrorCode::unknown_provider);
    auto const invalid = check_preference(configured.views(), wish_of("kimi glm", "vision"));
    EXPECT_EQ(invalid.error().code, ErrorCode::invalid_purpose);
    EXPECT_EQ(invalid.error().provider, "glm");
    EXPECT_EQ(invalid.error().param, "purpose");
}

}  // namespace
}  // namespace filegate::delivery
