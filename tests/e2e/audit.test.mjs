// The audit trail: what is written down, that tampering shows, and that it holds no secret.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { openDatabase } from '../crash/invariants.mjs';
import {
  Gateway, assertRefused, eventually, exit_code, filegate, uniqueText, withBoth, withScratch,
} from './harness.mjs';

const kept = { deliver: 'none' };

async function trail(gateway, query = '') {
  const rows = [];
  let after = 0;
  while (true) {
    const answer = await gateway.request('GET', `/v1/admin/audit?limit=50&after=${after}${query}`);
    assert.equal(answer.status, 200, answer.text);
    rows.push(...answer.json.data);
    if (!answer.json.has_more) return rows;
    after = answer.json.next_after;
  }
}

async function verify(gateway, query = '') {
  const answer = await gateway.request('GET', `/v1/admin/audit/verify${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const actions = (rows) => rows.map((row) => row.action);

// Another program that opens the catalog's file.
async function withCatalog(data, story) {
  const catalog = await openDatabase(path.join(data, 'catalog.db'));
  try {
    return story(catalog);
  } finally {
    catalog.close();
  }
}

describe('the audit trail', () => {
  test('tells of a file from its upload to its end', () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      const body = uniqueText();
      const file = (await gateway.put('a.txt', body)).json;
      await gateway.put('a.txt', body);
      assert.equal((await gateway.request('GET', `/v1/files/${file.id}/content`)).status, 200);
      assert.equal((await gateway.request('DELETE', `/v1/files/${file.id}`)).status, 200);
      const rows = await eventually(async () => {
        const found = await trail(gateway, `&file=${file.id}`);
        assert.equal(found.length, 5, JSON.stringify(found, null, 1));
        return found;
      });
      assert.deepEqual(actions(rows).sort(), ['file.created', 'file.deduplicated', 'file.deleted',
        'file.delivered', 'file.downloaded']);
      const created = rows[0];
      assert.equal(created.action, 'file.created');
      assert.equal(created.principal, 'local');
      assert.equal(created.door, 'http');
      assert.equal(created.peer_address, '127.0.0.1');
      assert.match(created.request_id, /^req-/);
      assert.equal(created.subject, 'a.txt');
      assert.match(created.detail, new RegExp(`sha256=${file.filegate.sha256}`));
      assert.ok(sandbox);
      assert.equal((await verify(gateway)).ok, true);
    }));

  test('tells of what was refused, and counts what is repeated', () =>
    withBoth({ gateway: { maxFileMb: 1 } }, async ({ gateway }) => {
      const large = Buffer.alloc(2 << 20);
      for (let i = 0; i < 20; i++) {
        assertRefused(await gateway.put('large.bin', large, { query: kept }), 413, 1003);
      }
      const rows = await eventually(async () => {
        const found = await trail(gateway, '&action=size.refused');
        assert.equal(found.length, 1);
        return found;
      });
      assert.equal(rows[0].outcome, 'refused');
      assert.equal(rows[0].error_code, 1003);
      assert.equal(rows[0].principal, 'local');
      assert.equal(rows[0].subject, 'PUT /v1/files');
      await gateway.stop();
      const again = await Gateway.start({ data: gateway.data });
      try {
        const all = await trail(again, '&action=size.refused');
        assert.equal(all.length, 2, 'the repetitions are one row');
        assert.match(all[1].detail, /^19 more/);
      } finally {
        await again.stop();
      }
    }));

  test('is exported whole, as lines of JSON and as a table, and can be narrowed', () =>
    withBoth({}, async ({ gateway }) => {
      await gateway.put('=evil.txt', uniqueText(), { query: kept });
      await gateway.put('b,"c.txt', uniqueText(), { query: kept });
      const run = async (args) => {
        const result = await filegate(['audit', ...args, '--server', gateway.url]);
        assert.equal(result.code, 0, result.stderr);
        return result.stdout.trim().split('\n').filter(Boolean);
      };
      const rows = (await run(['export'])).map((line) => JSON.parse(line));
      assert.deepEqual(rows, await trail(gateway));
      assert.deepEqual(actions(rows), ['gateway.started', 'file.created', 'file.created']);
      const csv = await run(['export', '--format', 'csv']);
      assert.equal(csv.length, 4);
      assert.match(csv[0], /^id,at,at_ms,principal,/);
      assert.ok(csv[2].includes(",'=evil.txt,"), csv[2]);
      assert.ok(csv[3].includes(',"b,""c.txt",'), csv[3]);
      assert.equal((await run(['export', '--action', 'file.'])).length, 2);
      assert.equal((await run(['export', '--since', '1h'])).length, 3);
      assert.equal((await run(['export', '--until', '2020-01-31'])).length, 0);
      const wrong = await filegate(['audit', 'export', '--since', 'soon', '--server', gateway.url]);
      assert.equal(wrong.code, exit_code.validation);
    }));

  test('is verified by the command line, which says the first broken row', () =>
    withBoth({}, async ({ gateway }) => {
      for (const name of ['a', 'b', 'c']) {
        await gateway.put(`${name}.txt`, uniqueText(), { query: kept });
      }
      const online = await filegate(['audit', 'verify', '--server', gateway.url]);
      assert.equal(online.code, 0, online.stderr);
      const noted = /head (\d+:[0-9a-f]{64})/.exec(online.stdout)[1];
      assert.equal((await verify(gateway, `?noted=${noted}`)).ok, true);

      await withCatalog(gateway.data, (catalog) =>
        catalog.exec("UPDATE audit_events SET detail = 'nothing' WHERE id = 3"));
      const found = await filegate(['audit', 'verify', '--server', gateway.url, '--json']);
      assert.equal(found.code, exit_code.storage);
      assert.equal(JSON.parse(found.stdout).broken_id, 3);
      assert.deepEqual((await verify(gateway)).broken.id, 3);

      const running = await filegate(['audit', 'verify', '--data', gateway.data]);
      assert.equal(running.code, exit_code.storage, 'a running gateway is to be asked');
      assert.match(running.stderr, /in use/);
      await gateway.stop();
      const offline = await filegate(['audit', 'verify', '--data', gateway.data, '--noted', noted]);
      assert.equal(offline.code, exit_code.storage);
      assert.match(offline.stdout, /^BROKEN at row 3: /);
    }));

  test('goes on where it ended when the gateway starts again', () =>
    withScratch(async ({ data, running }) => {
      for (let start = 1; start <= 3; start++) {
        const gateway = await Gateway.start({ data });
        running.push(gateway);
        await gateway.put('a.txt', uniqueText(), { query: kept });
        const verdict = await verify(gateway);
        assert.equal(verdict.ok, true);
        assert.equal(verdict.rows, 3 * start - 1);
        await gateway.stop();
      }
      const offline = await filegate(['audit', 'verify', '--data', data]);
      assert.equal(offline.code, 0, offline.stdout + offline.stderr);
      assert.match(offline.stdout, /^whole: 9 rows; head 9:/);
    }));

  test('is whole after the gateway was killed', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      const uploads = Array.from({ length: 64 }, (_, i) =>
        gateway.put(`${i}.txt`, uniqueText(), { query: kept }).catch(() => undefined));
      await uploads[0];
      await gateway.kill();
      await Promise.all(uploads);
      const offline = await filegate(['audit', 'verify', '--data', data]);
      assert.equal(offline.code, 0, offline.stdout + offline.stderr);
      const again = await Gateway.start({ data });
      running.push(again);
      const created = await trail(again, '&action=file.created');
      const files = await again.list('?limit=1000');
      const told = created.map((row) => row.file_id);
      assert.deepEqual(told.sort(), files.map((file) => file.id).sort(),
        'a row for every file, and no other');
    }));

  test('holds no token, no key and nothing of a file', () =>
    withBoth({}, async ({ gateway }) => {
      const token = 'eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXN1YmplY3Q.not-a-signature';
      const headers = { authorization: `Bearer ${token}` };
      const body = Buffer.from(`%PDF-1.4 the-text-of-this-file-${Date.now()} `.repeat(50));
      const file = (await gateway.put('a.pdf', body, { headers })).json;
      const content = `/v1/files/${file.id}/content`;
      await gateway.request('GET', `${content}?access_token=${token}`, { headers });
      await gateway.request('GET', '/v1/files/file-00000000000000000000000000', { headers });
      await gateway.put('b.pdf', body, { headers, query: { provider: token } });
      await gateway.request('POST', '/v1/files:batch', { headers: {
        ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ files: [{ path: '/etc/passwd' }] }) });
      await gateway.request('DELETE', `/v1/files/${file.id}`, { headers });
      await gateway.stop();
      const bytes = readFileSync(path.join(gateway.data, 'catalog.db')).toString('latin1');
      const dump = JSON.stringify(await withCatalog(gateway.data, (catalog) =>
        catalog.prepare('SELECT * FROM audit_events').all()));
      for (const secret of [token, 'not-a-signature', 'sandbox-secret', 'the-text-of-this-file']) {
        assert.ok(!dump.includes(secret), `${secret} is in the trail`);
        assert.ok(!bytes.includes(secret), `${secret} is in the catalog's file`);
      }
      assert.ok(dump.includes('file.deleted') && dump.includes('path.refused'));
    }));

  test('is for operators, and pages are bounded', () =>
    withBoth({}, async ({ gateway }) => {
      for (const query of ['limit=1001', 'limit=x', 'after=-1', 'since=x', 'unknown=1']) {
        assertRefused(await gateway.request('GET', `/v1/admin/audit?${query}`), 400, 1001);
      }
      assertRefused(await gateway.request('GET', '/v1/admin/audit/verify?noted=x'), 400, 1001);
    }));
});
