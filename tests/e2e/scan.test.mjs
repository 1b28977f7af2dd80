// The malware scan, against Debian's clamd.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Clamd, malware, signature } from './clamd.mjs';
import * as samples from './content_samples.mjs';
import { Gateway, assertRefused, eventually, uniqueText, withScratch } from './harness.mjs';

const keep = { query: { deliver: 'none' } };
const [malicious, unchecked, no_scanner] = [1006, 1016, 9006];

// Runs `story` with a clamd and a gateway that scans with it.
function withScanner(options, story) {
  return withScratch(async (place) => {
    const clamd = await Clamd.start(place.folder, options.clamd);
    try {
      const gateway = await Gateway.start({ data: place.data,
        env: { FILEGATE_SCAN_ADDRESS: clamd.socket, ...options.env } });
      place.running.push(gateway);
      await story({ clamd, gateway });
    } finally {
      await clamd.stop();
    }
  });
}

const infected = (bytes) => Buffer.concat([uniqueText(bytes), malware, uniqueText(100)]);

test('a small and a large file with malware are refused, naming the signature', () =>
  withScanner({}, async ({ gateway }) => {
    for (const bytes of [10, 100_000, 3 << 20]) {
      for (const answer of [await gateway.put('a.txt', infected(bytes), keep),
        await gateway.post('a.txt', infected(bytes), { deliver: 'none' })]) {
        assertRefused(answer, 422, malicious);
        assert.ok(answer.json.error.message.includes(signature), answer.text);
      }
    }
    await gateway.assertNothingHalfDone({ ids: [] });
  }));

test('malware inside a document is found', () => withScanner({}, async ({ gateway }) => {
  const bytes = samples.docx([{ name: 'word/media/x.bin', bytes: infected(5000) }]);
  assertRefused(await gateway.put('a.docx', bytes, keep), 422, malicious);
}));

const manyAtOnce = async ({ gateway }) => {
  const sizes = [1, 20_000, 300_000, 5 << 20];
  const answers = await Promise.all(Array.from({ length: 32 }, (_, i) =>
    gateway.put(`${i}.txt`, uniqueText(sizes[i % sizes.length]), keep)));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  await gateway.assertNothingHalfDone({ ids: answers.map((answer) => answer.json.id) });
};
test('clean files of every size pass, and many at once', () => withScanner({}, manyAtOnce));

test('a clean file is kept and an infected one refused when they come at the same time', () =>
  withScanner({}, async ({ gateway }) => {
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) =>
      gateway.put('a.txt', i % 2 ? infected(400_000) : uniqueText(400_000), keep)));
    answers.forEach((answer, i) => assert.equal(answer.status, i % 2 ? 422 : 200, answer.text));
  }));

test('without the scanner files are refused for now, and nothing that was kept is lost', () =>
  withScanner({}, async ({ clamd, gateway }) => {
    const first = await gateway.put('a.txt', uniqueText(), keep);
    await clamd.stop();
    for (const bytes of [100, 2 << 20]) {
      const answer = await gateway.put('b.txt', uniqueText(bytes), keep);
      assertRefused(answer, 503, no_scanner);
    }
    await gateway.assertNothingHalfDone({ ids: [first.json.id] });
  }));

test('without the scanner files are kept and noted where unchecked files are accepted', () =>
  withScanner({ env: { FILEGATE_CONTENT_UNCHECKED: 'accept' } }, async ({ clamd, gateway }) => {
    await clamd.stop();
    const answer = await gateway.put('b.txt', uniqueText(2 << 20), keep);
    assert.equal(answer.status, 200, answer.text);
    assert.match(gateway.stderr, new RegExp(`content.unchecked.*${answer.json.id}.*scanner`));
    await gateway.assertNothingHalfDone({ ids: [answer.json.id] });
  }));

test('a scanner that hangs holds a file up for the timeout and no longer', () =>
  withScanner({ env: { FILEGATE_SCAN_TIMEOUT: '1s' } }, async ({ clamd, gateway }) => {
    clamd.pause();
    const start = Date.now();
    assertRefused(await gateway.put('a.txt', uniqueText(6 << 20), keep), 503, no_scanner);
    assert.ok(Date.now() - start < 15_000, 'it gave up');
    clamd.resume();
    await eventually(async () =>
      assert.equal((await gateway.put('b.txt', uniqueText(), keep)).status, 200));
  }));

test('a file beyond our limit or beyond StreamMaxLength was not checked', async () => {
  await withScanner({ env: { FILEGATE_SCAN_STREAM_BYTES_MAX: '1MiB' } }, async ({ gateway }) => {
    assertRefused(await gateway.put('a.txt', uniqueText(3 << 20), keep), 422, unchecked);
    assert.equal((await gateway.put('b.txt', uniqueText(1 << 20), keep)).status, 200);
  });
  await withScanner({ clamd: { streamMax: '1M' } }, async ({ gateway }) => {
    assertRefused(await gateway.put('a.txt', uniqueText(3 << 20), keep), 422, unchecked);
    assert.equal((await gateway.put('b.txt', uniqueText(200_000), keep)).status, 200);
  });
});

test('readiness asks the scanner', () => withScanner({}, async ({ clamd, gateway }) => {
  const scanner = async () => (await gateway.request('GET', '/readyz')).json.parts.scanner;
  const well = await scanner();
  assert.match(well, /^(ok|well)$/);
  await clamd.stop();
  await eventually(async () => assert.notEqual(await scanner(), well));
}));
