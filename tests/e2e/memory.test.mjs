// Memory stays small whatever the size and the number of uploads. Release builds only: a
// sanitizer's own memory says nothing about ours.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statfsSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, test } from 'node:test';

import OpenAI from 'openai';

import { isSanitized, isSlow, withBoth } from './harness.mjs';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const resident_bytes_max = 128 * MiB;

// `size` bytes of text, made while they are sent; `name` makes them differ from any other's.
function* pieces(name, size) {
  const block = Buffer.alloc(MiB, 'All work and no play makes a dull file.\n');
  for (let at = 0; at < size; at += block.length) {
    const piece = Buffer.from(block.subarray(0, Math.min(block.length, size - at)));
    piece.write(`${name} ${at} `);
    yield piece;
  }
}

function upload(gateway, name, size, query) {
  const hash = createHash('sha256');
  const target = new URL(`/v1/files?${new URLSearchParams({ filename: name, ...query })}`,
    gateway.url);
  return new Promise((resolve, reject) => {
    const request = http.request(target,
      { method: 'PUT', headers: { 'Content-Length': size }, agent: false });
    request.on('error', reject);
    request.on('response', (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve(
        { status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    const source = pieces(name, size);
    const send = () => {
      for (let next = source.next(); !next.done; next = source.next()) {
        hash.update(next.value);
        if (!request.write(next.value)) {
          request.once('drain', send);
          return;
        }
      }
      request.end();
    };
    send();
  }).then(({ status, text }) => {
    assert.equal(status, 200, text);
    const file = JSON.parse(text);
    assert.equal(file.bytes, size);
    assert.equal(file.filegate.sha256, hash.digest('hex'), `${name}: hashed on both sides`);
    return file;
  });
}

async function assertReadsBack(gateway, file) {
  const answer = await fetch(`${gateway.url}/v1/files/${file.id}/content`);
  assert.equal(answer.status, 200);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of answer.body) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  assert.equal(bytes, file.bytes);
  assert.equal(hash.digest('hex'), file.filegate.sha256);
}

function assertSmall(gateway, t) {
  const peak = gateway.memory('VmHWM');
  t.diagnostic(`peak resident ${(peak / MiB).toFixed(1)} MiB`);
  assert.ok(peak < resident_bytes_max, `${(peak / MiB).toFixed(1)} MiB resident at the peak`);
}

function skipReason(bytes) {
  if (isSanitized) return 'memory is measured on the release build';
  const disk = statfsSync(os.tmpdir());
  const free = disk.bavail * disk.bsize;
  return free < bytes * 1.5 && `needs ${bytes} bytes of disk, ${free} are free`;
}

// Room for files beyond what is usual.
const gateway = { maxFileMb: 5000, args: ['--set', 'quota.bytes_per_principal=100GiB'] };

describe('resident memory stays under 128 MiB', () => {
  test('with one upload of 4 GiB', { skip: skipReason(4 * GiB) }, (t) =>
    withBoth({ gateway }, async (world) => {
      const file = await upload(world.gateway, 'big.txt', 4 * GiB, { deliver: 'none' });
      await assertReadsBack(world.gateway, file);
      assertSmall(world.gateway, t);
    }));

  test('with 1 GiB from the unmodified client', { skip: skipReason(3 * GiB) }, (t) =>
    withBoth({ gateway }, async (world) => {
      const source = path.join(world.folder, 'big.txt');
      await pipeline(Readable.from(pieces('client', GiB)), createWriteStream(source));
      const client = new OpenAI(
        { apiKey: 'any', baseURL: `${world.gateway.url}/v1`, maxRetries: 0 });
      const file = await client.files.create(
        { file: createReadStream(source), purpose: 'assistants', deliver: 'none' });
      assert.equal(file.bytes, GiB);
      const hash = createHash('sha256');
      for await (const piece of createReadStream(source)) hash.update(piece);
      assert.equal(file.filegate.sha256, hash.digest('hex'));
      await assertReadsBack(world.gateway, file);
      assertSmall(world.gateway, t);
    }));

  test('with 500 MiB on their way to a provider', { skip: skipReason(GiB) }, (t) =>
    withBoth({ gateway }, async (world) => {
      const file = await upload(world.gateway, 'big.txt', 500 * MiB,
        { provider: 'openai', purpose: 'user_data' });
      assert.equal(file.filegate.placements[0].provider, 'openai');
      await assertReadsBack(world.gateway, file);
      assertSmall(world.gateway, t);
    }));

  const each = isSlow ? 512 * MiB : 64 * MiB;
  test(`with 64 uploads of ${each / MiB} MiB at once`, { skip: skipReason(64 * each) }, (t) =>
    withBoth({ gateway }, async (world) => {
      const files = await Promise.all(Array.from({ length: 64 },
        (_, i) => upload(world.gateway, `${i}.txt`, each, { deliver: 'none' })));
      await Promise.all(files.slice(0, 8).map((file) => assertReadsBack(world.gateway, file)));
      assertSmall(world.gateway, t);
    }));

  test('with 8 uploads of 64 MiB on their way to a provider', { skip: skipReason(GiB) }, (t) =>
    withBoth({ gateway }, async (world) => {
      await Promise.all(Array.from({ length: 8 },
        (_, i) => upload(world.gateway, `${i}.txt`, 64 * MiB, { provider: 'kimi' })));
      assert.equal((await world.sandbox.copies('kimi')).length, 8);
      assertSmall(world.gateway, t);
    }));

  test('with 2000 small files', { skip: skipReason(GiB) }, (t) =>
    withBoth({ gateway }, async (world) => {
      for (let i = 0; i < 2000; i += 50) {
        await Promise.all(Array.from({ length: 50 },
          (_, j) => upload(world.gateway, `${i + j}.txt`, KiB, { deliver: 'none' })));
      }
      assert.equal((await world.gateway.list('?limit=10000')).length, 2000);
      assertSmall(world.gateway, t);
    }));
});
