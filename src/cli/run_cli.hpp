#pragma once
// The program behind main(): parses the command line, runs the verb, answers with the exit code
// (exit_code.hpp). Reads the environment it is handed and no other.

#include <map>
#include <string>

namespace filegate::cli {

int run_cli(int argc, char** argv, std::map<std::string, std::string> environment);

}  // namespace filegate::cli
