#pragma once
// One API key at one provider.

#include "base/secret.hpp"
#include "contracts/contract.hpp"

namespace filegate::delivery {

struct Account {
    contracts::Contract const* contract = nullptr;  // outlives every account
    AccountName name;
    Secret api_key;
    std::string base_url;  // the contract's, or configured
};

}  // namespace filegate::delivery
