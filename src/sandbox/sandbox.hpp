#pragma once
// The providers, imitated on loopback from the same contracts that delivery uses. Strict; every
// answer carries X-Filegate-Sandbox: 1, so that nobody takes it for the real thing.
//
//   {contract's sandbox_path}/files...   the provider, in its own words
//   GET    /_sandbox/state               files, and counts of requests by route and by transport,
//                                        per provider
//   GET    /_sandbox/faults              the faults in force
//   POST   /_sandbox/faults              replaces them (a list or one object), and starts their
//                                        schedules and the seeded sequence of strikes over
//   DELETE /_sandbox/faults              none from now on

#include "contracts/contract.hpp"
#include "net/http_server.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/provider_image.hpp"

namespace filegate::sandbox {

struct SandboxOptions {
    PurposeMode purposes = PurposeMode::documented;
    std::vector<Fault> faults;  // checked with check_fault_providers() by whoever read them
    std::uint64_t seed = 1;     // of the faults' strikes; ids also depend on the time of start
    std::vector<std::string> list_at;  // providers that list files although no document says so
};

// Set on an answer that is a cut and stands for a connection that was never made. Nothing of a cut
// is sent; only a client in this process sees it.
inline constexpr std::string_view refused_connection_header = "X-Filegate-Sandbox-Refused";

// handle() may run on several loops at once; it waits on whichever it runs on, takes all time from
// `clock` and all chance from the seed. Memory: one small record per file, and the content of
// the newest small files (64 MiB at most).
class Sandbox final : public net::HttpHandler {
public:
    Sandbox(std::vector<contracts::Contract> contracts, Clock const& clock, SandboxOptions options);
    ~Sandbox() override;

    Task<net::ServerResponse> handle(net::ServerRequest& request) override;
    net::ServerResponse refuse(Error const& error, RequestId const& id) override;
    void note_broken_answer(Error const&, RequestId const&) override {}  // contents are in memory

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace filegate::sandbox
