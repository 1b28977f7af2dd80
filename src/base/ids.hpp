#pragma once
// The identifiers of SPEC section 1. Each is its own type.

#include <string_view>

#include "base/clock.hpp"
#include "base/named.hpp"
#include "base/random.hpp"

namespace filegate {

using PrincipalId = Named<struct PrincipalIdTag>;        // the `sub` of a token, or "local"
using FileId = Named<struct FileIdTag>;                  // file-<26 characters, time-ordered>
using PlacementId = Named<struct PlacementIdTag>;        // plc-<26>
using IntentId = Named<struct IntentIdTag>;              // int-<26>
using DeliveryId = Named<struct DeliveryIdTag>;          // dlv-<26>: one in the background's queue
using ReservationId = Named<struct ReservationIdTag>;    // rsv-<26>: quota held for an upload
using RequestId = Named<struct RequestIdTag>;            // req-<26>
using ProviderName = Named<struct ProviderNameTag>;      // kimi, glm-cn, openai
using AccountName = Named<struct AccountNameTag>;        // one API key at one provider
using ProviderFileId = Named<struct ProviderFileIdTag>;  // opaque, up to 128 bytes
using Purpose = Named<struct PurposeTag>;                // in the caller's words
using WirePurpose = Named<struct WirePurposeTag>;        // in the provider's words

// Makes time-ordered ids: 48 bits of milliseconds and 80 random bits in Crockford's base 32, lower
// case (the ULID layout). Ids made in one millisecond still sort in the order they were made.
// Any thread may call it.
class IdSource {
public:
    IdSource(Clock& clock, Random& random) : clock_(clock), random_(random) {}

    FileId file() { return FileId(next("file-")); }
    PlacementId placement() { return PlacementId(next("plc-")); }
    IntentId intent() { return IntentId(next("int-")); }
    DeliveryId delivery() { return DeliveryId(next("dlv-")); }
    ReservationId reservation() { return ReservationId(next("rsv-")); }
    RequestId request() { return RequestId(next("req-")); }

private:
    std::string next(std::string_view prefix);

    Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    std::int64_t last_ms_ = 0;
    std::array<std::uint8_t, 10> last_random_{};
};

// True for the exact form IdSource::file() makes. Anything else cannot be in the catalog.
bool is_file_id(std::string_view text);

}  // namespace filegate
