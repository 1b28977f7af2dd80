// Times are milliseconds since 1970 (UTC), digests 64 lower-case hexadecimal characters.
//
// What the indexes are for, since every one of them costs each write:
//   files_live_copy          one live record per (owner, bytes, purpose, name). Led by the digest,
//                            so that it also answers "does anybody need this blob" and "did the
//                            owner have these bytes"
//   files_by_owner           listing, a page at a time by key
//   files_by_owner_purpose   the same when a purpose is asked for, however rare it is
//   placements_live          at most one live placement per key: the last word on double delivery
//   placements_by_status     recovery's and lifecycle's work lists
//   placements_by_copy       "does a placement know this file of the provider's list"
//   file_placements_by_placement   "does any file need this provider copy"
//   intents_by_start         recovery's rounds, oldest first, a page at a time by key
//   intents_by_key           what earlier deliveries of the same bytes left open
//   intents_by_bytes         what others left open whose copies look alike in a provider's list
//   queued_deliveries_by_time   the next that are due
//   queued_deliveries_by_file   those that end with their file
//   revocations_by_end       those whose time is over
// file_placements holds links of live files only, so that a placement's links stay few however
// often its files come and go. Intents and queued deliveries go when they end, so those tables hold
// what is under way or unanswered. Audit events are added at
// the end and cut from the front (audit_chain.cpp has their chain); every read of them is a stretch
// of ids, so they have no index.
//
// A queued delivery's providers are one text: each name, followed by a comma. None is the empty
// text. A name is of [a-z0-9-].

#include "catalog/migrations.hpp"

namespace filegate::catalog {
namespace {

constexpr std::string_view first_schema = R"sql(
CREATE TABLE files (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    mime_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('kept', 'placed', 'failed')),
    status_details TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER,
    deleted_at INTEGER,
    deletion_reason TEXT
        CHECK (deletion_reason IN ('expired', 'manual', 'orphaned', 'quota_exceeded')),
    CHECK ((deleted_at IS NULL) = (deletion_reason IS NULL))
) STRICT;
CREATE UNIQUE INDEX files_live_copy ON files (sha256, owner, purpose, name)
    WHERE deleted_at IS NULL;
CREATE INDEX files_by_owner ON files (owner, id) WHERE deleted_at IS NULL;
CREATE INDEX files_by_owner_purpose ON files (owner, purpose, id) WHERE deleted_at IS NULL;

CREATE TABLE placements (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    provider_file_id TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    status TEXT NOT NULL CHECK (status IN ('live', 'deleting', 'deleted', 'vanished')),
    provider_status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX placements_live ON placements (provider, account, purpose, sha256)
    WHERE status = 'live';
CREATE INDEX placements_by_status ON placements (status, id);

CREATE TABLE file_placements (
    file_id TEXT NOT NULL REFERENCES files (id),
    placement_id TEXT NOT NULL REFERENCES placements (id),
    PRIMARY KEY (file_id, placement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_placements_by_placement ON file_placements (placement_id);

CREATE TABLE intents (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    file_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    started_at INTEGER NOT NULL
) STRICT;

CREATE TABLE purpose_memories (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    asked TEXT NOT NULL,
    worked TEXT NOT NULL,
    PRIMARY KEY (provider, account, asked)
) STRICT, WITHOUT ROWID;

-- One row that readiness checks change, to know that the catalog can write.
CREATE TABLE write_checks (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    checks INTEGER NOT NULL
) STRICT;
INSERT INTO write_checks (id, checks) VALUES (1, 0);
)sql";

constexpr std::string_view lasting_deliveries = R"sql(
ALTER TABLE intents ADD COLUMN finding TEXT NOT NULL DEFAULT '';
ALTER TABLE intents ADD COLUMN looked_at INTEGER;
CREATE INDEX intents_by_start ON intents (started_at, id);
CREATE INDEX intents_by_key ON intents (provider, account, purpose, sha256, started_at, id);
CREATE INDEX intents_by_bytes ON intents (provider, account, purpose, bytes, started_at, id);

CREATE INDEX placements_by_copy ON placements (provider, account, provider_file_id);

CREATE TABLE queued_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    file_id TEXT NOT NULL REFERENCES files (id),
    providers TEXT NOT NULL,
    purpose TEXT,
    queued_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    last_error TEXT NOT NULL
) STRICT;
CREATE INDEX queued_deliveries_by_time ON queued_deliveries (next_try_at, id);
CREATE INDEX queued_deliveries_by_file ON queued_deliveries (file_id);

CREATE TABLE breakers (
    provider TEXT NOT NULL,
    transport TEXT NOT NULL,
    phase TEXT NOT NULL,
    successes INTEGER NOT NULL,
    wait_s INTEGER NOT NULL,
    retry_at INTEGER,
    changed_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (provider, transport)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
)sql";

constexpr std::string_view audit_trail = R"sql(
CREATE TABLE audit_events (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    at INTEGER NOT NULL,
    principal TEXT NOT NULL,
    door TEXT NOT NULL,
    peer_address TEXT NOT NULL,
    request TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    file TEXT NOT NULL,
    outcome TEXT NOT NULL,
    error_code INTEGER NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- The ends of the chain: the last row that retention took, and the last one that was added.
CREATE TABLE audit_chain (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    anchor_id INTEGER NOT NULL,
    anchor_hash TEXT NOT NULL,
    head_id INTEGER NOT NULL,
    head_hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_chain (id, anchor_id, anchor_hash, head_id, head_hash)
VALUES (1, 0, printf('%064d', 0), 0, printf('%064d', 0));

-- SQL cannot hash: what is in here is chained when the catalog is opened.
ALTER TABLE events RENAME TO unchained_events;
)sql";

constexpr std::string_view token_book = R"sql(
CREATE TABLE settled (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revocations (
    token_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_before INTEGER,
    until INTEGER,
    revoked_at INTEGER NOT NULL,
    PRIMARY KEY (token_id, subject),
    CHECK ((token_id = '') <> (subject = ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_by_end ON revocations (until) WHERE until IS NOT NULL;
)sql";

// What every principal holds, counted as files come and go: a sum over files would grow with them.
constexpr std::string_view counted_quotas = R"sql(
CREATE TABLE user_quotas (
    owner TEXT NOT NULL PRIMARY KEY,
    used_bytes INTEGER NOT NULL CHECK (used_bytes >= 0),
    file_count INTEGER NOT NULL CHECK (file_count >= 0),
    limit_bytes INTEGER CHECK (limit_bytes >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO user_quotas (owner, used_bytes, file_count)
    SELECT owner, sum(bytes), count(*) FROM files WHERE deleted_at IS NULL GROUP BY owner;
)sql";

constexpr std::array migrations{
    db::Migration{.name = "files_and_placements", .script = first_schema},
    db::Migration{.name = "lasting_deliveries", .script = lasting_deliveries},
    db::Migration{.name = "audit_trail", .script = audit_trail},
    db::Migration{.name = "token_book", .script = token_book},
    db::Migration{.name = "counted_quotas", .script = counted_quotas},
};

}  // namespace

std::span<db::Migration const> sqlite_migrations() {
    return migrations;
}

}  // namespace filegate::catalog
