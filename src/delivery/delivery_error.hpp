#pragma once
// A provider's failure in the words of the caller.

#include "delivery/account.hpp"
#include "delivery/provider_failure.hpp"

namespace filegate::delivery {

Error error_of(ProviderFailure const& failure, Account const& account, int attempts);

// Nobody took it: one reason is told as it is, several together.
Error combined(std::vector<Error> errors);

Error delivery_timed_out(std::string const& provider);

}  // namespace filegate::delivery
