#pragma once
// The way of a request body from its source to whoever sends it: a coroutine reads ahead into two
// halves of a buffer, the sender takes bytes whenever its connection has room. One executor.

#include <span>

#include "base/byte_source.hpp"
#include "base/task_group.hpp"

namespace filegate::net {

class BodyFeed {
public:
    // `on_news` is called when bytes are there after take() found none, and when reading has
    // failed; never from within take() or rewind().
    BodyFeed(Executor& executor, ReopenableBody const& body, Job on_news);
    ~BodyFeed();  // after stop() has been awaited, or without rewind() ever called

    // Opens the body anew at its first byte; what was read before is dropped.
    void rewind();

    // How many bytes were put into `into`; 0: none are there yet, or failure() says why not.
    std::size_t take(std::span<std::byte> into);

    std::uint64_t taken_bytes() const { return taken_bytes_; }  // since the last rewind
    std::optional<Error> const& failure() const { return failure_; }
    bool is_starved() const { return is_starved_; }  // the sender waits for the source

    Task<void> stop();  // gives up reading, waits until the source is let go

private:
    struct Run;

    Task<void> pull(Run& run);
    Task<Result<void>> pull_all(Run& run);
    bool is_current(Run const& run) const { return runs_.back().get() == &run; }

    ReopenableBody const& body_;
    Job on_news_;
    std::uint64_t taken_bytes_ = 0;
    bool is_starved_ = false;
    std::optional<Error> failure_;
    // One for each rewind, the current one last: a source that was left may still be reading into
    // its buffer. A request is sent anew a few times at most.
    std::vector<std::unique_ptr<Run>> runs_;
    TaskGroup pullers_;
};

}  // namespace filegate::net
