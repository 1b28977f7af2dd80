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
    // Showing costs as much as loading, and knows nothing of the text but its values.
    static std::size_t inputs = 0;
    if (inputs++ % 16 == 0) {
        FG_CHECK(!show_settings(loaded).empty(), "there is always something to show");
    }
    for (auto const& problem : loaded.problems)
        FG_CHECK(!describe(problem).empty(), "a problem says something");
    return 0;
}
