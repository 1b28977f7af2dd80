#pragma once
// Keeps the server's certificate current: reads its files again when they change, and warns while
// there is time to replace it.

#include "base/clock.hpp"
#include "net/tls_identity.hpp"
#include "observe/log.hpp"

namespace filegate::app {

class CertificateKeeper {
public:
    // All of them outlive it.
    CertificateKeeper(net::TlsIdentity& identity, observe::Log& log, Clock const& clock)
        : identity_(identity), log_(log), clock_(clock) {}

    // Reads the files again, when they have changed or anyway; what cannot be used is logged, and
    // what was in use stays. Once a day says that the certificate ends soon (tls.ends_soon) or
    // counts no more (tls.has_ended). Blocks. One thread.
    enum class Look : std::uint8_t { for_changes, anyway };
    void keep(Look look);

private:
    void reload();
    void warn();

    net::TlsIdentity& identity_;
    observe::Log& log_;
    Clock const& clock_;
    WallTime quiet_until_;
};

}  // namespace filegate::app
