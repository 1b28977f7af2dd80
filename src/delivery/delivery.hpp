#pragma once
// Blob -> a provider that works. Chooses, tries, backs off, moves on. What must be remembered goes
// through the Journal, because delivery knows no catalog.

#include "base/digest.hpp"
#include "base/single_flight.hpp"
#include "coordination/leases.hpp"
#include "delivery/choose_provider.hpp"
#include "delivery/inquiry.hpp"
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

// What became of one named provider (or of auto as a whole).
struct Outcome {
    ProviderName provider;
    std::optional<Error> failure;  // none: placed or reused
};

struct DeliveryParts {
    net::HttpClient& http;
    coordination::Breakers& breakers;
    coordination::Leases& leases;
    Clock const& clock;
    Random& random;
    observe::Log& log;
};

struct TransportHealth {
    AccountName account;
    coordination::BreakerView breaker;
    TrafficRecord traffic;
};

// What makes two deliveries the same, as a lease: nobody else anywhere works on it meanwhile.
coordination::LeaseRequest lease_request(ProviderName const& provider, AccountName const& account,
                                         WirePurpose const& purpose, Sha256Digest const& sha256,
                                         Deadline deadline);

// Any executor may deliver. The parts outlive this, contracts the accounts.
class Delivery {
public:
    Delivery(std::vector<Account> accounts, DeliveryParts parts, DeliveryOptions options);

    // One outcome per named provider, or a single one for auto. Fails as a whole only when the wish
    // itself is wrong. At most one delivery per (account, wire purpose, sha256) runs at a time;
    // whoever asks for the same meanwhile gets its result.
    Task<Result<std::vector<Outcome>>> deliver(Parcel const& parcel, Journal& journal);

    Result<void> check_preference(Preference const& wish) const;

    // For recovery. None of these tries again; without such an account they fail as refused keys.
    Task<ProviderResult<void>> remove(ProviderName const& provider, AccountName const& account,
                                      ProviderFileId const& id);
    Task<ProviderResult<ProviderList>> list(ProviderName const& provider,
                                            AccountName const& account, WirePurpose const& purpose,
                                            WallTime since);
    Account const* find_account(ProviderName const& provider, AccountName const& account) const;

    // One for every transport in use of every account, in configured order.
    std::vector<TransportHealth> health() const;
    // Asks the providers whose breakers wait for a probe, where no upload has come by for a while.
    // On this executor, until cancelled.
    Task<void> probe_periodically();

    // What worked before, told once at start from the catalog.
    void recall_purpose(ProviderName const& provider, AccountName const& account,
                        Purpose const& asked, WirePurpose const& worked);

    std::vector<Account> const& accounts() const { return accounts_; }
    DeliveryOptions const& options() const { return options_; }

private:
    using Action = RetryDecision::Action;
    // How placing ended, and where the search goes on after a failure.
    struct End {
        std::optional<Error> failure;  // none: placed or reused
        Action next = Action::give_up;
        bool is_final = false;  // see UploadEnd
    };
    struct Work;
    using Flights = SingleFlight<End>;

    std::vector<AccountView> views(Preference const& wish) const;
    AccountState state_of(Account const& account, std::optional<Purpose> const& asked) const;
    Task<Outcome> place_automatically(Work const& work);
    Task<std::optional<Outcome>> try_each(Work const& work, std::vector<Candidate>& candidates,
                                          std::vector<Error>& errors);
    Task<bool> pause_before_second_round(Work const& work);
    Task<std::optional<Outcome>> reuse_any(Work const& work,
                                           std::vector<Candidate> const& candidates);
    Task<void> place_named(Work const* work, Outcome* outcome);
    Task<Result<std::vector<Outcome>>> place_at_each(Work const& work);
    Task<End> place_at(Work const& work, Candidate const& candidate);
    Task<End> place_as(Work const& work, Candidate const& candidate, WirePurpose const& word);
    Task<Result<Flights::Turn>> board(std::string key);
    Task<End> place_leading(Work const& work, Candidate const& candidate, WirePurpose const& word);
    Task<End> send(Work const& work, Candidate const& candidate, WirePurpose const& word);
    Task<End> finish(Work const& work, Account const& account, WirePurpose const& word,
                     SentCopy const& copy);
    Task<void> remove_surplus(Work const& work, Account const& account, WirePurpose const& word,
                              SentCopy const& copy);
    Task<void> remember(Work const& work, Account const& account, WirePurpose const& worked);
    Task<void> probe(Account const& account, contracts::Transport transport);
    UploadRunParts run_parts();
    std::vector<Channel> channels_of(Account const& account) const;

    using MemoryKey = std::tuple<ProviderName, AccountName, Purpose>;

    std::vector<Account> accounts_;
    DeliveryParts parts_;
    ProviderClient client_;
    DeliveryOptions options_;
    TransportChoice transports_;
    RetryBudget budget_;
    Traffic traffic_;
    Flights flights_;
    mutable std::mutex mutex_;  // of what follows; deliveries run on several loops
    std::map<MemoryKey, WirePurpose> remembered_;
};

}  // namespace filegate::delivery
