#include "config/sandbox_settings.hpp"

#include <fmt/format.h>

#include "config/address.hpp"

namespace filegate::config {
namespace {

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::configuration_error, std::move(message));
}

Result<sandbox::PurposeMode> purpose_mode(std::string const& text) {
    if (text == "documented") return sandbox::PurposeMode::documented;
    if (text == "original") return sandbox::PurposeMode::original;
    return refuse(fmt::format("--purposes is documented or original, not \"{}\"", text));
}

}  // namespace

Result<SandboxSettings> sandbox_settings(SandboxArguments const& arguments) {
    TRY(auto const address, parse_address(arguments.listen));
    if (!is_loopback(address.host)) {
        return refuse(
            fmt::format("the sandbox takes any key and listens on loopback only, not on "
                        "{}; use 127.0.0.1:{}",
                        address.host, address.port));
    }
    SandboxSettings settings{.host = address.host, .port = address.port};
    TRY(settings.options.purposes, purpose_mode(arguments.purposes));
    settings.options.seed = arguments.seed;
    for (auto const& flag : arguments.faults) {
        TRY(auto fault, sandbox::parse_fault_flag(flag));
        settings.options.faults.push_back(std::move(fault));
    }
    std::vector<std::string> imitated;
    for (auto const& contract : contracts::builtin_contracts())
        imitated.push_back(contract.name.text());
    TRY(sandbox::check_fault_providers(settings.options.faults, imitated));
    return settings;
}

}  // namespace filegate::config
