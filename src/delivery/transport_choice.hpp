#pragma once
// In which order an account's transports are tried: as the contract has them, but for one that was
// seen to work when those before it did not. That is remembered for a while; then the better ones
// are tried again. Any thread.

#include <map>
#include <mutex>

#include "delivery/account.hpp"

namespace filegate::delivery {

inline constexpr seconds transport_remembered_for{300};

// In the contract's order; never empty. Native only for keys that can be signed.
std::vector<contracts::Transport> usable_transports(Account const& account);

class TransportChoice {
public:
    std::vector<contracts::Transport> order(Account const& account, MonotonicTime now) const;

    void worked(Account const& account, contracts::Transport transport, MonotonicTime now);

private:
    struct Memory {
        contracts::Transport transport = contracts::Transport::openai;
        MonotonicTime until{};
    };
    using Key = std::pair<ProviderName, AccountName>;

    mutable std::mutex mutex_;
    std::map<Key, Memory> memories_;
};

}  // namespace filegate::delivery
