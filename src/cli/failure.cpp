#include "cli/failure.hpp"

#include <fmt/format.h>

#include "cli/exit_code.hpp"
#include "config/address.hpp"
#include "observe/escape.hpp"

namespace filegate::cli {
namespace {

using Stage = net::TransportFailure::Stage;

std::string what_happened(net::TransportFailure const& failure, std::string const& url) {
    if (failure.is_tls) return fmt::format("no TLS connection to {}", url);
    switch (failure.stage) {
        case Stage::connecting:
            return fmt::format("cannot reach {}", url);
        case Stage::sending:
            return fmt::format("{} broke off while the request was being sent", url);
        case Stage::awaiting_answer:
            return fmt::format("{} took the request and did not answer", url);
        case Stage::receiving:
            return fmt::format("the answer of {} broke off", url);
        case Stage::reading_body:
            break;
    }
    return "the file could not be read";
}

std::string advice(net::TransportFailure const& failure, std::string const& url) {
    if (failure.stage == Stage::awaiting_answer) return "trying it again is safe";
    if (failure.stage != Stage::connecting || failure.is_tls) return "";
    auto const address = config::url_address(url);
    return address && config::is_loopback(address->host)
               ? "start one with `filegate serve`"
               : "check --server or FILEGATE_URL, and that the server runs";
}

}  // namespace

std::string failure_line(Failure const& failure, std::string_view subject) {
    std::string line = "filegate: ";
    if (!subject.empty()) line += observe::printable(subject) + ": ";
    line += observe::printable(failure.error.message);
    line += fmt::format(" ({}", error_row(failure.error.code).name);
    if (!failure.request_id.empty()) {
        line += ", request id " + observe::printable(failure.request_id);
    }
    line += ")";
    if (!failure.hint.empty()) line += "; " + observe::printable(failure.hint);
    return line + "\n";
}

int give_up(Failure const& failure, Console const& console) {
    console.err(failure_line(failure));
    return exit_code(failure.error.code);
}

std::unexpected<Failure> failed(Error error) {
    return std::unexpected(Failure{.error = std::move(error)});
}

std::unexpected<Failure> failed(ErrorCode code, std::string message) {
    return failed(Error{.code = code, .message = std::move(message)});
}

Failure transport_failure(net::TransportFailure const& failure, std::string const& server_url) {
    auto const is_own = failure.stage == Stage::reading_body;
    return {.error = {.code = is_own ? ErrorCode::validation_failed : ErrorCode::network_error,
                      .message = fmt::format("{}: {}", what_happened(failure, server_url),
                                             failure.is_timeout ? "timed out" : failure.message)},
            .hint = advice(failure, server_url),
            .is_unreachable = failure.stage == Stage::connecting};
}

}  // namespace filegate::cli
