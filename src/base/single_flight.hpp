#pragma once
// One worker per key at a time; whoever asks meanwhile waits and gets the worker's result. A worker
// that leaves without a result (it was cancelled, or its failure is its own) hands the work to the
// one who has waited longest. In this process only.

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>

#include "base/completion.hpp"

namespace filegate {

// T is copied to every waiter. Any thread.
template <class T>
class SingleFlight {
public:
    SingleFlight() = default;
    ~SingleFlight() { FG_CHECK(flights_.empty(), "nobody flies with a dying SingleFlight"); }
    SingleFlight(SingleFlight const&) = delete;
    SingleFlight& operator=(SingleFlight const&) = delete;

    // The right, and duty, to do the work. Ends with land(), or by handing it on.
    class Lead {
    public:
        Lead(SingleFlight& owner, std::string key) : owner_(&owner), key_(std::move(key)) {}
        Lead(Lead&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
        Lead& operator=(Lead&&) = delete;
        ~Lead() {
            if (owner_) owner_->hand_on(key_);
        }
        void land(T const& result) && { std::exchange(owner_, nullptr)->land(key_, result); }

    private:
        SingleFlight* owner_;
        std::string key_;
    };

    using Turn = std::variant<Lead, T>;

    Task<Turn> board(std::string key);
    std::size_t size() const {
        std::scoped_lock const lock(mutex_);
        return flights_.size();
    }

private:
    struct Waiter {
        Waiter(SingleFlight& owner, std::string const& key)
            : called([&owner, &key, this] { owner.forget(key, *this); }) {}
        std::optional<Turn> turn;  // set before `called` completes
        Completion<> called;
    };
    using Waiters = std::deque<Waiter*>;

    void land(std::string const& key, T const& result);
    void hand_on(std::string const& key);
    void forget(std::string const& key, Waiter& waiter);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Waiters> flights_;  // one entry per worker
};

template <class T>
Task<typename SingleFlight<T>::Turn> SingleFlight<T>::board(std::string key) {
    Waiter waiter(*this, key);
    {
        std::scoped_lock const lock(mutex_);
        auto const [flight, is_first] = flights_.try_emplace(key);
        if (is_first) co_return Turn(std::in_place_type<Lead>, *this, key);
        flight->second.push_back(&waiter);
    }
    // From here on the turn is another thread's to write, until `called` completes. A lead that
    // comes at the instant of a cancellation goes on from the waiter's destructor.
    co_await waiter.called;
    co_return *std::move(waiter.turn);
}

template <class T>
void SingleFlight<T>::land(std::string const& key, T const& result) {
    Waiters waiters;
    {
        std::scoped_lock const lock(mutex_);
        waiters = std::move(flights_.extract(key).mapped());
    }
    for (auto* const waiter : waiters) {
        waiter->turn.emplace(std::in_place_type<T>, result);
        waiter->called.complete();
    }
}

template <class T>
void SingleFlight<T>::hand_on(std::string const& key) {
    Waiter* next = nullptr;
    {
        std::scoped_lock const lock(mutex_);
        auto const flight = flights_.find(key);
        if (flight->second.empty()) {
            flights_.erase(flight);
            return;
        }
        next = flight->second.front();
        flight->second.pop_front();
    }
    next->turn.emplace(std::in_place_type<Lead>, *this, key);
    next->called.complete();
}

template <class T>
void SingleFlight<T>::forget(std::string const& key, Waiter& waiter) {
    {
        std::scoped_lock const lock(mutex_);
        auto const flight = flights_.find(key);
        if (flight == flights_.end() || std::erase(flight->second, &waiter) == 0) return;
    }
    waiter.called.complete();
}

}  // namespace filegate
