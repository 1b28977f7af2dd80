// What operators see and do, through the command line and the API: circuit breakers, locks,
// reconciliation, health, the doctor, and the events that say who did what.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  Gateway, assertRefused, eventually, exit_code, filegate, request, uniqueText, withBoth,
  withScratch,
} from './harness.mjs';

// Tries follow one another at once, so that a breaker's failures need no waiting.
const at_once = ['--set', 'delivery.delay_base=1ms'];
const at_kimi = { provider: 'kimi', purpose: 'assistants' };
const kimi_down = [{ provider: 'kimi', route: 'upload', kind: 'status', status: 503 }];

function withOperator(story, { gateway = {} } = {}) {
  const options = { gateway: { args: at_once, ...gateway } };
  return withBoth(options, (world) => {
    const cli = (args) => filegate([...args, '--server', world.gateway.url]);
    const ok = async (args) => {
      const result = await cli(args);
      assert.equal(result.code, 0, `filegate ${args.join(' ')}\n${result.stdout}${result.stderr}`);
      return result.stdout;
    };
    const json = async (args) => (await ok([...args, '--json']))
      .trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const breaker = async (key) => (await json(['breakers'])).find((one) => one.key === key);
    return story({ ...world, cli, ok, json, breaker });
  });
}

async function events(gateway, action) {
  const answer = await gateway.request('GET', '/v1/admin/events?limit=1000');
  assert.equal(answer.status, 200, answer.text);
  return answer.json.events.filter((event) => event.action === action);
}

async function failUploads(gateway, count) {
  for (let i = 0; i < count; i++) {
    const refused = await gateway.put('a.txt', uniqueText(), { query: at_kimi });
    assert.ok(refused.status >= 500, refused.text);
  }
}

describe('circuit breakers', () => {
  test('are there for every transport, closed, before anything was sent', () =>
    withOperator(async ({ ok, json }) => {
      const list = await json(['breakers']);
      assert.deepEqual(list.map((one) => `${one.key} ${one.state}`), [
        'kimi/openai closed', 'glm/native closed', 'glm/openai closed', 'glm/plain closed',
        'openai/openai closed']);
      const lines = (await ok(['breakers'])).trim().split('\n');
      assert.equal(lines.length, 6);
      assert.match(lines[0], /^BREAKER +STATE /);
      assert.match(lines[1], /^kimi\/openai +closed /);
    }));

  test('open after five failures, are told by readiness, and an operator closes them', () =>
    withOperator(async ({ gateway, sandbox, ok, breaker }) => {
      await sandbox.setFaults(kimi_down);
      await failUploads(gateway, 2);
      const open = await breaker('kimi/openai');
      assert.equal(open.state, 'open');
      assert.match(open.reason, /5 failures in a row.*503/);
      assert.ok(open.retry_at > open.changed_at, JSON.stringify(open));
      assert.equal(await sandbox.uploads('kimi'), 5, 'the sixth was not sent');

      const ready = await gateway.request('GET', '/readyz');
      assert.equal(ready.status, 503, ready.text);
      assert.match(ready.json.parts['provider kimi/kimi'], /^unwell: openai is open .*5 failures/);
      assert.equal((await gateway.request('GET', '/healthz')).status, 200);

      await sandbox.clearFaults();
      assertRefused(await gateway.put('b.txt', uniqueText(), { query: at_kimi }), 503, 3003);
      assert.match(await ok(['breakers', 'close', 'kimi/openai']), /kimi\/openai +closed/);
      const taken = await gateway.put('c.txt', uniqueText(), { query: at_kimi });
      assert.equal(taken.status, 200, taken.text);
      assert.equal((await gateway.request('GET', '/readyz')).status, 200);
    }, { gateway: { providers: ['kimi'] } }));

  test('are opened by an operator, stay so over a restart, and it is known who did it', () =>
    withOperator(async ({ gateway, sandbox, running, ok, breaker }) => {
      assert.match(await ok(['breakers', 'open', 'kimi/openai']), /an operator opened it/);
      const answer = await gateway.put('a.txt', uniqueText());
      assert.equal(answer.json.filegate.placements[0].provider, 'glm', answer.text);
      const [event] = await events(gateway, 'breaker.open');
      assert.deepEqual([event.principal, event.subject, event.outcome],
        ['local', 'kimi/openai', 'done']);
      assert.equal((await breaker('kimi/openai')).state, 'open');

      await gateway.stop();
      const next = await Gateway.start({ data: gateway.data, sandbox });
      running.unshift(next);
      const after = await next.request('GET', '/v1/admin/breakers');
      const kept = after.json.breakers.find((one) => one.key === 'kimi/openai');
      assert.equal(kept.state, 'open');
      assert.equal(kept.reason, 'an operator opened it');
    }));

  test('that do not exist are refused by naming those that do', () =>
    withOperator(async ({ gateway, cli }) => {
      const refused = await cli(['breakers', 'close', 'kimi/native']);
      assert.equal(refused.code, exit_code.validation);
      assert.match(refused.stderr, /there are kimi\/openai, glm\/native/);
      const body = (text) => ({ headers: { 'content-type': 'application/json' }, body: text });
      for (const text of ['', '{}', '{"state":"half-open"}', '{"state":"open","x":1}']) {
        assertRefused(await gateway.request('POST', '/v1/admin/breakers/kimi/openai', body(text)),
          400, 1001);
      }
      const [event] = await events(gateway, 'breaker.close');
      assert.match(event.outcome, /^VALIDATION_FAILED/);
    }));
});

describe('locks', () => {
  const slow = [{ provider: 'kimi', route: 'upload', kind: 'latency', ms: 3000 }];

  test('of a delivery under way are listed, counted and gone afterwards', () =>
    withOperator(async ({ gateway, sandbox, ok, json }) => {
      await sandbox.setFaults(slow);
      const bytes = uniqueText();
      const upload = gateway.put('slow.txt', bytes, { query: at_kimi });
      const [lock] = await eventually(async () => {
        const locks = await json(['locks']);
        assert.equal(locks.length, 1);
        return locks;
      });
      assert.equal(lock.label, 'kimi/kimi/file-extract');
      assert.match(lock.key, /^[0-9a-f]{64}$/);
      assert.ok(lock.expires_at > lock.acquired_at);
      assert.match(await ok(['locks']), /^LOCK .*\nkimi\/kimi\/file-extract .*[0-9a-f]{64}\n$/);
      assert.match(await ok(['locks', 'stats']), /^held +1\n/);
      assert.equal((await upload).status, 200);
      assert.equal(await ok(['locks']), 'no lock is held\n');
      const [statistics] = await json(['locks', 'stats']);
      assert.equal(statistics.held, 0);
      assert.equal(statistics.acquired, 1);
    }));

  test('are broken by an operator, and the delivery ends well or honestly', () =>
    withOperator(async ({ gateway, sandbox, ok, json, cli }) => {
      await sandbox.setFaults(slow);
      const upload = gateway.put('slow.txt', uniqueText(), { query: at_kimi });
      const [lock] = await eventually(async () => {
        const locks = await json(['locks']);
        assert.equal(locks.length, 1);
        return locks;
      });
      assert.equal(await ok(['locks', 'force', lock.key]), `${lock.key} released\n`);
      assert.equal(await ok(['locks']), 'no lock is held\n');
      const [event] = await events(gateway, 'lock.force');
      assert.deepEqual([event.principal, event.subject, event.outcome],
        ['local', lock.key, 'done']);
      const answer = await upload;
      assert.equal(answer.status, 200, answer.text);
      assert.equal((await sandbox.copies('kimi')).length, 1);

      const again = await cli(['locks', 'force', lock.key]);
      assert.equal(again.code, exit_code.validation);
      assert.match(again.stderr, /nobody holds/);
    }));
});

describe('reconciliation', () => {
  // The answer of an upload is lost, and so is every look for its copy: its intent stays open.
  async function loseAnswer({ gateway, sandbox }, provider) {
    await sandbox.setFaults([{ provider, route: 'upload', kind: 'lost_answer' },
      { provider, route: 'list', kind: 'status', status: 503 }]);
    const purpose = provider === 'glm' ? 'file' : 'assistants';
    const refused = await gateway.put('a.pdf', Buffer.concat([
      Buffer.from('%PDF-1.4\n'), uniqueText()]), { query: { provider, purpose } });
    assert.ok(refused.status >= 500, refused.text);
    await sandbox.clearFaults();
    return refused.json.error.filegate.file_id;
  }

  test('says what it would do, changes nothing, and then does it', () =>
    withOperator(async ({ gateway, sandbox, ok, json }) => {
      const id = await loseAnswer({ gateway, sandbox }, 'kimi');
      const copies = await sandbox.copies('kimi');
      assert.equal(copies.length, 1, 'the provider took it');

      for (let i = 0; i < 2; i++) {
        const [report] = await json(['reconcile', '--dry-run']);
        assert.equal(report.dry_run, true);
        assert.equal(report.summary.adopted, 1, JSON.stringify(report));
        assert.deepEqual(report.items[0].copies, [copies[0].id]);
        assert.equal(report.items[0].filename, 'a.pdf');
      }
      const before = await gateway.request('GET', `/v1/files/${id}`);
      assert.deepEqual(before.json.filegate.placements, []);
      assert.deepEqual(await events(gateway, 'reconcile.run'), []);
      assert.match(await ok(['reconcile', '--dry-run']),
        /dry run, nothing changed; 1 open intent: 1 adopted\n$/);

      assert.match(await ok(['reconcile']),
        /^END .*\nadopted .*a\.pdf.*\n1 open intent: 1 adopted; 0 marked copies removed\n$/);
      const after = await gateway.request('GET', `/v1/files/${id}`);
      assert.equal(after.json.status, 'processed');
      assert.equal(after.json.filegate.placements[0].provider_file_id, copies[0].id);
      assert.equal((await sandbox.copies('kimi')).length, 1);
      const [event] = await events(gateway, 'reconcile.run');
      assert.match(event.detail, /^1 adopted/);
      const [empty] = await json(['reconcile']);
      assert.deepEqual(empty.items, []);
    }));

  test('leaves to the operator what a provider without a list has', () =>
    withOperator(async ({ gateway, sandbox, json }) => {
      await loseAnswer({ gateway, sandbox }, 'glm');
      const [report] = await json(['reconcile']);
      assert.ok(report.summary.unknown >= 1, JSON.stringify(report));
      assert.match(report.items[0].reason, /no list/);
    }));

  test('acts on no misspelt wish', () =>
    withOperator(async ({ gateway }) => {
      for (const query of ['dryrun=true', 'dry_run=1', 'dry_run=']) {
        assertRefused(await gateway.request('POST', `/v1/admin/reconcile?${query}`), 400, 1001);
      }
      assert.equal((await gateway.request('GET', '/v1/admin/reconcile')).status, 405);
      assert.deepEqual(await events(gateway, 'reconcile.run'), []);
    }));
});

describe('health', () => {
  test('of every part is told, and a part that fails makes the gateway not ready', () =>
    withOperator(async ({ gateway }) => {
      const well = await gateway.request('GET', '/v1/admin/health');
      assert.equal(well.json.ready, true);
      assert.deepEqual(well.json.parts.map((part) => `${part.name}: ${part.state}, ${part.what}`), [
        'catalog: well, ok', 'blobs: well, ok', 'coordination: well, ok', 'deliveries: well, ok',
        'provider kimi/kimi: well, ok', 'provider glm/glm: well, ok',
        'provider openai/openai: well, ok']);
      const blobs = path.join(gateway.data, 'blobs');
      renameSync(blobs, `${blobs}-away`);
      const sick = await gateway.request('GET', '/readyz');
      assert.equal(sick.status, 503, sick.text);
      assert.equal(sick.json.ready, false);
      assert.match(sick.json.parts.blobs, /^unwell: /);
      assert.equal(sick.json.parts.catalog, 'ok');
      renameSync(`${blobs}-away`, blobs);
      assert.equal((await gateway.request('GET', '/readyz')).status, 200);
    }));

  test('shows a provider that begins to fail before its breaker opens, and its recovery', () =>
    withOperator(async ({ gateway, sandbox }) => {
      const word = async () =>
        (await gateway.request('GET', '/readyz')).json.parts['provider kimi/kimi'];
      await sandbox.setFaults(kimi_down);
      await failUploads(gateway, 1);
      assert.match(await word(), /^impaired: the last request failed, over openai: .*503/);
      await sandbox.clearFaults();
      assert.equal((await gateway.put('a.txt', uniqueText())).status, 200);
      assert.equal(await word(), 'ok');
    }));

  test('is answered to many at once', () =>
    withOperator(async ({ gateway }) => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => gateway.request('GET', '/readyz')));
      assert.ok(answers.every((answer) => answer.status === 200));
    }));
});

describe('the doctor', () => {
  const key = { KIMI_API_KEY: 'k' };
  const doctor = (args, env = key) => filegate(['doctor', ...args], { env });
  const lines = (result) => result.stdout.trim().split('\n').map((line) => line.split(/ {2,}/));

  test('finds a well gateway well', () => withOperator(async ({ gateway }) => {
    const result = await doctor(['--data', gateway.data, '--server', gateway.url]);
    assert.equal(result.code, 0, result.stdout);
    assert.ok(lines(result).every(([mark]) => mark === 'ok'), result.stdout);
    const parts = lines(result).map(([, part]) => part);
    assert.deepEqual(parts.slice(0, 5),
      ['configuration', 'data folder', 'disk space', 'server', 'catalog']);
    assert.match(result.stdout, new RegExp(`in use by process ${gateway.pid}\\n`));
  }));

  test('says what is wrong with an unwell one, and ends with its category', () =>
    withOperator(async ({ gateway, ok }) => {
      await ok(['breakers', 'open', 'kimi/openai']);
      const args = ['--data', gateway.data, '--server', gateway.url];
      const result = await doctor(args);
      assert.equal(result.code, exit_code.provider, result.stdout);
      assert.match(result.stdout,
        /FAIL +provider kimi\/kimi +openai is open .*breakers close kimi\/openai/);
      const blobs = path.join(gateway.data, 'blobs');
      renameSync(blobs, `${blobs}-away`);
      const worse = await doctor([...args, '--json']);
      assert.equal(worse.code, exit_code.storage, worse.stdout);
      const findings = worse.stdout.trim().split('\n').map((line) => JSON.parse(line));
      assert.equal(findings.find((one) => one.part === 'blobs').state, 'unwell');
      renameSync(`${blobs}-away`, blobs);
    }));

  test('needs no server, and leaves the data folder alone', () =>
    withScratch(async ({ data, running }) => {
      const fresh = await doctor(['--data', data, '--set', 'server.port=1']);
      assert.equal(fresh.code, 0, fresh.stdout);
      assert.match(fresh.stdout, /will be made by `filegate serve`/);
      assert.match(fresh.stdout, /- +server +cannot reach http:\/\/127\.0\.0\.1:1/);
      const named = await doctor(['--data', data, '--server', 'http://127.0.0.1:1']);
      assert.equal(named.code, exit_code.system, named.stdout);
      const gateway = await Gateway.start({ data });  // what the doctor looked at can be used
      running.push(gateway);
    }));

  test('tells every mistake of a configuration', async () => {
    const result = await doctor(['--set', 'server.prot=1', '--set', 'log.level=loud'], {});
    assert.equal(result.code, exit_code.system);
    assert.match(result.stdout, /FAIL +configuration +.*server\.prot/);
    assert.match(result.stdout, /FAIL +configuration +.*must be one of "debug"/);
  });
});

test('an operator\'s verb says how to start a server when there is none', async () => {
  for (const args of [['breakers'], ['locks'], ['locks', 'force', 'x'], ['reconcile']]) {
    const result = await filegate([...args, '--server', 'http://127.0.0.1:1']);
    assert.equal(result.code, exit_code.system, result.stderr);
    assert.match(result.stderr, /cannot reach .*filegate serve/);
  }
});

test('events are limited, latest first', () => withOperator(async ({ gateway, ok }) => {
  await ok(['breakers', 'open', 'kimi/openai']);
  await ok(['breakers', 'close', 'kimi/openai']);
  const { json } = await request(gateway.url, 'GET', '/v1/admin/events?limit=1');
  assert.equal(json.events.length, 1);
  assert.match(json.events[0].action, /^breaker\.close/);
  for (const query of ['limit=0', 'limit=x', 'limit=10001', 'since=1']) {
    assertRefused(await request(gateway.url, 'GET', `/v1/admin/events?${query}`), 400, 1001);
  }
}));
