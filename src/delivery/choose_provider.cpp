#include "delivery/choose_provider.hpp"

#include <set>

namespace filegate::delivery {
namespace {

using contracts::CallerPurposeRule;
using contracts::Contract;
using contracts::WirePurposeRule;

constexpr std::size_t listed_endings_max = 12;

enum class Asked : std::uint8_t { by_name, automatically };

// Why one account does not take the file.
struct Refusal {
    ErrorCode code = ErrorCode::all_providers_unavailable;
    std::string reason;
};
using Verdict = std::expected<Candidate, Refusal>;

std::vector<WirePurpose> const* find_words(std::vector<CallerPurposeRule> const& rules,
                                           Purpose const& word) {
    auto const found = std::ranges::find(rules, word, &CallerPurposeRule::word);
    return found == rules.end() ? nullptr : &found->wire;
}

// The wire words for what the caller asks, best first; empty: the purpose is not valid here.
std::vector<WirePurpose> wire_words(Contract const& contract, std::optional<Purpose> const& asked,
                                    Asked how) {
    if (how == Asked::automatically) {
        auto const& word = asked.value_or(contract.default_purpose);
        if (auto const* const words = find_words(contract.auto_purposes, word)) return *words;
        if (asked) return {};
    }
    auto const& word = asked.value_or(contract.default_purpose);
    if (auto const* const words = find_words(contract.caller_purposes, word)) return *words;
    WirePurpose const as_is(word.text());
    if (contract.find_wire(as_is)) return {as_is};
    return {};
}

std::string join_unique(std::vector<std::string> const& words) {
    std::set<std::string_view> seen;
    std::vector<std::string_view> once;
    for (auto const& word : words) {
        if (seen.insert(word).second) once.push_back(word);
    }
    return fmt::format("{}", fmt::join(once, ", "));
}

std::string valid_words_of(Contract const& contract) {
    std::vector<std::string> words;
    for (auto const& rule : contract.caller_purposes)
        words.push_back(rule.word.text());
    for (auto const& rule : contract.wire_purposes)
        words.push_back(rule.word.text());
    return join_unique(words);
}

std::vector<std::string> auto_words_of(std::span<AccountView const> configured) {
    std::vector<std::string> words;
    auto const add = [&](Contract const& contract) {
        for (auto const& rule : contract.auto_purposes)
            words.push_back(rule.word.text());
    };
    for (auto const& view : configured)
        add(*view.account->contract);
    if (configured.empty()) std::ranges::for_each(contracts::builtin_contracts(), add);
    return words;
}

std::unexpected<Error> invalid_purpose(Purpose const& asked, std::string const& valid,
                                       std::string const& provider) {
    auto const where = provider.empty() ? std::string("provider=auto") : "provider " + provider;
    return fail(Error{.code = ErrorCode::invalid_purpose,
                      .message = fmt::format("Purpose \"{}\" is not one that {} takes. Use one "
                                             "of: {}.",
                                             asked.text(), where, valid),
                      .param = "purpose",
                      .provider = provider});
}

std::unexpected<Error> unknown_provider(std::span<AccountView const> configured,
                                        ProviderName const& name) {
    std::vector<std::string> names;
    for (auto const& view : configured)
        names.push_back(view.account->contract->name.text());
    auto const hint = names.empty() ? std::string(
                                          "no provider is configured: set KIMI_API_KEY, "
                                          "GLM_API_KEY or OPENAI_API_KEY")
                                    : "configured: " + join_unique(names);
    return fail(
        Error{.code = ErrorCode::unknown_provider,
              .message = fmt::format("Provider \"{}\" is not configured ({}).", name.text(), hint),
              .param = "provider"});
}

std::string takes_what(WirePurposeRule const& rule) {
    auto const& formats = rule.formats;
    auto const& list = formats.extensions.empty() ? formats.mime_prefixes : formats.extensions;
    auto const shown = std::min(list.size(), listed_endings_max);
    auto text = fmt::format("{}", fmt::join(list.begin(), list.begin() + shown, ", "));
    if (shown < list.size()) text += fmt::format(" and {} more", list.size() - shown);
    return text;
}

// Collects, word by word, which ones take the file; remembers the best reason why not.
struct WordSieve {
    Contract const& contract;
    FileFacts const& file;
    std::vector<WirePurpose> taking;
    std::optional<std::uint64_t> largest_limit;
    WirePurpose largest_word;
    WirePurposeRule const* other_type = nullptr;

    void sift(WirePurpose const& word) {
        auto const* const rule = contract.find_wire(word);
        if (!rule) return;
        if (!rule->formats.takes(file.name, file.mime_type)) {
            if (!other_type) other_type = rule;
            return;
        }
        auto const limit = rule->bytes_max_of(file.mime_type);
        if (!limit || file.bytes <= *limit) {
            taking.push_back(word);
        } else if (!largest_limit || *limit > *largest_limit) {
            largest_limit = limit;
            largest_word = word;
        }
    }

    Refusal refusal() const {
        auto const& provider = contract.name.text();
        if (largest_limit) {
            return {ErrorCode::file_too_large,
                    fmt::format("{} takes at most {} bytes as {}", provider, *largest_limit,
                                largest_word.text())};
        }
        if (!other_type) return {ErrorCode::invalid_purpose, provider + " has no such purpose"};
        return {ErrorCode::invalid_file_type,
                fmt::format("{} takes {} as {}", provider, takes_what(*other_type),
                            other_type->word.text())};
    }
};

Verdict judge(AccountView const& view, FileFacts const& file, std::optional<Purpose> const& asked,
              Asked how) {
    auto const& contract = *view.account->contract;
    auto const words = wire_words(contract, asked, how);
    if (words.empty()) {
        return std::unexpected(
            Refusal{ErrorCode::invalid_purpose,
                    fmt::format("{} takes no purpose \"{}\"", contract.name.text(),
                                asked.value_or(Purpose()).text())});
    }
    WordSieve sieve{contract, file, {}, {}, {}, nullptr};
    std::ranges::for_each(words, [&](WirePurpose const& word) { sieve.sift(word); });
    if (sieve.taking.empty()) return std::unexpected(sieve.refusal());
    auto& taking = sieve.taking;
    if (view.state.remembered) {
        auto const worked = std::ranges::find(taking, *view.state.remembered);
        if (worked != taking.end()) std::rotate(taking.begin(), worked, worked + 1);
    }
    return Candidate{view.account, std::move(taking), view.state.is_open};
}

std::string shown_file(FileFacts const& file) {
    return fmt::format("\"{}\" ({}, {} bytes)", file.name,
                       file.mime_type.empty() ? "type unknown" : file.mime_type, file.bytes);
}

std::string_view advice(ErrorCode code) {
    if (code == ErrorCode::file_too_large) {
        return "Send a smaller file, or configure a provider that takes it.";
    }
    if (code == ErrorCode::invalid_file_type) {
        return "Convert the file, choose another purpose, or configure a provider that takes it.";
    }
    return "Try again later, or configure another provider.";
}

Error nobody_takes(FileFacts const& file, std::span<Refusal const> refusals) {
    if (refusals.empty()) {
        return {.code = ErrorCode::all_providers_unavailable,
                .message =
                    "No provider is configured: set KIMI_API_KEY, GLM_API_KEY or "
                    "OPENAI_API_KEY, or add a provider to the configuration."};
    }
    std::vector<std::string_view> reasons;
    for (auto const& refusal : refusals)
        reasons.push_back(refusal.reason);
    auto const code = refusals.front().code;
    auto const is_common =
        std::ranges::all_of(refusals, [&](auto const& r) { return r.code == code; });
    Error error{.code = is_common ? code : ErrorCode::all_providers_unavailable};
    error.message = fmt::format("No configured provider takes {}: {}. {}", shown_file(file),
                                fmt::join(reasons, "; "), advice(error.code));
    return error;
}

Result<std::vector<Candidate>> choose_automatically(std::span<AccountView const> configured,
                                                    FileFacts const& file,
                                                    std::optional<Purpose> const& asked) {
    std::vector<Candidate> candidates;
    std::vector<Candidate> open;
    std::vector<Refusal> refusals;
    for (auto const& view : configured) {
        auto verdict = judge(view, file, asked, Asked::automatically);
        if (verdict) {
            (verdict->is_open ? open : candidates).push_back(*std::move(verdict));
        } else {
            refusals.push_back(std::move(verdict).error());
        }
    }
    std::ranges::move(open, std::back_inserter(candidates));
    if (candidates.empty()) return fail(nobody_takes(file, refusals));
    return candidates;
}

// The first account under that name that takes the file, best one whose breaker is closed; else why
// the last one does not.
Result<Candidate> choose_named(std::span<AccountView const> configured, FileFacts const& file,
                               std::optional<Purpose> const& asked, ProviderName const& name) {
    Refusal last;
    std::optional<Candidate> open;
    for (auto const& view : configured) {
        if (view.account->contract->name != name) continue;
        auto verdict = judge(view, file, asked, Asked::by_name);
        if (!verdict) {
            last = std::move(verdict).error();
        } else if (!verdict->is_open) {
            return *std::move(verdict);
        } else if (!open) {
            open = *std::move(verdict);
        }
    }
    if (open) return *std::move(open);
    return fail(Error{.code = last.code,
                      .message = fmt::format("{}; the file is {}. {}", last.reason,
                                             shown_file(file), advice(last.code)),
                      .provider = name.text()});
}

Result<void> check_named(std::span<AccountView const> configured, ProviderName const& name,
                         std::optional<Purpose> const& asked) {
    auto const is_named = [&](auto const& view) { return view.account->contract->name == name; };
    auto const found = std::ranges::find_if(configured, is_named);
    if (found == configured.end()) return unknown_provider(configured, name);
    auto const& contract = *found->account->contract;
    if (wire_words(contract, asked, Asked::by_name).empty()) {
        return invalid_purpose(asked.value_or(Purpose()), valid_words_of(contract), name.text());
    }
    return {};
}

}  // namespace

Result<void> check_preference(std::span<AccountView const> configured, Preference const& wish) {
    for (auto const& name : wish.providers)
        TRY(check_named(configured, name, wish.purpose));
    if (!wish.providers.empty() || !wish.purpose) return {};
    auto const words = auto_words_of(configured);
    if (std::ranges::find(words, wish.purpose->text()) != words.end()) return {};
    return invalid_purpose(*wish.purpose, join_unique(words), "");
}

Result<std::vector<Candidate>> choose_providers(std::span<AccountView const> configured,
                                                FileFacts const& file, Preference const& wish) {
    TRY(check_preference(configured, wish));
    if (wish.providers.empty()) return choose_automatically(configured, file, wish.purpose);
    std::vector<Candidate> candidates;
    std::set<ProviderName> seen;
    for (auto const& name : wish.providers) {
        if (!seen.insert(name).second) continue;
        TRY(auto candidate, choose_named(configured, file, wish.purpose, name));
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

}  // namespace filegate::delivery
