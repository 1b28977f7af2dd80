#pragma once
// Faults on request: which provider, transport and route, when, how often, and what goes wrong.

#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sandbox/transport.hpp"

namespace filegate::sandbox {

// Those that only take time, clock_skew and refuse_purpose go together with one another and with
// one of the rest.
enum class FaultKind : std::uint8_t {
    status,             // answers `status` with the provider's real body for it
    html,               // answers `status` with a page, as what stands before a provider does
    refuse_connection,  // cuts before anything is read; a client inside the process is not
                        // connected
    reset_before_body,  // cuts when the head is read
    reset_during_body,  // cuts when about half of the body is read
    reset_after_body,   // reads the whole body, commits nothing, cuts
    lost_answer,        // reads, commits, cuts
    wrong_length,       // commits, announces more than it sends, cuts
    invalid_json,       // commits, answers half of its JSON
    empty_answer,       // commits, answers nothing where JSON should be
    no_id,              // commits, answers without the file's id
    wrong_bytes,        // keeps and tells one byte less
    failed_status,      // keeps the file as one that the provider could not use
    vanish,             // commits, answers, and has lost the file `ms` later
    slow_accept,        // waits `ms` before it reads the body
    slow_read,          // takes `ms` to read the body
    latency,            // answers after `ms`; whatever was asked for has been done before
    drip,               // takes `ms` to send the answer's body
    refuse_purpose,     // refuses the wire purpose `purpose` as one that does not exist
    clock_skew,         // the provider's clock is ahead by `ms`, or behind when that is negative
};

// What a kind does with a setting that not every kind has.
enum class Takes : std::uint8_t { no, may, must };

struct FaultKindRow {
    FaultKind kind;
    std::string_view name;
    Takes status = Takes::no;
    Takes words = Takes::no;  // type and code
    Takes purpose = Takes::no;
    Takes ms = Takes::no;
    std::int64_t ms_min = 1;
    std::int64_t ms_max = 600'000;
    bool is_of_uploads = false;  // strikes no other route
};

std::span<FaultKindRow const> fault_kinds();
FaultKindRow const& fault_kind(FaultKind kind);

struct Fault {
    std::string provider = "*";
    std::optional<Transport> transport = {};  // none: any
    std::string route = "*";                  // upload, list, retrieve, content, delete
    FaultKind kind = FaultKind::status;
    int status = 503;
    std::string type = {};  // which of the provider's errors with that status; empty: the usual one
    std::string code = {};
    std::string purpose = {};
    milliseconds ms{0};
    double rate = 1.0;                       // of matching requests
    milliseconds from{0};                    // since the faults were set
    std::optional<milliseconds> until = {};  // none: for ever

    friend bool operator==(Fault const&, Fault const&) = default;
};

// "kimi:upload:status=503:rate=0.2", "*:*:latency:ms=250", "glm/native:upload:lost_answer:from=10s"
Result<Fault> parse_fault_flag(std::string_view flag);
// A JSON array of objects, or a single object, as POST /_sandbox/faults takes it.
Result<std::vector<Fault>> parse_fault_list(std::string_view json);

// Refuses what would never strike: a provider that is not imitated, a transport it does not have,
// an error it does not know.
Result<void> check_fault_providers(std::span<Fault const> faults,
                                   std::span<std::string const> providers);

}  // namespace filegate::sandbox
