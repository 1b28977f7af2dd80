// Whatever is configured as a contract is refused or parsed, never a crash.

#include "contracts/contract.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    using namespace filegate::contracts;
    auto const contract = parse_contract({reinterpret_cast<char const*>(bytes), count}, "fuzz");
    if (contract) (void)contract->find_wire(contract->wire_purposes.front().word);
    return 0;
}
