// Quotas as clients and operators meet them: told before they are met, refused before the first
// byte, exact at the edge whatever becomes of the uploads, and kept over a restart.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  Gateway, assertRefused, eventually, filegate, uniqueText, withBoth, withScratch,
} from './harness.mjs';
import { RawConnection, head } from './raw_http.mjs';

const kept = { deliver: 'none' };

function withQuota(bytes, story) {
  const args = ['--set', `quota.bytes_per_principal=${bytes}`];
  return withBoth({ gateway: { args } }, story);
}

async function quotaOf(gateway, principal = 'local') {
  const answer = await gateway.request('GET', `/v1/admin/quotas/${principal}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// Nothing is reserved, and what is charged is what is there.
async function assertExact(gateway) {
  const files = await gateway.list('?limit=10000');
  const quota = await quotaOf(gateway);
  assert.equal(quota.used_bytes, files.reduce((sum, file) => sum + file.bytes, 0));
  assert.equal(quota.file_count, files.length);
  assert.equal(quota.reserved_bytes, 0, 'nothing is reserved');
  return quota;
}

function quotaHeaders(answer) {
  return ['limit', 'used', 'left'].map(
    (name) => Number(answer.headers.get(`x-filegate-quota-${name}`)));
}

// An upload whose length the gateway is not told.
async function putChunked(gateway, name, text) {
  const connection = await RawConnection.open(gateway.url);
  await connection.write(head('PUT', `/v1/files?filename=${name}&deliver=none`,
    { 'Transfer-Encoding': 'chunked' }));
  for (let at = 0; at < text.length; at += 1000) {
    const piece = text.slice(at, at + 1000);
    await connection.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  }
  await connection.write('0\r\n\r\n');
  const answer = await connection.response();
  connection.close();
  return answer;
}

describe('quota', () => {
  test('uploads and deletes say what is used and what is left', () =>
    withQuota(1000, async ({ gateway }) => {
      const first = await gateway.put('a.txt', uniqueText(300), { query: kept });
      assert.deepEqual(quotaHeaders(first), [1000, 300, 700]);
      const second = await gateway.post('b.txt', uniqueText(500), kept);
      assert.deepEqual(quotaHeaders(second), [1000, 800, 200]);
      const gone = await gateway.request('DELETE', `/v1/files/${first.json.id}`);
      assert.deepEqual(quotaHeaders(gone), [1000, 500, 500]);
      const refused = await gateway.put('c.txt', uniqueText(501), { query: kept });
      assertRefused(refused, 403, 2004);
      assert.deepEqual(quotaHeaders(refused), [1000, 500, 500]);
      await assertExact(gateway);
    }));

  test('limits are told to who asks', () => withQuota(1000, async ({ gateway }) => {
    await gateway.put('a.txt', uniqueText(300), { query: kept });
    const { json } = await gateway.request('GET', '/v1/limits');
    assert.equal(json.file_bytes_max, 512 * 1024 * 1024);
    assert.deepEqual(json.quota, {
      limit_bytes: 1000, used_bytes: 300, reserved_bytes: 0, left_bytes: 700, file_count: 1,
    });
    assert.equal(json.rates, null, 'nobody is limited without authentication');
    assert.ok(json.purposes.includes('assistants'));
    assert.equal(json.providers.glm.default_purpose, 'file');
  }));

  test('what cannot fit is refused before its first byte, with the numbers', () =>
    withQuota(1000, async ({ gateway }) => {
      await gateway.put('a.txt', uniqueText(600), { query: kept });
      const connection = await RawConnection.open(gateway.url);
      await connection.write(head('PUT', '/v1/files?filename=b.txt&deliver=none',
        { 'Content-Length': '401', Expect: '100-continue' }));
      const answer = await connection.response();
      connection.close();
      assert.equal(answer.status, 403, answer.text);
      assert.equal(answer.json.error.filegate.error_name, 'QUOTA_EXCEEDED');
      for (const number of ['1000', '600', '401', '400']) {
        assert.match(answer.json.error.message, new RegExp(`\\b${number}\\b`));
      }
      assert.equal((await gateway.put('b.txt', uniqueText(400), { query: kept })).status, 200);
      await assertExact(gateway);
    }));

  test('a body of unknown length may use what is left and no byte more', () =>
    withQuota(5000, async ({ gateway }) => {
      const over = await putChunked(gateway, 'a.txt', uniqueText(5001));
      assertRefused(over, 403, 2004);
      assert.match(over.json.error.message, /5000/);
      await eventually(() => assertExact(gateway));
      const fits = await putChunked(gateway, 'a.txt', uniqueText(5000));
      assert.equal(fits.status, 200, fits.text);
      assertRefused(await gateway.put('b.txt', 'x', { query: kept }), 403, 2004);
    }));

  test('the same file again is not charged, the same bytes under another name are', () =>
    withQuota(1000, async ({ gateway }) => {
      const body = uniqueText(300);
      for (let i = 0; i < 5; i++) await gateway.put('a.txt', body, { query: kept });
      assert.equal((await assertExact(gateway)).used_bytes, 300);
      await gateway.put('b.txt', body, { query: kept });
      assert.equal((await assertExact(gateway)).used_bytes, 600);
    }));

  test('64 uploads at once, at the edge, never pass it and leave nothing reserved', () =>
    withQuota(500_000, async ({ gateway }) => {
      let isOver = false;
      const watching = (async () => {
        while (!isOver) {
          const { used_bytes: used, reserved_bytes: reserved } = await quotaOf(gateway);
          assert.ok(used + reserved <= 500_000, `${used} used and ${reserved} reserved`);
        }
      })();
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => {
          const body = uniqueText(9_000 + 37 * i);
          const name = `${round}-${i}.txt`;
          if (i % 3 === 0) return gateway.put(name, body, { query: kept });
          if (i % 3 === 1) return gateway.post(name, body, kept);
          return putChunked(gateway, name, body);
        }));
        for (const answer of answers) {
          if (answer.status !== 200) assertRefused(answer, 403, 2004);
        }
        const quota = await eventually(() => assertExact(gateway));
        assert.ok(quota.used_bytes <= 500_000);
        assert.ok(answers.some((answer) => answer.status !== 200), 'the edge was reached');
        for (const { id } of (await gateway.list()).slice(0, 20)) {
          await gateway.request('DELETE', `/v1/files/${id}`);
        }
      }
      isOver = true;
      await watching;
    }));

  test('clients that go away in the middle leave nothing reserved', () =>
    withQuota(1 << 20, async ({ gateway }) => {
      const connections = await Promise.all(Array.from({ length: 64 }, async (_, i) => {
        const connection = await RawConnection.open(gateway.url);
        const size = i % 2 === 0
          ? { 'Content-Length': '16000' } : { 'Transfer-Encoding': 'chunked' };
        await connection.write(head('PUT', `/v1/files?filename=${i}.txt&deliver=none`, size));
        await connection.write(i % 2 === 0 ? 'x'.repeat(i * 100) : '3\r\nabc\r\n');
        return connection;
      }));
      await eventually(async () => assert.ok((await quotaOf(gateway)).reserved_bytes > 0));
      for (const connection of connections) connection.close();
      await eventually(() => assertExact(gateway));
      await gateway.assertNothingStaged();
    }));

  test('a kill in the middle of uploads returns what they had reserved', () =>
    withScratch(async ({ data, running }) => {
      let gateway = await Gateway.start({ data });
      running.push(gateway);
      await gateway.put('a.txt', uniqueText(700), { query: kept });
      const half = await RawConnection.open(gateway.url);
      await half.write(head('PUT', '/v1/files?filename=b.txt', { 'Content-Length': '5000' }));
      await eventually(async () =>
        assert.equal((await quotaOf(gateway)).reserved_bytes, 5000));
      await gateway.kill();
      half.close();
      running.pop();
      gateway = await Gateway.start({ data });
      running.push(gateway);
      assert.equal((await assertExact(gateway)).used_bytes, 700);
    }));

  test('operators see and set limits, which last', () =>
    withScratch(async ({ data, running }) => {
      let gateway = await Gateway.start({ data });
      running.push(gateway);
      const cli = async (...args) => {
        const result = await filegate(['quota', ...args, '--server', gateway.url]);
        assert.equal(result.code, 0, result.stderr);
        return result.stdout;
      };
      assert.match(await cli('show'), /nobody has uploaded/);
      await gateway.put('a.txt', uniqueText(700), { query: kept });
      assert.match(await cli('show'), /local +10.0 GiB .*default/);
      assert.match(await cli('set', 'local', '1KiB'), /local +1.0 KiB .*own/);
      await cli('set', 'a b/c', '5GiB');
      assertRefused(await gateway.put('b.txt', uniqueText(400), { query: kept }), 403, 2004);
      await gateway.stop();
      running.pop();
      gateway = await Gateway.start({ data });
      running.push(gateway);
      assertRefused(await gateway.put('b.txt', uniqueText(400), { query: kept }), 403, 2004);
      const shown = (await cli('show', '--json')).trim().split('\n').map((one) => JSON.parse(one));
      assert.deepEqual(shown.map((one) => [one.principal, one.limit_bytes, one.is_default]),
        [['a b/c', 5 * 2 ** 30, false], ['local', 1024, false]]);
      assert.match(await cli('set', 'local', 'default'), /default/);
      assert.equal((await gateway.put('b.txt', uniqueText(400), { query: kept })).status, 200);
      const { json } = await gateway.request('GET', '/v1/admin/events');
      assert.deepEqual(json.events.filter((event) => event.action === 'quota.set')
        .map((event) => event.subject), ['local', 'a b/c', 'local']);
    }));

  test('a limit that is no number is refused', () => withQuota(1000, async ({ gateway }) => {
    for (const limit of ['-1', '1.5', '"5"', '1e30', 'true', '[]']) {
      const answer = await gateway.request('PUT', '/v1/admin/quotas/ann',
        { body: `{"limit_bytes":${limit}}` });
      assertRefused(answer, 400, 1001);
    }
    assertRefused(await gateway.request('PUT', '/v1/admin/quotas/ann', { body: '{}' }), 400, 1001);
    assertRefused(await gateway.request('PUT', `/v1/admin/quotas/${'x'.repeat(300)}`,
      { body: '{"limit_bytes":1}' }), 400, 1001);
  }));
});
