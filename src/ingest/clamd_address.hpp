#pragma once
// Where clamd listens.

#include <string>

#include "base/result.hpp"

namespace filegate::ingest {

struct ClamdAddress {
    std::string path;  // of a Unix socket; empty: TCP
    std::string host;  // an address in figures, or localhost
    std::string port;

    std::string text() const;
};

// "/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310", "localhost:3310". No other names: a
// resolver that hangs would hold up uploads. The error says what is taken.
Result<ClamdAddress> parse_clamd_address(std::string_view text);

}  // namespace filegate::ingest
