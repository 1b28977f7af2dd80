#include "config/version.hpp"

#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <toml++/impl/version.h>

#include "cli/verbs.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

struct Part {
    std::string_view name;
    std::string version;
};

// Libraries that the system may have updated since the build are asked; the others say what they
// were compiled as.
std::vector<Part> parts() {
    auto const boost = BOOST_VERSION;
    return {
        {"boost", fmt::format("{}.{}.{}", boost / 100'000, boost / 100 % 1'000, boost % 100)},
        {"cli11", CLI11_VERSION},
        {"curl", curl_version_info(CURLVERSION_NOW)->version},
        {"fmt",
         fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
        {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
        {"sqlite", sqlite3_libversion()},
        {"toml++", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
    };
}

}  // namespace

int version(VersionCommand const& command, Console const& console) {
    std::string out;
    if (command.is_json) {
        out = fmt::format(R"({{"filegate":"{}","compiler":{},"libraries":{{)", config::version,
                          observe::json_quoted(__VERSION__));
        for (auto const& [name, number] : parts()) {
            auto const comma = out.ends_with('{') ? "" : ",";
            out += fmt::format("{}{}:{}", comma, observe::json_quoted(name),
                               observe::json_quoted(number));
        }
        out += "}}\n";
    } else {
        out = fmt::format("filegate {}\ncompiler {}\n", config::version, __VERSION__);
        for (auto const& [name, number] : parts())
            out += fmt::format("{} {}\n", name, number);
    }
    return console.out(out) ? exit_ok : exit_code(ErrorCode::storage_error);
}

}  // namespace filegate::cli
