#pragma once
// Looks for malware in files while they arrive.

#include <memory>
#include <span>

#include "base/byte_source.hpp"
#include "base/executor.hpp"
#include "base/task.hpp"
#include "ingest/verdict.hpp"

namespace filegate::ingest {

// One file's. Never holds up who feeds it for longer than the scanner's timeout, all waits of the
// file together: then it gives up by itself, and the verdict says not checked.
class Scan {
public:
    virtual ~Scan() = default;  // gives up

    // The file's next bytes, in order; they stay where they are until `taken` has been called,
    // which happens once, on any thread.
    virtual void feed(std::span<std::byte const> bytes, Job taken) = 0;
    // Every `taken` that is outstanding is called soon. Nobody asks for the verdict any more.
    virtual void give_up() = 0;
    // After the last feed(); once. `whole` is the file from its first byte on, for a scanner that
    // did not, or did not any more, look while it came.
    virtual Task<Verdict> finish(ByteSource& whole) = 0;
};

class Scanner {
public:
    virtual ~Scanner() = default;
    virtual std::unique_ptr<Scan> begin() = 0;  // any thread; does not block
    // Is it there? On the scanner's own executor.
    virtual Task<Result<void>> ping() = 0;
};

}  // namespace filegate::ingest
