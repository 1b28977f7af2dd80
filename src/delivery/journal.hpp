#pragma once
// What delivery asks of the catalog's keeper, for one file's bytes. Implemented by gateway over the
// catalog; delivery knows no catalog.

#include <set>

#include "base/digest.hpp"
#include "base/task.hpp"
#include "delivery/provider_client.hpp"

namespace filegate::delivery {

// A placement as delivery knows it; the journal gives it its id.
struct Placed {
    Account const* account = nullptr;
    WirePurpose purpose;
    Sha256Digest sha256;
    ProviderFile file;
    std::optional<WallTime> expires_at;
};

// With the time at which the provider's retention ends, when it has one.
Placed placed_copy(Account const& account, WirePurpose const& purpose, Sha256Digest const& sha256,
                   ProviderFile file, WallTime now);

// An upload that was begun and whose end is not known: the provider may have its copy.
struct OpenIntent {
    IntentId id;
    std::string filename;  // as sent
    std::uint64_t bytes = 0;
    WallTime started_at;
};

// What the catalog knows about files that a provider listed. To be asked after the list was read:
// then whatever it shows was written down before, as a placement or as an open intent.
struct CopyKnowledge {
    std::set<ProviderFileId> recorded;  // those that are some placement's
    // The start of the youngest open intent of other bytes whose copy would look the same (equal
    // size, equal name but for a number): what is not recorded may be its copy. None: no such.
    std::optional<WallTime> newest_rival_at;
};

class Journal {
public:
    virtual ~Journal() = default;

    // A live placement of these bytes under this account and purpose: linked to the parcel's file,
    // and nothing is sent. True when there was one.
    virtual Task<Result<bool>> reuse(Account const& account, WirePurpose const& purpose) = 0;
    // Before the provider is asked / after it said yes / when it certainly has no copy. An intent
    // that is left open is recovery's to look into.
    virtual Task<Result<OpenIntent>> begin(Account const& account, WirePurpose const& purpose) = 0;
    virtual Task<Result<void>> finish(IntentId const& intent, Placed const& placed) = 0;
    virtual Task<Result<void>> abandon(IntentId const& intent) = 0;
    // The provider made a copy that must not be used (`placed.file`): recorded as one to remove,
    // and the intent is closed.
    virtual Task<Result<void>> discard(IntentId const& intent, Placed const& placed) = 0;

    // Those left open by earlier deliveries of these very bytes, oldest first. Whoever holds the
    // lease of (account, purpose, bytes) is the only one at work on them.
    virtual Task<Result<std::vector<OpenIntent>>> left_open(Account const& account,
                                                            WirePurpose const& purpose) = 0;
    virtual Task<Result<CopyKnowledge>> knowledge_of(Account const& account,
                                                     WirePurpose const& purpose,
                                                     OpenIntent const& own,
                                                     std::vector<ProviderFileId> listed) = 0;
    virtual Task<Result<void>> remember_purpose(Account const& account, Purpose const& asked,
                                                WirePurpose const& worked) = 0;
};

}  // namespace filegate::delivery
