#pragma once
// The story: admit, receive, keep, deliver, remember. Doors translate requests into these calls and
// decide nothing; stages do one step each and know nothing of one another.

#include "access/access.hpp"
#include "base/keyed_mutex.hpp"
#include "base/task_group.hpp"
#include "catalog/catalog.hpp"
#include "delivery/delivery.hpp"
#include "gateway/audit.hpp"
#include "gateway/delivery_queue.hpp"
#include "gateway/limits.hpp"
#include "gateway/recovery.hpp"
#include "ingest/ingest.hpp"
#include "observe/log.hpp"
#include "store/blob_store.hpp"

namespace filegate::gateway {

enum class DeliveryMode : std::uint8_t { wait, later, none };

// What the caller asks for. A door may learn part of it only after the file's last byte (form
// fields come in any order).
struct UploadRequest {
    std::string name;
    std::optional<Purpose> purpose;
    std::vector<ProviderName> providers;  // empty: auto
    DeliveryMode mode = DeliveryMode::wait;
    std::optional<seconds> expires_after;
    access::DeclaredSize declared;  // known before the body
    std::optional<Sha256Digest> announced_sha256;
};

// A file on its way in. request() is complete once read() has answered 0 (its end) and may be
// incomplete before; what is already there is checked before the first byte.
class IncomingFile : public ByteSource {
public:
    virtual UploadRequest const& request() const = 0;
};

struct DeliverRequest {
    std::vector<ProviderName> providers;  // empty: auto
    std::optional<Purpose> purpose;       // none: the one the file was uploaded with
    DeliveryMode mode = DeliveryMode::wait;
};

using Outcomes = std::vector<delivery::Outcome>;

// A file as its owner sees it.
struct FileView {
    catalog::FileRecord file;
    std::vector<catalog::PlacementRecord> placements;
    bool is_deduplicated = false;  // the owner had these bytes before
    Outcomes outcomes;             // of this call's delivery; failures among them
};

// Whose files are listed: the caller's own, unless an admin asks for another's or everybody's.
struct ListedFiles {
    bool is_everybodys = false;
    std::optional<PrincipalId> owner;
};

struct FileContent {
    FileView view;
    std::unique_ptr<ReopenableBody> body;
};

struct GatewayParts {
    access::Access& access;
    ingest::Ingest& ingest;
    store::BlobStore& blobs;
    catalog::Catalog& catalog;
    delivery::Delivery& delivery;
    Recovery& recovery;
    Audit& audit;
    Clock const& clock;
    IdSource& ids;
    Random& random;
    observe::Log& log;
    Executor& background;  // where work runs that outlives its request
};

class Gateway : private QueuedWork {
public:
    Gateway(GatewayParts parts, QueueOptions queue);

    // Once, before the first request. What an earlier run left open is looked into, and what it had
    // queued goes on, in the background.
    Task<Result<void>> start();
    // Looks after open intents and open breakers until stop(). On the background executor.
    void run_periodically();
    // Background work: drain until the deadline, then cancel. On the background executor.
    Task<void> stop(Deadline drain_until);

    // When a delivery that was waited for ends in failure, the error carries the id of the file,
    // which stays kept. Several named providers: fails only when every one of them has.
    Task<Result<FileView>> upload(access::Principal const& caller, IncomingFile& incoming);
    Task<Result<FileView>> deliver(access::Principal const& caller, FileId id,
                                   DeliverRequest request);

    // A foreign file is the same file_not_found as an unknown one, but to an admin, who may do with
    // anybody's file what its owner may.
    Task<Result<FileView>> find(access::Principal const& caller, FileId id);
    Task<Result<catalog::FilePage>> list(access::Principal const& caller, catalog::ListQuery query,
                                         ListedFiles whose = {});
    Task<Result<FileContent>> content(access::Principal const& caller, FileId id);
    Task<Result<void>> remove(access::Principal const& caller, FileId id);
    Task<Result<LimitsReport>> limits(access::Principal const& caller);

private:
    // The steps of upload(), in order.
    Task<Result<access::UploadGrant>> admit(access::Principal const& caller,
                                            UploadRequest const& request);
    Task<Result<ingest::ReceivedFile>> receive(access::UploadGrant const& grant,
                                               IncomingFile& incoming);
    Task<Result<catalog::AddedFile>> keep(access::Principal const& caller,
                                          access::UploadGrant const& grant,
                                          UploadRequest const& request,
                                          ingest::ReceivedFile received);
    Task<Result<Outcomes>> place(catalog::FileRecord file, DeliverRequest request);
    Task<Result<FileView>> remember(access::Principal const& caller,
                                    catalog::AddedFile const& added, Outcomes outcomes);

    Result<void> check(UploadRequest const& request) const;
    Task<Result<Outcomes>> place_now(catalog::FileRecord const& file,
                                     DeliverRequest const& request);
    Task<Result<Outcomes>> try_once(catalog::FileRecord const& file, DeliverRequest const& request,
                                    Deadline deadline);
    Task<Result<Outcomes>> try_queued(catalog::FileRecord const& file,
                                      catalog::QueuedDelivery const& delivery) override;
    Task<void> note_given_up(catalog::FileRecord const& file, Error error) override;
    Task<Result<void>> record_foreign_delivery(access::Principal const& caller,
                                               catalog::FileRecord const& file);
    std::optional<Purpose> purpose_at(std::vector<ProviderName> const& providers,
                                      Purpose const& recorded) const;
    Task<Error> note_failure(catalog::FileRecord const& file, Error error);
    void note_unchecked(FileId const& id, std::string const& what) const;
    Task<void> remove_unused_blob(Sha256Digest sha256);
    Task<void> recover();
    Task<void> remove_marked_copies();
    void run_in_background(Task<void> task);

    GatewayParts parts_;
    KeyedMutex digests_;  // storing and removing the bytes of one digest exclude each other
    TaskGroup background_;
    TaskGroup periodic_;
    DeliveryQueue queue_;
};

}  // namespace filegate::gateway
