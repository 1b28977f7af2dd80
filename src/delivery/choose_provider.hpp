#pragma once
// Which provider gets the file (SPEC section 4). Pure: facts in, an ordered plan or the reasons
// out.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "delivery/account.hpp"

namespace filegate::delivery {

// What decides about the file.
struct FileFacts {
    std::uint64_t bytes = 0;
    std::string name;
    std::string mime_type;
};

// The caller's wish. `providers` empty: auto. Several: place at each.
struct Preference {
    std::vector<ProviderName> providers;
    std::optional<Purpose> purpose;
};

// One account that takes the file, and the wire words to try in order.
struct Candidate {
    Account const* account = nullptr;
    std::vector<WirePurpose> purposes;  // never empty
    bool is_open = false;               // all its breakers are: it comes after those that work
    bool has_alternative = false;       // another one is tried after it; for whoever tries them
};

// Is the account's breaker closed? What worked before? Asked through this so that choosing is pure.
struct AccountState {
    bool is_open = false;                   // no transport of it is let through now
    std::optional<WirePurpose> remembered;  // the word that worked for this caller's purpose
};

struct AccountView {
    Account const* account = nullptr;
    AccountState state;
};

// With auto: candidates in configured order, to be tried one after the other; those whose breakers
// are open last, for they may have the bytes already. With names: one entry
// per name, in the caller's order; the first name's failure fails nothing else.
// Errors: unknown_provider (lists the configured), invalid_purpose (lists the valid),
// file_too_large / invalid_file_type (a named provider does not take it: its reason),
// all_providers_unavailable (each one's reason).
Result<std::vector<Candidate>> choose_providers(std::span<AccountView const> configured,
                                                FileFacts const& file, Preference const& wish);

// Can the purpose be right at all, before a byte is read? Checks the name and word, not the file.
Result<void> check_preference(std::span<AccountView const> configured, Preference const& wish);

}  // namespace filegate::delivery
