// What must hold after every crash. A ledger keeps what the clients were told; verify() asks the
// gateway that was started on what the dead one left, and the sandbox.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { eventually, sha256 } from '../e2e/harness.mjs';

// Does the binary look into open intents on its own, take up queued deliveries after a restart and
// keep its breakers? Until it does, those invariants are not asked for.
export const has_recovery = true;

// How long an upload that was cut off may still turn up: the sandbox is near.
export const recovery_settings = has_recovery
  ? ['--set', 'recovery.settle_time=1s', '--set', 'delivery.attempt_timeout=5s'] : [];

// Those whose copies recovery can look for.
const listing_providers = ['kimi', 'kimi-cn', 'openai', 'glm-cn'];
const settle_ms_max = 30_000;
const page_files = 10_000;

// ---- what the clients were told -----------------------------------------------------------------

export class Ledger {
  acknowledged = new Map();  // id -> { digest, copies: ["provider/id"] }
  deleted = new Set();
  uncertain = new Set();     // deletes whose answer never came
  queued = new Set();        // acknowledged, to be delivered in the background
  sent = new Set();          // the digests of everything that was tried
  open_breakers = new Set(); // keys that were seen open
  seen = new Set();          // files whose bytes were compared

  // One that starts out with what is known to be in a prepared data folder.
  copy() {
    const ledger = new Ledger();
    ledger.acknowledged = new Map(this.acknowledged);
    ledger.sent = new Set(this.sent);
    return ledger;
  }

  async upload(gateway, name, body, { query = {}, isForm = false } = {}) {
    this.sent.add(sha256(body));
    const answer = isForm ? await gateway.post(name, body, query)
      : await gateway.put(name, body, { query });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.filegate.sha256, sha256(body));
    this.acknowledge(answer.json);
    if (query.deliver === 'later') this.queued.add(answer.json.id);
    return answer.json.id;
  }

  // An upload that no provider takes: the error says where the file is kept.
  async uploadInVain(gateway, name, body, { query = {} } = {}) {
    this.sent.add(sha256(body));
    const answer = await gateway.put(name, body, { query });
    const id = answer.json?.error?.filegate?.file_id;
    assert.match(id ?? '', /^file-/, answer.text);
    this.acknowledged.set(id, { digest: sha256(body), copies: [] });
    return id;
  }

  async deliver(gateway, id, wish = {}) {
    const answer = await gateway.request('POST', `/v1/files/${id}/deliver`, {
      headers: { 'content-type': 'application/json' }, body: JSON.stringify(wish) });
    assert.equal(answer.status, 200, answer.text);
    this.acknowledge(answer.json);
  }

  async remove(gateway, id) {
    this.uncertain.add(id);
    const answer = await gateway.request('DELETE', `/v1/files/${id}`);
    assert.equal(answer.status, 200, answer.text);
    this.uncertain.delete(id);
    this.deleted.add(id);
    this.acknowledged.delete(id);
    this.queued.delete(id);
  }

  acknowledge(file) {
    this.acknowledged.set(file.id, { digest: file.filegate.sha256, copies: copiesOf(file) });
  }

  // A delete that was cut off happened or did not; from now on it is known which.
  settleDeletes(listed) {
    for (const id of this.uncertain) {
      if (listed.has(id)) continue;
      this.acknowledged.delete(id);
      this.queued.delete(id);
    }
    this.uncertain.clear();
  }
}

function copiesOf(file) {
  return file.filegate.placements.map(
    (placement) => `${placement.provider}/${placement.provider_file_id}`);
}

// ---- what a dead gateway left -------------------------------------------------------------------

// Every copy at a provider is some placement's, or an intent was written before it was made. Looks
// at a copy of the catalog: opening the original would change what the next gateway finds.
export async function assertCopiesWrittenDown(data, sandbox, scratch) {
  const known = await readCatalog(data, scratch);
  for (const copy of await allCopies(sandbox)) {
    if (known.placements.has(`${copy.provider}/${copy.id}`)) continue;
    const at = known.intents.findIndex(
      (intent) => intent.provider === copy.provider && intent.sha256 === copy.sha256);
    assert.notEqual(at, -1, `no placement and no intent knows of ${JSON.stringify(copy)}`);
    known.intents.splice(at, 1);
  }
}

async function readCatalog(data, scratch) {
  const known = { placements: new Set(), intents: [] };
  if (!existsSync(path.join(data, 'catalog.db'))) return known;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  for (const name of ['catalog.db', 'catalog.db-wal', 'catalog.db-journal']) {
    const file = path.join(data, name);
    if (existsSync(file)) cpSync(file, path.join(scratch, name));
  }
  const catalog = await openDatabase(path.join(scratch, 'catalog.db'));
  try {
    assert.deepEqual(rows(catalog, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.deepEqual(rows(catalog, 'PRAGMA foreign_key_check'), []);
    if (rows(catalog, "SELECT 1 FROM sqlite_schema WHERE name = 'intents'").length === 0) {
      return known;  // killed before there was a schema
    }
    assertCharged(catalog);
    for (const row of rows(catalog, 'SELECT provider, provider_file_id FROM placements')) {
      known.placements.add(`${row.provider}/${row.provider_file_id}`);
    }
    known.intents = rows(catalog, 'SELECT provider, sha256 FROM intents');
    return known;
  } finally {
    catalog.close();
  }
}

// A file and its charge are one transaction: no kill falls between them.
function assertCharged(catalog) {
  if (rows(catalog, "SELECT 1 FROM sqlite_schema WHERE name = 'user_quotas'").length === 0) return;
  assert.deepEqual(
    rows(catalog, `SELECT owner, used_bytes, file_count FROM user_quotas
      WHERE file_count > 0 OR used_bytes > 0 ORDER BY owner`),
    rows(catalog, `SELECT owner, sum(bytes) AS used_bytes, count(*) AS file_count FROM files
      WHERE deleted_at IS NULL GROUP BY owner ORDER BY owner`));
}

function rows(database, sql) {
  return database.prepare(sql).all().map((row) => ({ ...row }));
}

// Node warns that its SQLite is experimental; once per run is once too often.
export async function openDatabase(file) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  const { DatabaseSync } = await import('node:sqlite').finally(() => {
    process.emitWarning = emitWarning;
  });
  return new DatabaseSync(file);
}

async function allCopies(sandbox) {
  const { providers } = await sandbox.state();
  return Object.entries(providers).flatMap(
    ([provider, { files }]) => files.map((file) => ({ provider, ...file })));
}

// ---- what the next gateway must show ------------------------------------------------------------

export async function verify(gateway, sandbox, ledger) {
  const ready = await gateway.request('GET', '/readyz');
  assert.equal(ready.status, 200, ready.text);
  assert.deepEqual(gateway.stagedFiles(), [], 'staging is empty');
  const files = await allFiles(gateway);
  assertKept(ledger, new Map(files.map((file) => [file.id, file])));
  for (const file of files) {
    assert.ok(ledger.sent.has(file.filegate.sha256), `${file.id} holds what somebody sent`);
    if (!ledger.seen.has(file.id)) await assertWhole(gateway, file);
    ledger.seen.add(file.id);
    ledger.acknowledge(file);  // seen once, it must stay
  }
  await assertQuotaExact(gateway, files);
  await assertPlacementsReal(files, sandbox);
  await assertBreakersKept(gateway, ledger);
  await assertTrailWhole(gateway, files);
  return files;
}

// No crash breaks the audit trail's chain, and no file is there without the row that tells of it:
// both were written in one transaction.
async function assertTrailWhole(gateway, files) {
  const verdict = await gateway.request('GET', '/v1/admin/audit/verify');
  assert.equal(verdict.status, 200, verdict.text);
  assert.equal(verdict.json.ok, true, verdict.text);
  const told = new Set();
  for (let after = 0, has_more = true; has_more;) {
    const page = await gateway.request(
      'GET', `/v1/admin/audit?action=file.created&limit=1000&after=${after}`);
    assert.equal(page.status, 200, page.text);
    for (const row of page.json.data) told.add(row.file_id);
    ({ next_after: after, has_more } = page.json);
  }
  for (const file of files) assert.ok(told.has(file.id), `the trail tells of ${file.id}`);
}

// What is charged is what is there, and the dead gateway's uploads hold nothing any more.
async function assertQuotaExact(gateway, files) {
  const { status, text, json } = await gateway.request('GET', '/v1/admin/quotas/local');
  assert.equal(status, 200, text);
  assert.equal(json.used_bytes, files.reduce((sum, file) => sum + file.bytes, 0), 'used bytes');
  assert.equal(json.file_count, files.length, 'files charged');
  assert.equal(json.reserved_bytes, 0, 'nothing is reserved');
}

async function allFiles(gateway) {
  const files = [];
  while (true) {
    const after = files.length > 0 ? `&after=${files.at(-1).id}` : '';
    const page = await gateway.list(`?limit=${page_files}${after}`);
    files.push(...page);
    if (page.length < page_files) return files;
  }
}

function assertKept(ledger, listed) {
  for (const id of ledger.deleted) assert.ok(!listed.has(id), `${id} was deleted`);
  ledger.settleDeletes(listed);
  for (const [id, { digest, copies }] of ledger.acknowledged) {
    const file = listed.get(id);
    assert.equal(file?.filegate.sha256, digest, `${id} was acknowledged and is lost`);
    const lost = copies.filter((copy) => !copiesOf(file).includes(copy));
    assert.deepEqual(lost, [], `${id} was acknowledged to be at these places`);
  }
}

export async function assertWhole(gateway, file) {
  const content = await gateway.content(file.id);
  assert.equal(content.length, file.bytes, file.id);
  assert.equal(sha256(content), file.filegate.sha256, file.id);
}

// No placement that the provider has not: they were listed before the sandbox is asked.
async function assertPlacementsReal(files, sandbox) {
  const copies = new Map();
  for (const copy of await allCopies(sandbox)) copies.set(`${copy.provider}/${copy.id}`, copy);
  for (const file of files) {
    for (const name of copiesOf(file)) {
      assert.equal(copies.get(name)?.sha256, file.filegate.sha256, `${file.id} is at ${name}`);
    }
  }
}

async function assertBreakersKept(gateway, ledger) {
  for (const key of ledger.open_breakers) {
    assert.equal(await breakerState(gateway, key), 'open', `the breaker of ${key}`);
  }
}

export async function breakerState(gateway, key) {
  const answer = await gateway.request('GET', '/v1/admin/breakers');
  assert.equal(answer.status, 200, answer.text);
  return answer.json.breakers.find((breaker) => breaker.key === key)?.state;
}

// After a while nothing is in doubt any more: each copy at a provider with a list is a listed
// file's, none is there twice, and what was promised for later is done. Returns at once when the
// gateway is dead.
export async function assertSettles(gateway, sandbox, ledger) {
  if (!has_recovery) return;
  await eventually(async () => {
    if (gateway.exit) return;
    const asked = await gateway.request('POST', '/v1/admin/reconcile');
    assert.equal(asked.status, 200, asked.text);
    const files = await allFiles(gateway);
    const copies = (await allCopies(sandbox))
      .filter((copy) => listing_providers.includes(copy.provider));
    assertAllKnown(files, copies);
    assertNoneTwice(copies);
    const placed = new Set(
      files.filter((file) => file.status === 'processed').map((file) => file.id));
    for (const id of ledger.queued) assert.ok(placed.has(id), `${id} is delivered after all`);
  }, settle_ms_max);
}

function assertAllKnown(files, copies) {
  const known = new Set(files.flatMap(copiesOf));
  const unknown = copies.filter((copy) => !known.has(`${copy.provider}/${copy.id}`));
  assert.deepEqual(unknown, [], 'no listed file has these copies');
}

function assertNoneTwice(copies) {
  const seen = new Set();
  for (const { provider, purpose, sha256: digest } of copies) {
    const key = `${provider} ${purpose} ${digest}`;
    assert.ok(!seen.has(key), `two copies: ${key}`);
    seen.add(key);
  }
}
