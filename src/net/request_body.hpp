#pragma once
// The body of one request, read straight from its connection into the reader's buffer. Only bytes
// that came along with something else are copied.

#include "net/chunked.hpp"
#include "net/connection_stream.hpp"
#include "net/http_request_head.hpp"

namespace filegate::net {

class RequestBody final : public ByteSource {
public:
    // `stream` outlives it.
    RequestBody(ConnectionStream& stream, RequestHead const& head, PaceLimits limits);

    // Answers a pending `Expect: 100-continue` first. Fails with body_truncated (the client ended
    // early), cancelled_by_client (it is gone), request_timeout (too slow) or validation_failed
    // (bad chunks), and then for ever.
    Task<Result<std::size_t>> read(std::span<std::byte> into) override;

    bool has_ended() const;
    bool has_failed() const { return failure_.has_value(); }
    bool is_chunked() const { return is_chunked_; }
    // The client holds the body back until it is asked for, and may never send it.
    bool is_held_back() const { return owes_continue_; }
    std::uint64_t remaining_bytes() const { return remaining_; }  // of a body that is not chunked

    // The answer is on its way: from now on no interim answer may go out.
    void forgo_continue() { owes_continue_ = false; }

    // Reads and drops at most `bytes_max`; true when that was all.
    Task<bool> discard(std::uint64_t bytes_max);
    void discard_what_came(std::uint64_t bytes_max);  // the same without waiting

private:
    using Taken = Result<std::optional<std::size_t>>;  // none: nothing has come

    Taken take(std::span<std::byte> into);
    Taken take_counted(std::span<std::byte> into);
    Taken take_chunked(std::span<std::byte> into);
    std::span<std::byte> copy_input(std::span<std::byte> into);
    std::unexpected<Error> spend(ErrorCode code, std::string message);
    std::unexpected<Error> spend(IoStatus status);
    std::unexpected<Error> spend_idle();
    std::unexpected<Error> spend_slow();

    ConnectionStream& stream_;
    ChunkedDecoder decoder_;
    std::optional<Error> failure_;
    std::uint64_t remaining_ = 0;
    std::uint64_t received_ = 0;
    Pace pace_;
    bool is_chunked_;
    bool owes_continue_;
};

}  // namespace filegate::net
