#pragma once
// Could a file in a provider's list be the copy that an open intent asks about? Providers tell
// name, size, purpose and time, not a digest. Pure.

#include "delivery/journal.hpp"

namespace filegate::delivery {

// Equal, or one is the other as a provider renames what it has already: "report (1).pdf"
// (docs/providers.md 2.2).
bool names_may_be_equal(std::string_view a, std::string_view b);

// Of the same size and name, under the purpose, and not made before the upload began by either
// clock. An intent from the future (our clock was set back since) matches whatever the time.
bool may_be_copy_of(OpenIntent const& intent, WirePurpose const& purpose, ProviderFile const& file,
                    ProviderList const& list);

}  // namespace filegate::delivery
