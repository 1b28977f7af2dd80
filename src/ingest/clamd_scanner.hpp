#pragma once
// A clamd beside the gateway (clamd(8), INSTREAM), one connection a file, fed while the file
// arrives. Each connection takes one of clamd's few threads (MaxThreads, 10 unless configured), so
// files that come slowly must not hold them: some connections are for files as they come, for as
// long as they do come, and the others for files that are there, which nobody can slow down.

#include "base/semaphore.hpp"
#include "base/task_group.hpp"
#include "ingest/clamd_address.hpp"
#include "ingest/scanner.hpp"
#include "net/loop.hpp"

namespace filegate::ingest {

struct ScanOptions {
    std::string address;                         // empty: files are not scanned
    seconds timeout{60};                         // waiting for clamd, all in all, for one file
    std::uint64_t stream_bytes_max = 100 << 20;  // at most clamd's StreamMaxLength
    milliseconds pause_max{5000};                // a file that pauses for longer is scanned later
};

class Conversation;

class ClamdScanner final : public Scanner {
public:
    // Conversations run on `loop`.
    ClamdScanner(net::Loop& loop, ClamdAddress address, ScanOptions options);
    ~ClamdScanner() override;

    std::unique_ptr<Scan> begin() override;
    Task<Result<void>> ping() override;

    // When no file is scanned any more. On the loop.
    Task<void> stop();

private:
    friend class ClamdScan;
    static constexpr std::size_t live_max = 4;
    static constexpr std::size_t whole_max = 4;

    std::shared_ptr<Conversation> converse(Semaphore::Permit permit,
                                           std::optional<milliseconds> pause_max);
    Task<Verdict> scan_whole(ByteSource& whole);
    Task<Result<Semaphore::Permit>> turn_of_whole();

    net::Loop& loop_;
    ClamdAddress address_;
    ScanOptions options_;
    Semaphore live_{live_max};
    Semaphore whole_{whole_max};
    TaskGroup conversations_;
};

}  // namespace filegate::ingest
