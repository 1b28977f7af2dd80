#pragma once
// Why a verb could not do what it was asked, as its user is told.

#include <expected>
#include <string>

#include "base/error.hpp"
#include "cli/console.hpp"
#include "net/http_client.hpp"

namespace filegate::cli {

struct Failure {
    Error error;
    std::string request_id;       // the server's, when it answered
    std::string hint;             // what to do about it
    bool is_unreachable = false;  // no connection: the next request will fail, too
};

template <class T = void>
using Answer = std::expected<T, Failure>;

// `filegate: SUBJECT: message (NAME, request id req-...); hint` and a newline. Whatever a server
// said is made printable.
std::string failure_line(Failure const& failure, std::string_view subject = {});

// Prints that line to `err` and answers with the exit code.
int give_up(Failure const& failure, Console const& console);

// Answers are not shared between verbs and stages: what local work says as Error.
std::unexpected<Failure> failed(Error error);
std::unexpected<Failure> failed(ErrorCode code, std::string message);

Failure transport_failure(net::TransportFailure const& failure, std::string const& server_url);

}  // namespace filegate::cli
