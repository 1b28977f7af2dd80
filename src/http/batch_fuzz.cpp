// Any text as the body of POST /v1/files:batch: a list of bounded length, of which every entry is a
// wish that could be carried out or says what is wrong with it.

#include "http/batch.hpp"

#include "base/check.hpp"
#include "http/refusal_fixture.hpp"

using namespace filegate;
using namespace filegate::http;

namespace {

void check_wish(gateway::PathUpload const& wish) {
    FG_CHECK(!wish.path.empty(), "a wish has a path");
    FG_CHECK(wish.request.providers.size() <= 16, "providers are bounded");
    auto const expiry = wish.request.expires_after;
    FG_CHECK(!expiry || (*expiry >= seconds(3600) && *expiry <= seconds(2'592'000)),
             "an expiry is within its bounds");
}

void check_same(std::vector<PathWish> const& first, std::vector<PathWish> const& second) {
    FG_CHECK(first.size() == second.size(), "as many entries");
    for (std::size_t i = 0; i < first.size(); ++i) {
        FG_CHECK(first[i].has_value() == second[i].has_value(), "the same entries pass");
        FG_CHECK(!first[i] || first[i]->path == second[i]->path, "the same path");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(bytes), size);
    auto const wishes = parse_path_batch(text);
    auto const again = parse_path_batch(text);
    FG_CHECK(wishes.has_value() == again.has_value(), "the same text, the same answer");
    if (!wishes) {
        check_refusal(wishes.error());
        return 0;
    }
    FG_CHECK(!wishes->empty() && wishes->size() <= batch_files_max, "1 to 100 entries");
    check_same(*wishes, *again);
    for (auto const& wish : *wishes) {
        if (wish) {
            check_wish(*wish);
        } else {
            check_refusal(wish.error());
        }
    }
    return 0;
}
