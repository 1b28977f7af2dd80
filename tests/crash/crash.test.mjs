// kill -9 at random instants during concurrent uploads and deletes, then a restart on the same
// data, again and again. What was acknowledged is there byte for byte; what was not is there whole
// or not at all; staging is empty.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Gateway, Sandbox, isSlow, random, seed, sha256, withScratch } from '../e2e/harness.mjs';

const rounds = Number(process.env.FILEGATE_CRASHES ?? (isSlow ? 200 : 20));
const clients = 6;
const kill_after_ms_max = 400;
const body_bytes_max = 2 << 20;

function bodyOf(next, name) {
  // Mostly small, sometimes large: kills must fall into every stage.
  const bytes = Math.ceil(body_bytes_max * next() ** 4) + 40;
  return Buffer.from(`${name} `.padEnd(bytes, `${Math.floor(next() * 1e9)} `));
}

// What the clients were told. `sent` holds the digests of everything they tried.
class Ledger {
  acknowledged = new Map();  // id -> sha256
  deleted = new Set();
  uncertain = new Set();     // deletes whose answer never came
  sent = new Set();
}

async function keepUploading(gateway, ledger, next, name) {
  for (let i = 0; !gateway.isKilled; i++) {
    const body = bodyOf(next, `${name}-${i}`);
    ledger.sent.add(sha256(body));
    try {
      const query = next() < 0.5 ? { deliver: 'none' } : {};
      const answer = next() < 0.5 ? await gateway.put(`${name}.txt`, body, { query })
        : await gateway.post(`${name}.txt`, body, query);
      assert.equal(answer.status, 200, answer.text);
      ledger.acknowledged.set(answer.json.id, answer.json.filegate.sha256);
      assert.equal(answer.json.filegate.sha256, sha256(body));
      if (next() < 0.2) await remove(gateway, ledger, answer.json.id);
    } catch (error) {
      if (error instanceof assert.AssertionError || !gateway.isKilled) throw error;
      return;  // the kill cut it off
    }
  }
}

async function remove(gateway, ledger, id) {
  ledger.uncertain.add(id);
  const answer = await gateway.request('DELETE', `/v1/files/${id}`);
  assert.equal(answer.status, 200, answer.text);
  ledger.uncertain.delete(id);
  ledger.deleted.add(id);
  ledger.acknowledged.delete(id);
}

async function verify(gateway, ledger, seen) {
  assert.deepEqual(gateway.stagedFiles(), [], 'staging is empty');
  const files = await gateway.list('?limit=10000');
  const listed = new Map(files.map((file) => [file.id, file]));
  for (const id of ledger.deleted) assert.ok(!listed.has(id), `${id} was deleted`);
  for (const [id, digest] of ledger.acknowledged) {
    if (ledger.uncertain.has(id) && !listed.has(id)) {
      ledger.acknowledged.delete(id);
      continue;
    }
    assert.equal(listed.get(id)?.filegate.sha256, digest, `${id} was acknowledged and is lost`);
  }
  ledger.uncertain.clear();
  for (const file of files) {
    assert.ok(ledger.sent.has(file.filegate.sha256), `${file.id} holds what somebody sent`);
    if (seen.has(file.id)) continue;
    await assertWhole(gateway, file);
    seen.add(file.id);
    ledger.acknowledged.set(file.id, file.filegate.sha256);  // seen once, it must stay
  }
}

async function assertWhole(gateway, file) {
  const content = await gateway.content(file.id);
  assert.equal(content.length, file.bytes, file.id);
  assert.equal(sha256(content), file.filegate.sha256, file.id);
}

test(`${rounds} kills (seed ${seed}) lose nothing and leave nothing half-done`, (t) =>
  withScratch(async ({ data, running }) => {
    const next = random(seed);
    const sandbox = await Sandbox.start();
    running.push(sandbox);
    const ledger = new Ledger();
    const seen = new Set();
    for (let round = 0; round < rounds; round++) {
      const gateway = await Gateway.start({ data, sandbox });
      running.push(gateway);
      await verify(gateway, ledger, seen);
      const working = Array.from({ length: clients },
        (_, i) => keepUploading(gateway, ledger, next, `round-${round}-client-${i}`));
      const all = Promise.all(working);
      all.catch(() => {});  // looked at below, after the kill
      await delay(next() * kill_after_ms_max);
      await gateway.kill();
      await all;
      running.pop();
    }
    const last = await Gateway.start({ data, sandbox });
    running.push(last);
    await verify(last, ledger, seen);
    for (const file of await last.list('?limit=10000')) await assertWhole(last, file);
    t.diagnostic(`${ledger.acknowledged.size} files kept, ${ledger.deleted.size} deleted`);
    assert.ok(ledger.acknowledged.size >= rounds / 2, 'the kills did not fall before all uploads');
  }));
