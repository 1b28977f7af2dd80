#pragma once
// A clamd beside the gateway (clamd(8), INSTREAM), one connection a file, fed while the file
// arrives.

#include "base/task_group.hpp"
#include "ingest/clamd_address.hpp"
#include "ingest/scanner.hpp"
#include "net/loop.hpp"

namespace filegate::ingest {

struct ScanOptions {
    std::string address;                         // empty: files are not scanned
    seconds timeout{60};                         // waiting for clamd, all in all, for one file
    std::uint64_t stream_bytes_max = 100 << 20;  // at most clamd's StreamMaxLength
};

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
    net::Loop& loop_;
    ClamdAddress address_;
    ScanOptions options_;
    TaskGroup conversations_;
};

}  // namespace filegate::ingest
