// Whatever a provider answers, with any status, is understood without a crash, and what may be
// shown is short and clean.

#include "delivery/provider_failure.hpp"

#include "base/check.hpp"
#include "delivery/provider_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    using namespace filegate;
    if (count < 2) return 0;
    auto const& contracts = contracts::builtin_contracts();
    auto const& contract = contracts[bytes[0] % contracts.size()];
    std::string const text(reinterpret_cast<char const*>(bytes) + 2, count - 2);
    net::ClientResponse const answer{
        300 + bytes[1] % 300, {{"Retry-After", text.substr(0, 40)}, {"X-Request-Id", text}}, text};
    auto const failure = delivery::understand_answer(contract, answer, WallTime(seconds(1)));
    FG_CHECK(failure.message.size() <= 300, "messages are short");
    for (char const c : failure.message)
        FG_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "messages are clean");
    (void)delivery::read_file_object(text);
    (void)delivery::read_file_list(text);
    return 0;
}
