#include "base/check.hpp"
#include "contracts/embedded_contracts.hpp"

namespace filegate::contracts {
namespace {

// The order is the one in which they are shown and, unless configured otherwise, tried.
constexpr std::array builtin_names{"kimi", "kimi-cn", "glm", "glm-cn", "openai"};

std::vector<Contract> parse_builtin_contracts() {
    std::vector<Contract> contracts;
    for (std::string_view const name : builtin_names) {
        auto const file = find_embedded(name);
        FG_CHECK(file != nullptr, "every built-in contract is embedded");
        auto contract = parse_contract(file->content, file->name);
        FG_CHECK(contract.has_value(), "every built-in contract parses");
        contracts.push_back(*std::move(contract));
    }
    return contracts;
}

}  // namespace

EmbeddedFile const* find_embedded(std::string_view contract_name) {
    for (auto const& file : embedded_files()) {
        if (file.name == fmt::format("{}.toml", contract_name)) return &file;
    }
    return nullptr;
}

std::vector<Contract> const& builtin_contracts() {
    static std::vector<Contract> const contracts = parse_builtin_contracts();
    return contracts;
}

}  // namespace filegate::contracts
