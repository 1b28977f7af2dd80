#pragma once
// For tests: providers behind a fake HttpClient, on the awaiting loop's time. Strict: it parses the
// multipart it gets and fails the test on anything a real server might refuse. Faults are scripted
// per host and method.

#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "delivery/delivery.hpp"

namespace filegate::delivery {

struct FakeFault {
    enum class Kind : std::uint8_t {
        none,
        answer,         // `answer` as it stands
        transport,      // `transport` as it stands; nothing is kept
        lost_answer,    // the file is kept, the connection breaks
        hang,           // no answer before the deadline; nothing is kept
        no_id,          // kept; a success whose body says nothing
        wrong_bytes,    // kept and told with one byte less
        failed_status,  // kept with status "error"
        read_half,      // reads half of the body, then the connection breaks
    };
    Kind kind = Kind::none;
    net::ClientResponse answer;
    net::TransportFailure transport;
};

struct StoredCopy {
    std::string host;
    std::string id;
    std::string filename;
    std::string mime_type;
    std::string purpose;
    std::string content;
    WallTime created_at;
};

class FakeProvider final : public net::HttpClient {
public:
    explicit FakeProvider(Clock const& clock) : clock_(clock) {}

    Task<net::ClientResult> send(net::ClientRequest request) override;

    void will(std::string const& host, std::string const& method, FakeFault fault) {
        faults_[host + method].push_back(std::move(fault));
    }
    // Every upload over `place` ("glm/native") fails so, until it is up again.
    void goes_down(std::string const& place, FakeFault fault) { down_[place] = std::move(fault); }
    void forgets_faults() { faults_.clear(); }  // the scripted ones
    void comes_up(std::string const& place) { down_.erase(place); }
    // `host` or `host/transport`.
    int calls(std::string const& host, std::string const& method) const {
        auto const found = calls_.find(host + method);
        return found == calls_.end() ? 0 : found->second;
    }

    seconds latency{1};
    std::vector<StoredCopy> copies;
    std::set<std::string> refused_purposes;  // answered with Kimi's words
    std::function<FakeFault(std::string const& method)> fault_by_chance;  // when none is scripted
    bool renames = false;                                                 // as Kimi does
    std::vector<net::ClientRequest> seen;                                 // bodies are gone by then

private:
    FakeFault next_fault(std::string const& host, std::string const& method,
                         std::string const& transport);
    Task<net::ClientResult> upload(std::string host, net::ClientRequest const& request,
                                   FakeFault fault);
    net::ClientResult list(std::string const& host);
    net::ClientResult remove(std::string const& host, std::string const& id);

    Clock const& clock_;
    std::map<std::string, std::deque<FakeFault>> faults_;
    std::map<std::string, int> calls_;
    std::map<std::string, FakeFault> down_;
    int last_id_ = 0;
};

FakeFault answers(int status, std::string body, net::Headers headers = {});
FakeFault breaks(net::TransportFailure::Stage stage, bool is_timeout = false);
FakeFault fault(FakeFault::Kind kind);

struct FakeIntent {
    std::string key;    // provider/account/purpose/sha256
    std::string place;  // provider/account/purpose
    OpenIntent intent;
};

// The catalog's part, shared by several journals.
struct FakeCatalog {
    std::map<std::string, Placed> live;  // provider/account/purpose/sha256
    std::map<IntentId, FakeIntent> open_intents;
    std::vector<Placed> discarded;
    std::map<std::string, std::string> remembered;  // provider/purpose -> word
    seconds latency{0};                             // of each call
    int calls = 0;
    int last_intent = 0;
    std::optional<int> failing_call;                            // counted from 1
    std::function<void(std::string const& key)> before_finish;  // another node at work
};

class FakeJournal final : public Journal {
public:
    FakeJournal(FakeCatalog& catalog, Clock const& clock, Parcel const& parcel)
        : catalog_(catalog),
          clock_(clock),
          sha256_(parcel.sha256),
          filename_(parcel.facts.name),
          bytes_(parcel.facts.bytes) {}

    Task<Result<bool>> reuse(Account const& account, WirePurpose const& purpose) override;
    Task<Result<OpenIntent>> begin(Account const& account, WirePurpose const& purpose) override;
    Task<Result<void>> finish(IntentId const& intent, Placed const& placed) override;
    Task<Result<void>> abandon(IntentId const& intent) override;
    Task<Result<void>> discard(IntentId const& intent, Placed const& placed) override;
    Task<Result<std::vector<OpenIntent>>> left_open(Account const& account,
                                                    WirePurpose const& purpose) override;
    Task<Result<CopyKnowledge>> knowledge_of(Account const& account, WirePurpose const& purpose,
                                             OpenIntent const& own,
                                             std::vector<ProviderFileId> listed) override;
    Task<Result<void>> remember_purpose(Account const& account, Purpose const& asked,
                                        WirePurpose const& worked) override;

private:
    Task<Result<void>> step();
    std::string key(Account const& account, WirePurpose const& purpose) const;

    FakeCatalog& catalog_;
    Clock const& clock_;
    Sha256Digest sha256_;
    std::string filename_;
    std::uint64_t bytes_;
};

}  // namespace filegate::delivery
