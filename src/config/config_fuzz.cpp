// Whatever stands in a configuration is understood or refused with a problem, never a crash.

#include "base/check.hpp"
#include "config/reference.hpp"
#include "config/toml_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    using namespace filegate::config;
    std::string_view const text(reinterpret_cast<char const*>(bytes), count);
    // Files that a mutated path might name are left alone: only the text is under test.
    if (text.find("_file") != std::string_view::npos ||
        text.find("jwks") != std::string_view::npos) {
        (void)read_toml(text, "fuzz");
        return 0;
    }
    auto const loaded = load_settings_text(text, "fuzz", {});
    auto const shown = show_settings(loaded);
    FG_CHECK(!shown.empty(), "there is always something to show");
    for (auto const& problem : loaded.problems)
        FG_CHECK(!describe(problem).empty(), "a problem says something");
    return 0;
}
