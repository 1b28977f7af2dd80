#pragma once
// "There is news": set by anybody, waited for by one coroutine at a time. News that comes while
// nobody waits is kept for the next wait.

#include <mutex>

#include "base/completion.hpp"
#include "base/deadline.hpp"

namespace filegate {

class Signal {
public:
    void set();                                // any thread
    Task<void> wait_until(Deadline deadline);  // for news, or until then
    bool take();                               // is there news? It is heard with that

private:
    Task<Result<void>> wait();

    std::mutex mutex_;
    bool is_set_ = false;
    Completion<>* waiter_ = nullptr;
};

}  // namespace filegate
