#pragma once
// Looks through an archive, and through archives in it, without keeping what comes out. Whatever
// the bytes, memory is a few buffers, and work is bounded by the limits.

#include "base/clock.hpp"
#include "ingest/content.hpp"
#include "ingest/content_options.hpp"
#include "ingest/macros.hpp"

namespace filegate::ingest {

struct ArchiveFinding {
    enum class State : std::uint8_t {
        sound,
        bomb,         // a limit was passed; `what` names it
        program,      // a member is machine code; `what` names which kind
        not_readable  // encrypted, damaged, of an unknown method, or it took too long
    } state = State::sound;
    std::string what;
    Macros macros = Macros::none;  // of documents: in any part, of any document in it
};

// For zip, tar and gzip. Blocking: for worker threads. Gives up at `deadline` by `clock`. An error
// is of the content's own reading.
Result<ArchiveFinding> examine_archive(Content const& content, ContentOptions const& limits,
                                       Clock const& clock, MonotonicTime deadline);

// Whether content that begins so is something that examine_archive() reads.
bool is_readable_archive(std::span<std::byte const> head);

}  // namespace filegate::ingest
