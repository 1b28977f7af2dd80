// The same bytes move once: what the providers hold tells, and what the answer says.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, isSanitized, uniqueText, withBoth } from './harness.mjs';

async function uploaded(answer) {
  const { status, json, text } = await answer;
  assert.equal(status, 200, text);
  return json;
}

test('the same bytes again move nothing and say so', () =>
  withBoth({}, async ({ gateway, sandbox }) => {
    const bytes = uniqueText(3000);
    const first = await uploaded(gateway.put('a.txt', bytes));
    const second = await uploaded(gateway.put('a.txt', bytes));
    assert.equal(first.filegate.deduplicated, false);
    assert.equal(second.filegate.deduplicated, true);
    assert.equal(await sandbox.uploads('kimi'), 1, 'the provider was asked once');
    assert.equal((await sandbox.copies('kimi')).length, 1);
    assert.equal(second.filegate.placements[0].provider_file_id,
      first.filegate.placements[0].provider_file_id);
    const files = await gateway.assertNothingHalfDone();
    assert.ok(files.some((file) => file.id === second.id));
  }));

test('the same bytes under another name are another file with the same copy', () =>
  withBoth({}, async ({ gateway, sandbox }) => {
    const bytes = uniqueText(3000);
    const first = await uploaded(gateway.put('one.txt', bytes));
    const second = await uploaded(gateway.post('two.txt', bytes));
    assert.notEqual(second.id, first.id);
    assert.equal(second.filename, 'two.txt');
    assert.equal(second.filegate.deduplicated, true);
    assert.equal((await sandbox.copies('kimi')).length, 1);
    assert.equal(gateway.blobFiles().length, 1);
    await gateway.assertNothingHalfDone({ ids: [first.id, second.id] });
  }));

test('the same bytes for another provider are placed there too, and stored once', () =>
  withBoth({}, async ({ gateway, sandbox }) => {
    const bytes = uniqueText(3000);
    const first = await uploaded(gateway.put('one.txt', bytes, { query: { provider: 'kimi' } }));
    const second = await uploaded(
      gateway.put('one.txt', bytes, { query: { provider: 'openai', purpose: 'user_data' } }));
    assert.equal(first.filegate.placements[0].provider, 'kimi');
    assert.ok(second.filegate.placements.some((placement) => placement.provider === 'openai'));
    assert.equal((await sandbox.copies('kimi')).length, 1);
    assert.equal((await sandbox.copies('openai')).length, 1);
    assert.equal(gateway.blobFiles().length, 1);
  }));

test('another purpose of one provider is another copy only when its wire word differs', () =>
  withBoth({}, async ({ gateway, sandbox }) => {
    const bytes = uniqueText(3000);
    const query = (purpose) => ({ query: { provider: 'openai', purpose } });
    await uploaded(gateway.put('one.txt', bytes, query('user_data')));
    await uploaded(gateway.put('one.txt', bytes, query('assistants')));
    await uploaded(gateway.put('one.txt', bytes, query('assistants')));
    const purposes = (await sandbox.copies('openai')).map((copy) => copy.purpose).sort();
    assert.deepEqual(purposes, ['assistants', 'user_data']);
  }));

test('the provider copy and the blob stay until their last file is deleted', () =>
  withBoth({}, async ({ gateway, sandbox }) => {
    const bytes = uniqueText(3000);
    const first = await uploaded(gateway.put('one.txt', bytes));
    const second = await uploaded(gateway.put('two.txt', bytes));
    await gateway.request('DELETE', `/v1/files/${first.id}`);
    assert.equal((await sandbox.copies('kimi')).length, 1);
    assert.deepEqual(await gateway.content(second.id), bytes);
    await gateway.request('DELETE', `/v1/files/${second.id}`);
    await eventually(async () => assert.equal((await sandbox.copies('kimi')).length, 0));
    await gateway.assertNothingHalfDone({ ids: [] });
  }));

for (const [what, bytes_count] of [['small', 2000], ['large', isSanitized ? 3 << 20 : 40 << 20]]) {
  test(`eight ${what} identical uploads at once make one provider copy`, () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      const bytes = uniqueText(bytes_count);
      const files = await Promise.all(
        Array.from({ length: 8 }, (_, i) => uploaded(gateway.put(`${i}.txt`, bytes))));
      assert.equal(await sandbox.uploads('kimi'), 1, 'the provider was asked once');
      assert.equal((await sandbox.copies('kimi')).length, 1);
      const copies = new Set(files.map((file) => file.filegate.placements[0].provider_file_id));
      assert.equal(copies.size, 1, 'all name the one copy');
      assert.equal(files.filter((file) => !file.filegate.deduplicated).length, 1,
        'one of them was the first');
      await gateway.assertNothingHalfDone();
    }));
}
