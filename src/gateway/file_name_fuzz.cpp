// Any bytes as a name: what is accepted is valid, within its length, shows what it is, and stays as
// it is when it is cleaned again.

#include "gateway/file_name.hpp"

#include "base/check.hpp"
#include "base/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using filegate::gateway::accept_file_name;
    auto const name = accept_file_name(std::string_view(reinterpret_cast<char const*>(data), size));
    if (!name) return 0;
    FG_CHECK(!name->empty() && name->size() <= filegate::gateway::name_bytes_max, "a length");
    auto const characters = filegate::decode_utf8(*name);
    FG_CHECK(characters.has_value(), "valid UTF-8");
    for (auto const c : *characters) {
        FG_CHECK(c >= 0x20 && c != '/' && c != '\\' && c != 0x202e, "no trick is left");
    }
    auto const again = accept_file_name(*name);
    FG_CHECK(again && *again == *name, "cleaning what is clean changes nothing");
    return 0;
}
