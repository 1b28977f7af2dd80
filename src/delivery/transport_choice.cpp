#include "delivery/transport_choice.hpp"

#include "delivery/signed_token.hpp"

namespace filegate::delivery {

using contracts::Transport;

std::vector<Transport> usable_transports(Account const& account) {
    auto transports = account.contract->transports;
    if (!can_be_signed(account)) std::erase(transports, Transport::native);
    // A contract of native alone with a key that cannot be signed: the key as it is may still do.
    if (transports.empty()) transports.push_back(Transport::openai);
    return transports;
}

std::vector<Transport> TransportChoice::order(Account const& account, MonotonicTime now) const {
    auto transports = usable_transports(account);
    std::scoped_lock const lock(mutex_);
    auto const memory = memories_.find({account.contract->name, account.name});
    if (memory == memories_.end() || now >= memory->second.until) return transports;
    auto const found = std::ranges::find(transports, memory->second.transport);
    if (found != transports.end()) std::rotate(transports.begin(), found, found + 1);
    return transports;
}

void TransportChoice::worked(Account const& account, Transport transport, MonotonicTime now) {
    auto const is_best = usable_transports(account).front() == transport;
    std::scoped_lock const lock(mutex_);
    auto const key = Key(account.contract->name, account.name);
    if (is_best) {
        memories_.erase(key);
        return;
    }
    // Not extended by use: when the time is over the better ones get their chance.
    auto const memory = memories_.find(key);
    if (memory != memories_.end() && memory->second.transport == transport &&
        now < memory->second.until) {
        return;
    }
    memories_.insert_or_assign(key, Memory{transport, now + transport_remembered_for});
}

}  // namespace filegate::delivery
