#pragma once
// An HttpClient whose every request is handed to a sandbox in the same process: no socket, no
// thread, the time of whoever awaits it. Ends as CurlClient would over a connection that holds no
// bytes of its own: what the sandbox has not read was not sent.
//
//   the URL is not below the base, or the connection was refused      connecting
//   cut, or out of time, before the whole body was read               sending
//   ... after it was, and before there was an answer                  awaiting_answer
//   ... within the answer, or the answer is shorter than it says      receiving
//   the request's own body failed, or was what was waited for         reading_body
//
// A sandbox that is left in the middle of a request drops it where it waits.

#include "net/http_client.hpp"
#include "sandbox/sandbox.hpp"

namespace filegate::sandbox {

class InProcessClient final : public net::HttpClient {
public:
    // `sandbox` and `clock` outlive it; `base` is what URLs begin with: http://sandbox.test
    InProcessClient(Sandbox& sandbox, std::string base, Clock const& clock);

    Task<net::ClientResult> send(net::ClientRequest request) override;

private:
    Sandbox& sandbox_;
    std::string base_;
    Clock const& clock_;
    std::atomic<std::uint64_t> last_id_ = 0;
};

}  // namespace filegate::sandbox
