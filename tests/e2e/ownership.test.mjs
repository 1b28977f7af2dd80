// Nobody reaches, changes or learns of anybody else's files, by any route. The routes are read from
// the table the gateway is built from, so that a new one is covered by itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { root, uniqueText, withBoth } from './harness.mjs';
import { bearer, claims, secret, token } from './token_maker.mjs';

const as = (sub, scope = 'files:read files:write files:query') =>
  bearer(token(claims({ sub, scope }))).headers;

// [{ method, pattern, needs }] as src/http/routes.cpp has them.
function routes() {
  const source = readFileSync(path.join(root, 'src/http/routes.cpp'), 'utf8');
  const rows = [...source.matchAll(/Route\{\{"(\w+)", "([^"]+)"\},\s*([\w:]+)/g)]
    .map(([, method, pattern, needs]) => ({ method, pattern, needs }));
  assert.equal(rows.length, source.split('Route{{').length - 1, 'every row is understood');
  assert.ok(rows.length >= 17, `the table has ${rows.length} rows`);
  return rows;
}

const samples = {
  id: 'file-01m7zawa630ze7m2zta80deeyb', provider: 'kimi', transport: 'openai',
  key: 'ab'.repeat(32),
  filename: 'note.txt', principal: 'ann', path: 'mcp',
};

function target(pattern, values = {}) {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name) => {
    const value = { ...samples, ...values }[name];
    assert.ok(value, `give a sample for {${name}} of ${pattern}`);
    return value;
  });
}

function withTokens(story) {
  return withBoth({ gateway: { env: { JWT_SECRET_KEY: secret } } }, story);
}

async function call(gateway, { method, pattern }, headers, values) {
  const body = ['POST', 'PUT'].includes(method) ? '{}' : undefined;
  return gateway.request(method, target(pattern, values), { headers, body });
}

// What is left of an answer when the ids that must differ are taken out.
function comparable(answer, id) {
  const { date, 'x-request-id': request, ...headers } = Object.fromEntries(
    answer.headers.entries?.() ?? Object.entries(answer.headers));
  const text = answer.text.replaceAll(id, 'ID').replaceAll(/req-\w+/g, 'REQ');
  delete headers['content-length'];
  delete headers['x-filegate-quota-used'];
  return { status: answer.status, text, headers };
}

async function keep(gateway, name, owner, bytes = uniqueText()) {
  const answer = await gateway.put(name, bytes, { query: { deliver: 'none' }, headers: as(owner) });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('every route that takes a file id answers a stranger as if the file did not exist', () =>
  withTokens(async ({ gateway }) => {
    const concerned = routes().filter(({ pattern }) => pattern.includes('{id}'));
    assert.ok(concerned.length >= 4);
    for (const route of concerned) {
      const mine = await keep(gateway, 'private.txt', 'ann');
      const unknown = samples.id;
      const foreign = await call(gateway, route, as('ben'), { id: mine.id });
      const missing = await call(gateway, route, as('ben'), { id: unknown });
      assert.equal(foreign.status, 404, `${route.method} ${route.pattern}: ${foreign.text}`);
      assert.deepEqual(comparable(foreign, mine.id), comparable(missing, unknown));
      const still = await gateway.request('GET', `/v1/files/${mine.id}`, { headers: as('ann') });
      assert.equal(still.status, 200, `${route.method} ${route.pattern} changed nothing`);
    }
  }));

test('every route but the health checks and the public ones refuses who shows no token', () =>
  withTokens(async ({ gateway }) => {
    for (const route of routes().filter(({ needs }) => needs !== 'std::nullopt')) {
      const answer = await call(gateway, route, {});
      assert.equal(answer.status, 401, `${route.method} ${route.pattern}: ${answer.text}`);
    }
  }));

test('every route refuses a token without the scope it needs, and says which', () =>
  withTokens(async ({ gateway }) => {
    for (const route of routes().filter(({ needs }) => needs !== 'std::nullopt')) {
      const other = route.needs === 'files_read' ? 'files:write' : 'files:read';
      const answer = await call(gateway, route, as('ann', other));
      assert.equal(answer.status, 403, `${route.method} ${route.pattern}: ${answer.text}`);
      assert.match(answer.text, /scope/);
    }
  }));

test('a list shows the own files only, and a stranger\'s id is no place to go on from', () =>
  withTokens(async ({ gateway }) => {
    const mine = await keep(gateway, 'mine.txt', 'ann');
    const theirs = await keep(gateway, 'theirs.txt', 'ben');
    const list = await gateway.request('GET', '/v1/files', { headers: as('ann') });
    assert.deepEqual(list.json.data.map(({ id }) => id), [mine.id]);
    const after = await gateway.request(
      'GET', `/v1/files?after=${theirs.id}`, { headers: as('ann') });
    assert.equal(after.status, 404, after.text);
  }));

test('the same bytes of another principal are not told to be known', () =>
  withTokens(async ({ gateway }) => {
    const bytes = uniqueText();
    await keep(gateway, 'a.txt', 'ann', bytes);
    const other = await keep(gateway, 'a.txt', 'ben', bytes);
    assert.equal(other.filegate.deduplicated, false);
    const again = await keep(gateway, 'b.txt', 'ben', bytes);
    assert.equal(again.filegate.deduplicated, true);
  }));

test('a file of two owners stays with the one who did not delete it', () =>
  withTokens(async ({ gateway }) => {
    const bytes = uniqueText();
    const first = await keep(gateway, 'a.txt', 'ann', bytes);
    const second = await keep(gateway, 'a.txt', 'ben', bytes);
    const gone = await gateway.request('DELETE', `/v1/files/${first.id}`, { headers: as('ann') });
    assert.equal(gone.status, 200, gone.text);
    const content = await gateway.request(
      'GET', `/v1/files/${second.id}/content`, { headers: as('ben') });
    assert.equal(content.status, 200, content.text);
    assert.deepEqual(Buffer.from(content.bytes), bytes);
  }));

test('an admin sees everybody\'s files', () =>
  withTokens(async ({ gateway }) => {
    const mine = await keep(gateway, 'mine.txt', 'ann');
    const seen = await gateway.request(
      'GET', `/v1/files/${mine.id}`, { headers: as('root', 'admin') });
    assert.equal(seen.status, 200, seen.text);
  }));
