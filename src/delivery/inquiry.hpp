#pragma once
// What became of an upload whose answer was lost, as far as the provider's list and the catalog can
// tell. Used between two tries, before a new delivery, and by recovery.

#include "delivery/copy_match.hpp"

namespace filegate::delivery {

struct Finding {
    enum class Answer : std::uint8_t {
        found,    // `copies` can only be of these bytes
        unclear,  // `copies` may also be of other bytes that look the same
        absent,   // nothing in the list fits; a slow provider may still be at work
    };
    Answer answer = Answer::absent;
    // Those that fit and that no placement has, oldest first: the oldest belongs to the oldest
    // intent, and what is left to the younger ones.
    std::vector<ProviderFile> copies;
    std::optional<WallTime> newest_rival_at;  // when unclear
};

// `list` was read at the account before this is called.
Task<Result<Finding>> inquire(Account const& account, WirePurpose const& purpose,
                              OpenIntent const& intent, ProviderList const& list, Journal& journal);

}  // namespace filegate::delivery
