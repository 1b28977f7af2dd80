#pragma once
// The words behind `filegate token`. CLI11 is known here and in command_line.cpp only.

#include <vector>

#include "cli/commands.hpp"

namespace CLI {
class App;
}

namespace filegate::cli {

// What CLI11 writes into before it is understood.
struct TokenTexts {
    TokenCommand command;
    std::string lifetime = "1h";
};

struct TokenWords {
    std::vector<CLI::App*> local;  // take the configuration's options
    CLI::App* revoke = nullptr;    // takes a server's
};

TokenWords add_token_words(CLI::App& app, TokenTexts& texts);

// Without the configuration or server that the word works with.
std::expected<TokenCommand, std::string> understand_token(CLI::App const& verb, TokenTexts texts);

}  // namespace filegate::cli
