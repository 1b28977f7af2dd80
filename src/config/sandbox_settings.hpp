#pragma once
// What `filegate sandbox` is told on its command line.

#include "base/result.hpp"
#include "sandbox/sandbox.hpp"

namespace filegate::config {

struct SandboxSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8090;
    sandbox::SandboxOptions options;
};

// The same, as text.
struct SandboxArguments {
    std::string listen = "127.0.0.1:8090";
    std::string purposes = "documented";  // or original
    std::vector<std::string> faults;      // sandbox/faults.hpp has the grammar
    std::uint64_t seed = 1;
};

// Refuses what is malformed, a fault that could never strike, and listening beyond loopback.
Result<SandboxSettings> sandbox_settings(SandboxArguments const& arguments);

}  // namespace filegate::config
