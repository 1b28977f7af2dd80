// The only reader of the process's environment.

#include <string_view>
#include <unistd.h>

#include "cli/run_cli.hpp"

int main(int argc, char** argv) {
    std::map<std::string, std::string> environment;
    for (auto** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view const text(*entry);
        auto const equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return filegate::cli::run_cli(argc, argv, std::move(environment));
}
