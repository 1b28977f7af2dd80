#pragma once
// Could a file in a provider's list be the copy that an open intent asks about? Providers tell
// name, size, purpose and time, not a digest. Pure.

#include "delivery/journal.hpp"

namespace filegate::delivery {

// Equal, or one is the other as a provider renames what it has already: "report (1).pdf"
// (docs/providers.md 2.2).
bool names_may_be_equal(std::string_view a, std::string_view b);

// The longest that an upload may take from its intent to the copy.
inline constexpr std::chrono::hours copy_window{1};

// Of the same size and name, under the purpose, and made between the begin of the upload and the
// end of the window: by our clock, when the provider's Date header lets us correct its own.
bool may_be_copy_of(OpenIntent const& intent, WirePurpose const& purpose, ProviderFile const& file,
                    ProviderList const& list);

}  // namespace filegate::delivery
