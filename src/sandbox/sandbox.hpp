#pragma once
// The providers, imitated on loopback from the same contracts that delivery uses. Strict; every
// answer carries X-Filegate-Sandbox: 1, so that nobody takes it for the real thing.

#include "contracts/contract.hpp"
#include "net/http_server.hpp"
#include "sandbox/faults.hpp"

namespace filegate::sandbox {

enum class PurposeMode : std::uint8_t { documented, original };

struct SandboxOptions {
    PurposeMode purposes = PurposeMode::documented;
    std::vector<Fault> faults;
    std::uint64_t seed = 1;
};

class Sandbox final : public net::HttpHandler {
public:
    Sandbox(std::vector<contracts::Contract> contracts, Clock const& clock, SandboxOptions options);
    ~Sandbox() override;

    Task<net::ServerResponse> handle(net::ServerRequest& request) override;
    net::ServerResponse refuse(Error const& error, RequestId const& id) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::sandbox
