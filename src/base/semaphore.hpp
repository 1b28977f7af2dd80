#pragma once
// A counting semaphore that coroutines of any executor may wait on. First come, first served.

#include <deque>

#include "base/completion.hpp"

namespace filegate {

class Semaphore {
public:
    explicit Semaphore(std::size_t permits) : available_(permits), total_(permits) {}
    ~Semaphore();
    Semaphore(Semaphore const&) = delete;
    Semaphore& operator=(Semaphore const&) = delete;

    // Permits held until destruction or release().
    class Permit {
    public:
        Permit() = default;
        Permit(Semaphore* semaphore, std::size_t count) : semaphore_(semaphore), count_(count) {}
        Permit(Permit&& other) noexcept
            : semaphore_(std::exchange(other.semaphore_, nullptr)), count_(other.count_) {}
        Permit& operator=(Permit&& other) noexcept {
            std::swap(semaphore_, other.semaphore_);
            std::swap(count_, other.count_);
            return *this;
        }
        ~Permit() { release(); }
        void release() {
            if (auto* const semaphore = std::exchange(semaphore_, nullptr)) {
                semaphore->give_back(count_);
            }
        }

    private:
        Semaphore* semaphore_ = nullptr;
        std::size_t count_ = 0;
    };

    Task<Permit> acquire(std::size_t count = 1);               // count <= the total
    std::optional<Permit> try_acquire(std::size_t count = 1);  // never waits, never overtakes
    std::size_t available() const;                             // any thread; a snapshot

private:
    struct Waiter;

    void give_back(std::size_t count);
    void forget(Waiter& waiter);

    mutable std::mutex mutex_;
    std::size_t available_;
    std::size_t const total_;
    std::deque<Waiter*> waiters_;
};

}  // namespace filegate
