#pragma once
// One holder per key at a time, waiters in order. In this process only; coordination between nodes
// is a lease, not this.

#include <string>
#include <unordered_map>

#include "base/semaphore.hpp"

namespace filegate {

class KeyedMutex {
public:
    KeyedMutex() = default;
    ~KeyedMutex();
    KeyedMutex(KeyedMutex const&) = delete;
    KeyedMutex& operator=(KeyedMutex const&) = delete;

    // Held until destruction.
    class Hold {
    public:
        Hold(Hold&& other) noexcept = default;
        Hold& operator=(Hold&&) = delete;
        ~Hold();

    private:
        friend class KeyedMutex;
        struct Release {
            KeyedMutex* mutex;
            std::string key;
            void operator()(Semaphore*) const;
        };
        Hold() = default;
        std::unique_ptr<Semaphore, Release> slot_{nullptr, Release{}};
        Semaphore::Permit permit_;  // goes before the slot
    };

    Task<Hold> lock(std::string key);
    std::size_t size() const;  // keys held or waited for

private:
    struct Slot {
        Semaphore semaphore{1};
        std::size_t users = 0;
    };
    void leave(std::string const& key);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::unique_ptr<Slot>> slots_;
};

}  // namespace filegate
