#include "net/url.hpp"

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace filegate::net;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    if (auto const decoded = percent_decode(text)) {
        FG_CHECK(!decoded->contains('\0'), "no NUL gets through");
        FG_CHECK(percent_decode(percent_encode(*decoded)).value() == *decoded,
                 "encoding is undone by decoding");
    }
    if (auto const query = Query::parse(text)) {
        auto const found = query->find("limit");
        FG_CHECK(!found || found->size() <= text.size(), "a value comes from the query");
    }
    return 0;
}
