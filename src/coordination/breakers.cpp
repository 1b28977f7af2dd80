#include "coordination/breakers.hpp"

namespace filegate::coordination {

BreakerPermit::~BreakerPermit() {
    if (breakers_) breakers_->give_back(key_, pass_);
}

Task<void> BreakerPermit::succeeded() {
    auto* const breakers = std::exchange(breakers_, nullptr);
    FG_CHECK(breakers != nullptr, "a permit ends once");
    co_await breakers->succeeded(key_, pass_);
}

Task<void> BreakerPermit::failed(std::string reason) {
    auto* const breakers = std::exchange(breakers_, nullptr);
    FG_CHECK(breakers != nullptr, "a permit ends once");
    co_await breakers->failed(key_, pass_, std::move(reason));
}

}  // namespace filegate::coordination
