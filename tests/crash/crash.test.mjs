// kill -9 at random instants during concurrent uploads and deletes, then a restart on the same
// data, again and again. Everything that invariants.mjs names holds each time. steps.test.mjs does
// the same one step after the other.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Gateway, Sandbox, isSlow, random, seed, withScratch } from '../e2e/harness.mjs';
import {
  Ledger, assertCopiesWrittenDown, assertSettles, assertWhole, recovery_settings, verify,
} from './invariants.mjs';

const rounds = Number(process.env.FILEGATE_CRASHES ?? (isSlow ? 200 : 20));
const clients = 6;
const kill_after_ms_max = 400;
const body_bytes_max = 2 << 20;

function bodyOf(next, name) {
  // Mostly small, sometimes large: kills must fall into every stage.
  const bytes = Math.ceil(body_bytes_max * next() ** 4) + 40;
  return Buffer.from(`${name} `.padEnd(bytes, `${Math.floor(next() * 1e9)} `));
}

function modeOf(next) {
  const draw = next();
  if (draw < 0.4) return { deliver: 'none' };
  return draw < 0.5 ? { deliver: 'later' } : {};
}

async function keepUploading(gateway, ledger, next, name) {
  for (let i = 0; !gateway.isKilled; i++) {
    const body = bodyOf(next, `${name}-${i}`);
    try {
      const options = { query: modeOf(next), isForm: next() < 0.5 };
      const id = await ledger.upload(gateway, `${name}.txt`, body, options);
      if (next() < 0.2) await ledger.remove(gateway, id);
    } catch (error) {
      if (error instanceof assert.AssertionError || !gateway.isKilled) throw error;
      return;  // the kill cut it off
    }
  }
}

test(`${rounds} kills (seed ${seed}) lose nothing and leave nothing half-done`, (t) =>
  withScratch(async ({ folder, data, running }) => {
    const next = random(seed);
    const sandbox = await Sandbox.start();
    running.push(sandbox);
    const ledger = new Ledger();
    for (let round = 0; round < rounds; round++) {
      const gateway = await Gateway.start({ data, sandbox, args: recovery_settings });
      running.push(gateway);
      await verify(gateway, sandbox, ledger);
      await assertSettles(gateway, sandbox, ledger);
      const working = Array.from({ length: clients },
        (_, i) => keepUploading(gateway, ledger, next, `round-${round}-client-${i}`));
      const all = Promise.all(working);
      all.catch(() => {});  // looked at below, after the kill
      await delay(next() * kill_after_ms_max);
      await gateway.kill();
      await all;
      running.pop();
      await assertCopiesWrittenDown(data, sandbox, path.join(folder, 'copy'));
    }
    const last = await Gateway.start({ data, sandbox, args: recovery_settings });
    running.push(last);
    await verify(last, sandbox, ledger);
    await assertSettles(last, sandbox, ledger);
    for (const file of await verify(last, sandbox, ledger)) await assertWhole(last, file);
    t.diagnostic(`${rounds} kills at random instants, all invariants hold`);
    t.diagnostic(`${ledger.acknowledged.size} files kept, ${ledger.deleted.size} deleted`);
    assert.ok(ledger.acknowledged.size >= rounds / 2, 'the kills did not fall before all uploads');
  }));
