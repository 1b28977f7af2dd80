// Rate limits as hostile and as busy clients meet them, and what one principal may learn about
// another's files: nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused, eventually, uniqueText } from './harness.mjs';
import { RawConnection, head } from './raw_http.mjs';
import { bearer, claims, list, token, withGateway } from './token_maker.mjs';

const kept = { deliver: 'none' };
const all = 'files:read files:write';
const ann = token(claims({ sub: 'ann', scope: all }));
const ben = token(claims({ sub: 'ben', scope: all }));
const root = token(claims({ sub: 'root', scope: 'admin' }));
const forged = token(claims({ sub: 'ann', scope: all }),
  { key: 'another secret of thirty-two bytes!' });

const limit = (name, value) => ({ [`FILEGATE_LIMITS_${name}`]: String(value) });
const one_burst = limit('BURST', '1s');

// Answers to so many requests, one after the other.
async function ask(gateway, text, times) {
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await list(gateway, text));
  return answers;
}

function assertSlowed(answer) {
  assertRefused(answer, 429, 2006);
  const seconds = Number(answer.headers.get('retry-after'));
  assert.ok(seconds >= 1, 'it says when to come again');
  assert.equal(answer.json.error.filegate.retry_after_s, seconds);
}

describe('rate limits', () => {
  test('failed logins stop their address before a token is looked at', () =>
    withGateway(limit('FAILED_LOGINS_PER_MINUTE', 5), async ({ gateway }) => {
      for (const answer of await ask(gateway, forged, 5)) assertRefused(answer, 401, 2002);
      for (const text of [forged, ann, undefined]) assertSlowed(await list(gateway, text));
      assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    }));

  test('a request without a token guesses nothing', () =>
    withGateway(limit('FAILED_LOGINS_PER_MINUTE', 2), async ({ gateway }) => {
      for (const answer of await ask(gateway, undefined, 20)) assertRefused(answer, 401, 2001);
      assert.equal((await list(gateway, ann)).status, 200);
    }));

  test('a client whose token has expired locks nobody out', () =>
    withGateway(limit('FAILED_LOGINS_PER_MINUTE', 2), async ({ gateway }) => {
      const late = token(claims({ sub: 'ann', scope: all, exp: 1_700_000_000 }));
      for (const answer of await ask(gateway, late, 10)) assertRefused(answer, 401, 2003);
      assert.equal((await list(gateway, ben)).status, 200);
    }));

  test('one principal is slowed and others are not', () =>
    withGateway({ ...limit('REQUESTS_PER_SECOND', 5), ...one_burst }, async ({ gateway }) => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => list(gateway, ann)));
      const slowed = answers.filter((answer) => answer.status !== 200);
      assert.ok(slowed.length > 10);
      slowed.forEach(assertSlowed);
      assert.equal((await list(gateway, ben)).status, 200);
    }));

  test('an address is slowed whoever comes from it, health checks are not', () =>
    withGateway({ ...limit('ADDRESS_REQUESTS_PER_SECOND', 5), ...one_burst },
      async ({ gateway }) => {
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, i) => list(gateway, i % 2 ? ann : ben)));
        const slowed = answers.filter((answer) => answer.status !== 200);
        assert.ok(slowed.length > 10);
        slowed.forEach(assertSlowed);
        for (let i = 0; i < 30; i++) {
          assert.equal((await gateway.request('GET', '/healthz')).status, 200);
        }
      }));

  test('a stranger is slowed also where nothing needs a token, and his lines in the log end', () =>
    withGateway({ ...limit('ADDRESS_REQUESTS_PER_SECOND', 5), ...one_burst },
      async ({ gateway }) => {
        for (const [target, headers] of [['/nope', {}],
          ['/.well-known/oauth-protected-resource', {}],
          ['/v1/files', { origin: 'http://evil.example' }]]) {
          const answers = await Promise.all(Array.from({ length: 400 },
            () => gateway.request('GET', target, { headers })));
          const slowed = answers.filter((answer) => answer.status === 429);
          assert.ok(slowed.length > 350, `${target}: ${slowed.length}`);
          assertSlowed(slowed[0]);
        }
        assert.ok(gateway.stderr.match(/http\.refused /g).length <= 600);
      }));

  test('one principal has so many uploads under way, and others have room', () =>
    withGateway(limit('UPLOADS_AT_ONCE', 3), async ({ gateway }) => {
      const begin = async (text) => {
        const connection = await RawConnection.open(gateway.url);
        await connection.write(head('PUT', '/v1/files/a.txt?deliver=none',
          { 'Content-Length': 10, Authorization: `Bearer ${text}` }) + 'part');
        return connection;
      };
      const open = await Promise.all([1, 2, 3].map(() => begin(ann)));
      const put = (text) => gateway.put('b.txt', uniqueText(), { query: kept, ...bearer(text) });
      await eventually(async () => assertSlowed(await put(ann)));
      assert.equal((await put(ben)).status, 200);
      open[0].destroy();
      await eventually(async () => assert.equal((await put(ann)).status, 200));
      open.forEach((connection) => connection.close());
    }));

  test('who has sent too much sends no further body, and reads on', () =>
    withGateway({ ...limit('UPLOAD_BYTES_PER_SECOND', '64KiB'), ...one_burst },
      async ({ gateway }) => {
        const put = (text) => gateway.put('a.txt', uniqueText(1 << 20),
          { query: kept, ...bearer(text) });
        assert.equal((await put(ann)).status, 200);
        assertSlowed(await put(ann));
        assert.equal((await list(gateway, ann)).status, 200);
      }));
});

describe('another principal', () => {
  const routes = (id) => [
    ['GET', `/v1/files/${id}`], ['HEAD', `/v1/files/${id}/content`],
    ['GET', `/v1/files/${id}/content`], ['DELETE', `/v1/files/${id}`],
    ['POST', `/v1/files/${id}/deliver`], ['GET', `/v1/files?after=${id}`],
  ];
  const strange = 'file-00000000000000000000000000';

  test('is told of a foreign file what it is told of none, on every verb', () =>
    withGateway({}, async ({ gateway }) => {
      const body = uniqueText(500);
      const hers = await gateway.put('a.txt', body, { query: kept, ...bearer(ann) });
      assert.equal(hers.status, 200, hers.text);
      const { id } = hers.json;
      const known = routes(id);
      const shown = (answer, own) => JSON.stringify([answer.status,
        [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
        answer.text]).replaceAll(own, 'ID').replaceAll(/req-[0-9a-z]{26}/g, 'REQUEST');
      for (const [i, [method, target]] of known.entries()) {
        const asked = await gateway.request(method, target, bearer(ben));
        const none = await gateway.request(method, routes(strange)[i][1], bearer(ben));
        assert.equal(shown(asked, id), shown(none, strange), `${method} ${target}`);
        assert.equal(asked.status, 404);
      }
      const mine = await gateway.request('GET', `/v1/files/${id}/content`, bearer(ann));
      assert.equal(mine.text, body.toString(), 'it is still there');
      assert.equal((await list(gateway, ben)).json.data.length, 0);
    }));

  test('is not told that somebody had the same bytes, and pays for its own', () =>
    withGateway({}, async ({ gateway }) => {
      const body = uniqueText(500);
      await gateway.put('a.txt', body, { query: kept, ...bearer(ann) });
      const his = await gateway.put('a.txt', body, { query: kept, ...bearer(ben) });
      assert.equal(his.json.filegate.deduplicated, false);
      assert.equal(his.headers.get('x-filegate-quota-used'), '500');
      const { json } = await gateway.request('GET', '/v1/limits', bearer(ann));
      assert.equal(json.quota.used_bytes, 500);
      assert.equal(json.rates.requests_per_second, 200);
    }));

  test('that is an admin sees and removes everybody\'s files', () =>
    withGateway({}, async ({ gateway }) => {
      const hers = await gateway.put('a.txt', uniqueText(500), { query: kept, ...bearer(ann) });
      await gateway.put('b.txt', uniqueText(500), { query: kept, ...bearer(ben) });
      const seen = async (query, text) => {
        const answer = await gateway.request('GET', `/v1/files${query}`, bearer(text));
        return answer.status === 200
          ? answer.json.data.map((file) => file.filegate.owner) : answer.status;
      };
      assert.deepEqual(await seen('', root), []);
      assert.deepEqual(await seen('?owner=*&order=asc', root), ['ann', 'ben']);
      assert.deepEqual(await seen('?owner=ben', root), ['ben']);
      assert.equal(await seen('?owner=*', ann), 403);
      assert.equal(await seen('?owner=ben', ann), 403);
      assert.deepEqual(await seen('?owner=ann', ann), [undefined]);
      const gone = await gateway.request('DELETE', `/v1/files/${hers.json.id}`, bearer(root));
      assert.equal(gone.status, 200, gone.text);
      const { json } = await gateway.request('GET', '/v1/admin/quotas/ann', bearer(root));
      assert.equal(json.used_bytes, 0);
      assertRefused(await gateway.request('GET', '/v1/admin/quotas/ann', bearer(ann)), 403, 2005);
    }));
});
