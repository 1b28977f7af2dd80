#pragma once
// Finds the copy that a lost answer may have left at a provider, without ever taking somebody
// else's: providers tell name, size and time of a file, not its digest.

#include <deque>
#include <set>

#include "delivery/provider_client.hpp"

namespace filegate::delivery {

struct SentFile {
    std::string filename;
    std::uint64_t bytes = 0;
    WirePurpose purpose;
    WallTime started_at;
};

// Could this be the copy? The name may have been changed to "name (1).ext" (docs/providers.md 2.2),
// and clocks may differ by a few seconds.
bool is_copy_of(SentFile const& sent, ProviderFile const& listed);

// Which ids are known to belong to other deliveries of this process, and which uploads would look
// the same in a provider's list. Any thread.
class CopyWatch {
public:
    explicit CopyWatch(Clock const& clock) : clock_(clock) {}

    // An upload that is under way, until destruction.
    class Underway {
    public:
        Underway(CopyWatch& watch, Account const& account, SentFile const& sent);
        ~Underway();
        Underway(Underway const&) = delete;
        Underway& operator=(Underway const&) = delete;

        // While in doubt it may have a copy that nobody has the id of. An upload that ends so, even
        // by being cancelled, is remembered.
        void set_in_doubt(bool is_in_doubt) { is_in_doubt_ = is_in_doubt; }

        // Another upload that would look the same is under way, or ended in doubt since this one
        // began: what a list shows may be the other's.
        bool is_ambiguous() const;

    private:
        CopyWatch& watch_;
        std::string key_;
        WallTime started_at_;
        bool is_in_doubt_ = false;
    };

    void add_known(Account const& account, ProviderFileId const& id);
    bool is_known(Account const& account, ProviderFileId const& id) const;

private:
    struct Doubt {
        std::string key;
        WallTime ended_at;
    };

    Clock const& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t> underway_;
    std::deque<Doubt> doubts_;  // the oldest are forgotten first, as below
    std::set<std::string> known_;
    std::deque<std::string> known_in_order_;
};

}  // namespace filegate::delivery
