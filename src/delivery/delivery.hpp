#pragma once
// Blob -> a provider that works. Chooses, tries, backs off, moves on. What must be remembered goes
// through the Journal, because delivery knows no catalog.

#include "base/digest.hpp"
#include "base/keyed_mutex.hpp"
#include "delivery/choose_provider.hpp"
#include "delivery/upload_run.hpp"

namespace filegate::delivery {

struct Parcel {
    FileFacts facts;
    Sha256Digest sha256;
    ReopenableBody const* body = nullptr;
    Preference wish;
    Deadline deadline = no_deadline;
    std::string trace_id;
};

// A placement as delivery knows it; the journal gives it its id.
struct Placed {
    Account const* account = nullptr;
    WirePurpose purpose;
    Sha256Digest sha256;
    ProviderFile file;
    std::optional<WallTime> expires_at;
};

// What delivery asks of the catalog's keeper. Implemented by gateway over the catalog.
class Journal {
public:
    virtual ~Journal() = default;

    // A live placement of these bytes under this account and purpose: linked to the parcel's file,
    // and nothing is sent. True when there was one.
    virtual Task<Result<bool>> reuse(Account const& account, WirePurpose const& purpose) = 0;
    // Before the provider is asked / after it said yes / when it certainly has no copy. An intent
    // that is left open is recovery's to look into.
    virtual Task<Result<IntentId>> begin(Account const& account, WirePurpose const& purpose) = 0;
    virtual Task<Result<void>> finish(IntentId const& intent, Placed const& placed) = 0;
    virtual Task<Result<void>> abandon(IntentId const& intent) = 0;
    virtual Task<Result<void>> remember_purpose(Account const& account, Purpose const& asked,
                                                WirePurpose const& worked) = 0;
};

// What became of one named provider (or of auto as a whole).
struct Outcome {
    ProviderName provider;
    std::optional<Error> failure;  // none: placed or reused
};

// Any executor may deliver; `http`, `clock` and `random` outlive this, contracts the accounts.
class Delivery {
public:
    Delivery(std::vector<Account> accounts, net::HttpClient& http, Clock const& clock,
             Random& random, DeliveryOptions options);

    // One outcome per named provider, or a single one for auto. Fails as a whole only when the wish
    // itself is wrong. At most one delivery per (account, wire purpose, sha256) runs at a time.
    Task<Result<std::vector<Outcome>>> deliver(Parcel const& parcel, Journal& journal);

    Result<void> check_preference(Preference const& wish) const;
    Task<ProviderResult<void>> remove(ProviderName const& provider, AccountName const& account,
                                      ProviderFileId const& id);

    // What worked before, told once at start from the catalog.
    void recall_purpose(ProviderName const& provider, AccountName const& account,
                        Purpose const& asked, WirePurpose const& worked);

    std::vector<Account> const& accounts() const { return accounts_; }

private:
    using Action = RetryDecision::Action;
    // How placing ended, and where the search goes on after a failure.
    struct End {
        std::optional<Error> failure;  // none: placed or reused
        Action next = Action::give_up;
    };
    struct Work;

    std::vector<AccountView> views(Preference const& wish) const;
    AccountState state_of(Account const& account, std::optional<Purpose> const& asked) const;
    Task<Outcome> place_automatically(Work const& work);
    Task<std::optional<Outcome>> reuse_any(Work const& work,
                                           std::vector<Candidate> const& candidates);
    Task<void> place_named(Work const* work, Outcome* outcome);
    Task<Result<std::vector<Outcome>>> place_at_each(Work const& work);
    Task<End> place_at(Work const& work, Candidate const& candidate);
    Task<End> place_as(Work const& work, Account const& account, WirePurpose const& word);
    Task<End> send(Work const& work, Account const& account, WirePurpose const& word);
    Task<End> finish(Work const& work, Account const& account, WirePurpose const& word,
                     IntentId const& intent, ProviderFile const& file);
    Task<Result<KeyedMutex::Hold>> lock(std::string key);
    Task<void> remember(Work const& work, Account const& account, WirePurpose const& worked);

    using MemoryKey = std::tuple<ProviderName, AccountName, Purpose>;

    std::vector<Account> accounts_;
    ProviderClient client_;
    Clock const& clock_;
    Random& random_;
    DeliveryOptions options_;
    KeyedMutex running_;
    CopyWatch copies_;
    mutable std::mutex mutex_;  // of what follows; deliveries run on several loops
    std::map<MemoryKey, WirePurpose> remembered_;
};

}  // namespace filegate::delivery
