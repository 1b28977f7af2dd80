// SIGTERM: running uploads finish, new ones are refused, and the end is clean.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { Gateway, eventually, isSanitized, uniqueText, withBoth } from './harness.mjs';
import { RawConnection, head } from './raw_http.mjs';

function connects(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

async function restarted(world) {
  const { gateway, sandbox, running } = world;
  const next = await Gateway.start({ data: gateway.data, sandbox });
  running.unshift(next);
  return next;
}

async function halfWay(url, body) {
  const connection = await RawConnection.open(url);
  await connection.write(
    head('PUT', '/v1/files?filename=running.txt', { 'Content-Length': body.length }));
  await connection.write(body.subarray(0, body.length / 2));
  return connection;
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} while nothing runs ends it at once with 0`, () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      const idle = await RawConnection.open(gateway.url);
      await idle.write(head('GET', '/healthz'));
      assert.equal((await idle.response()).status, 200);
      const start = performance.now();
      gateway.signal(signal);
      sandbox.signal(signal);
      assert.deepEqual(await gateway.waitForExit(), { code: 0, signal: null });
      assert.deepEqual(await sandbox.waitForExit(), { code: 0, signal: null });
      assert.ok(performance.now() - start < (isSanitized ? 10_000 : 3000),
        'an idle connection does not hold it up');
      await idle.waitForClose();
    }));
}

test('SIGTERM during an upload lets it finish and takes no new connection', () =>
  withBoth({}, async (world) => {
    const { gateway } = world;
    const body = uniqueText(1 << 20);
    const connection = await halfWay(gateway.url, body);
    gateway.signal('SIGTERM');
    await eventually(async () => assert.equal(await connects(gateway.url), false));
    assert.equal(gateway.exit, undefined, 'it waits for the upload');
    await connection.write(body.subarray(body.length / 2));
    const answer = await connection.response();
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('connection'), 'close');
    assert.deepEqual(await gateway.waitForExit(), { code: 0, signal: null });
    connection.close();

    const next = await restarted(world);
    assert.deepEqual(await next.content(answer.json.id), body);
    await next.assertNothingHalfDone({ ids: [answer.json.id] });
  }));

test('SIGTERM during a slow delivery lets it finish', () =>
  withBoth({}, async (world) => {
    const { gateway, sandbox } = world;
    await sandbox.setFaults([{ provider: 'kimi', route: 'upload', kind: 'latency', ms: 1500 }]);
    const running = gateway.put('a.txt', uniqueText());
    await eventually(async () =>
      assert.equal((await gateway.list()).length, 1, 'kept, on its way to the provider'));
    gateway.signal('SIGTERM');
    const answer = await running;
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.filegate.placements.length, 1);
    assert.deepEqual(await gateway.waitForExit(), { code: 0, signal: null });
    assert.equal((await sandbox.copies('kimi')).length, 1);
  }));

test('an upload that never ends is cancelled after the drain time and leaves nothing', () =>
  withBoth({}, async (world) => {
    const { gateway } = world;
    const connection = await halfWay(gateway.url, uniqueText(1 << 20));
    gateway.signal('SIGTERM');
    const start = performance.now();
    assert.deepEqual(await gateway.waitForExit(), { code: 0, signal: null });
    assert.ok(performance.now() - start > 2000, 'it was given time');
    connection.close();
    const next = await restarted(world);
    await next.assertNothingHalfDone({ ids: [] });
  }));

test('a second signal does no harm', () =>
  withBoth({}, async ({ gateway }) => {
    for (let i = 0; i < 5; i++) gateway.signal('SIGTERM');
    const exit = await gateway.waitForExit();
    assert.ok(exit.code === 0 || exit.signal === 'SIGTERM', JSON.stringify(exit));
  }));
