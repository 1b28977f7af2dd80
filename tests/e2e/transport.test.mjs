// How bytes come in and go out: TLS, names and pages that may call, careful answers, slow clients,
// very many clients.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import {
  Gateway, assertRefused, binary, errorCode, eventually, exit_code, filegate, isSanitized, request,
  root, run, sha256, uniqueText, withScratch,
} from './harness.mjs';
import { RawConnection, exchange, head } from './raw_http.mjs';
import * as tlsClient from './tls_client.mjs';

function withGateway(args, story, wrap) {
  return withScratch(async (world) => {
    const gateway = await Gateway.start({ data: world.data, args, wrap });
    world.running.push(gateway);
    await story({ ...world, gateway, url: gateway.url });
  });
}

function settings(values) {
  return Object.entries(values).flatMap(([key, value]) => ['--set', `server.${key}=${value}`]);
}

// Every row of the route table, so that a new one is covered by itself.
function routes() {
  const table = readFileSync(path.join(root, 'src/http/routes.cpp'), 'utf8');
  const rows = [...table.matchAll(/\{\{"([A-Z]+)", "([^"]+)"\}/g)]
    .map(([, method, pattern]) => ({ method, target: pattern.replace(/\{\w+\}/g, 'x') }));
  assert.ok(rows.length >= 17, `found ${rows.length} routes`);
  return rows;
}

// ---- TLS ---------------------------------------------------------------------------------------

function withTls(story, extra = {}) {
  return withScratch(async (world) => {
    const pair = tlsClient.makeCertificate(world.folder, 'first');
    const gateway = await Gateway.start(
      { data: world.data, args: [...pair.flags, ...settings(extra)] });
    world.running.push(gateway);
    assert.match(gateway.url, /^https:\/\/127\.0\.0\.1:/);
    await story({ ...world, gateway, pair, url: gateway.url, ca: pair.certificate });
  });
}

describe('TLS', () => {
  test('carries 64 MiB there and back with Node and with curl', () =>
    withTls(async ({ url, ca, folder }) => {
      const bytes = uniqueText((isSanitized ? 8 : 64) << 20);
      const digest = sha256(bytes);
      const put = await tlsClient.request(url, 'PUT', '/v1/files/node.txt?deliver=none',
        { ca, body: bytes });
      assert.equal(put.status, 200, put.text);
      const file = JSON.parse(put.text);
      assert.equal(file.filegate.sha256, digest);
      const got = await tlsClient.request(url, 'GET', `/v1/files/${file.id}/content`, { ca });
      assert.equal(got.sha256, digest);

      const source = path.join(folder, 'curl.txt');
      writeFileSync(source, Buffer.concat([bytes, Buffer.from('curl')]));
      const sent = await run('curl', ['-sS', '--cacert', ca, '-T', source,
        `${url}/v1/files/curl.txt?deliver=none`]);
      assert.equal(sent.code, 0, sent.stderr);
      const curled = JSON.parse(sent.stdout);
      const received = await run('curl', ['-sS', '--cacert', ca,
        `${url}/v1/files/${curled.id}/content`]);
      assert.equal(sha256(received.bytes), sha256(readFileSync(source)));
    }));

  test('is 1.2 or newer, and verified by who cares', () => withTls(async ({ url, ca }) => {
    for (const [minVersion, maxVersion] of [['TLSv1.2', 'TLSv1.2'], ['TLSv1.3', 'TLSv1.3']]) {
      const shown = await tlsClient.handshake(url, { minVersion, maxVersion });
      assert.equal(shown.version, maxVersion);
    }
    for (const version of ['TLSv1', 'TLSv1.1']) {
      await assert.rejects(tlsClient.handshake(url,
        { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }));
    }
    const { alpn } = await tlsClient.handshake(url, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(alpn, 'http/1.1');
    await assert.rejects(tlsClient.request(url, 'GET', '/healthz'), /self-signed/);
    const answer = await tlsClient.request(url, 'GET', '/healthz', { ca });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
  }));

  test('is what the command line speaks to an https:// server', () =>
    withTls(async ({ url, ca, folder }) => {
      const source = path.join(folder, 'cli.txt');
      writeFileSync(source, uniqueText());
      const trusting = { env: { FILEGATE_URL: url, FILEGATE_CA_FILE: ca } };
      const sent = await filegate(['upload', '--deliver', 'none', source], trusting);
      assert.equal(sent.code, 0, sent.stderr);
      const listed = await filegate(['ls'], trusting);
      assert.match(listed.stdout, /cli\.txt/);
      const strict = await filegate(['ls'], { env: { FILEGATE_URL: url } });
      assert.equal(strict.code, exit_code.system, strict.stderr);
    }));

  test('is expected: who speaks plain HTTP is told so', () => withTls(async ({ url }) => {
    const answer = await exchange(url, head('GET', '/v1/files'));
    assertRefused(answer, 400, 1001);
    assert.match(answer.json.error.message, /https:\/\//);
  }));

  test('shows a new certificate after SIGHUP, and the old one while the new is bad', () =>
    withTls(async ({ gateway, url, pair, folder }) => {
      const name = async () => (await tlsClient.handshake(url)).name;
      const second = tlsClient.makeCertificate(folder, 'second');
      copyFileSync(second.certificate, pair.certificate);
      gateway.signal('SIGHUP');
      await eventually(() => assert.match(gateway.stderr, /tls\.not_reloaded.*is not the key of/));
      assert.equal(await name(), 'first');
      copyFileSync(second.key, pair.key);
      gateway.signal('SIGHUP');
      await eventually(async () => assert.equal(await name(), 'second'));
      await eventually(() => assert.match(gateway.stderr, /tls\.reloaded.*CN=second/));
      writeFileSync(pair.certificate, 'not a certificate');
      gateway.signal('SIGHUP');
      await eventually(() => assert.match(gateway.stderr, /holds no certificate/));
      assert.equal(await name(), 'second');
    }, { tls_reload_interval: '0s' }));

  test('notices changed files by itself', () => withTls(async ({ gateway, url, pair, folder }) => {
    const second = tlsClient.makeCertificate(folder, 'second');
    copyFileSync(second.key, pair.key);
    copyFileSync(second.certificate, pair.certificate);
    await eventually(async () =>
      assert.equal((await tlsClient.handshake(url)).name, 'second'));
    // A file that stays bad is told of once, not every second.
    writeFileSync(pair.key, 'not a key');
    await eventually(() => assert.match(gateway.stderr, /holds no private key/));
    const told = gateway.stderr.match(/holds no private key/g).length;
    await delay(2500);
    assert.equal(gateway.stderr.match(/holds no private key/g).length, told);
  }, { tls_reload_interval: '1s' }));

  test('says in its log that its certificate has ended', () => withScratch(
    async ({ folder, data, running }) => {
      const over = tlsClient.letEnd(tlsClient.makeCertificate(folder, 'over'));
      const gateway = await Gateway.start({ data, args: over.flags });
      running.push(gateway);
      await eventually(() => assert.match(gateway.stderr, /tls\.has_ended.*CN=over/));
    }));

  test('with unusable files does not start, and config check says why', () =>
    withScratch(async ({ folder, data }) => {
      const one = tlsClient.makeCertificate(folder, 'one');
      const other = tlsClient.makeCertificate(folder, 'other');
      const table = [
        [{ tls_certificate_file: one.certificate, tls_key_file: other.key }, /is not the key of/],
        [{ tls_certificate_file: one.certificate }, /tls_key_file is not/],
        [{ tls_key_file: one.key }, /tls_certificate_file is not/],
        [{ tls_certificate_file: '/nonexistent', tls_key_file: one.key }, /cannot be read/],
      ];
      for (const [values, why] of table) {
        const checked = await filegate(['config', 'check', ...settings(values)]);
        assert.equal(checked.code, exit_code.system, checked.stderr);
        assert.match(checked.stderr, why);
        const gateway = Gateway.prepare({ data, args: settings(values) });
        assert.equal((await gateway.waitForExit()).code, exit_code.system);
        assert.match(gateway.stderr, why);
      }
      const fine = await filegate(['config', 'check', ...one.flags]);
      assert.equal(fine.code, 0, fine.stderr);
    }));
});

// ---- SIGHUP ------------------------------------------------------------------------------------

describe('SIGHUP', () => {
  test('without TLS changes nothing', () => withGateway([], async ({ gateway }) => {
    gateway.signal('SIGHUP');
    gateway.signal('SIGHUP');
    const kept = await gateway.put('a.txt', uniqueText(), { query: { deliver: 'none' } });
    assert.equal(kept.status, 200, kept.text);
    assert.equal(gateway.exit, undefined);
  }));

  test('of a terminal that was closed stops the server', () => withScratch(async ({ data }) => {
    const story = [
      'import os, pty, sys',
      'pid, terminal = pty.fork()',
      'if pid == 0: os.execv(sys.argv[1], sys.argv[1:])',
      'seen = b""',
      'while b"listening on" not in seen: seen += os.read(terminal, 4096)',
      'os.close(terminal)',
      'print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
    ].join('\n');
    const told = await run('python3',
      ['-c', story, binary, 'serve', '--listen', '127.0.0.1:0', '--data', data]);
    assert.equal(told.stdout, '0\n', told.stderr);
  }));
});

// ---- names and pages ---------------------------------------------------------------------------

describe('a page of another site', () => {
  test('cannot reach any route by a name that it made point here (DNS rebinding)', () =>
    withGateway([], async ({ url }) => {
      const { port } = new URL(url);
      for (const { method, target } of routes()) {
        const is_health = target === '/healthz' || target === '/readyz';
        for (const Host of ['evil.example', `evil.example:${port}`, `0.0.0.0:${port}`, '']) {
          const answer = await exchange(url, head(method, target, { Host, 'Content-Length': 0 }));
          if (is_health) {
            assert.ok([200, 503].includes(answer.status), answer.text);
            assert.ok(Object.keys(answer.json).length <= 1, answer.text);
          } else {
            assertRefused(answer, 403, 2007);
          }
        }
      }
      for (const Host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, '[::1]']) {
        const answer = await exchange(url, head('GET', '/v1/files', { Host }));
        assert.equal(answer.status, 200, answer.text);
      }
    }));

  test('is told by the host of an absolute target, whatever the Host header says', () =>
    withGateway([], async ({ url }) => {
      const evil = await exchange(url, head('GET', 'http://evil.example/v1/files'));
      assertRefused(evil, 403, 2007);
      const good = await exchange(url,
        head('GET', 'http://localhost/v1/files', { Host: 'evil.example' }));
      assert.equal(good.status, 200, good.text);
    }));

  test('may call only when its origin is allowed', () => withGateway(
    settings({ allowed_origins: 'https://app.example', allowed_hosts: 'gate.example' }),
    async ({ url }) => {
      const { port } = new URL(url);
      const ask = (headers, method = 'GET') =>
        exchange(url, head(method, '/v1/files', { 'Content-Length': 0, ...headers }));
      for (const Origin of ['https://evil.example', 'null', 'http://app.example',
        'http://localhost:1']) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const answer = await ask({ Origin, 'Access-Control-Request-Method': 'PUT' }, method);
          assertRefused(answer, 403, 2007);
          assert.equal(answer.headers.get('access-control-allow-origin'), undefined);
        }
      }
      const own = await ask({ Origin: `http://localhost:${port}`, Host: `localhost:${port}` });
      assert.equal(own.status, 200);
      assert.equal(own.headers.get('access-control-allow-origin'), undefined);
      const named = await ask({ Host: 'gate.example' });
      assert.equal(named.status, 200);

      const allowed = await ask({ Origin: 'https://app.example' });
      assert.equal(allowed.status, 200);
      assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
      assert.equal(allowed.headers.get('vary'), 'Origin');
      const preflight = await ask({ Origin: 'https://app.example',
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'authorization,content-type' }, 'OPTIONS');
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get('access-control-allow-headers'),
        'authorization,content-type');
      assert.match(preflight.headers.get('access-control-allow-methods'), /PUT/);
      // Even a refusal can be read by the page that may call.
      const missing = await exchange(url, head('GET', '/v1/files/file-x',
        { Origin: 'https://app.example' }));
      assertRefused(missing, 404, 1004);
      assert.equal(missing.headers.get('access-control-allow-origin'), 'https://app.example');
    }));

  test('changes nothing with a form that names no origin', () =>
    withGateway([], async ({ gateway, url }) => {
      const answer = await exchange(url, head('PUT', '/v1/files/a.txt?deliver=none',
        { 'Sec-Fetch-Site': 'cross-site', 'Content-Length': 3 }) + 'abc');
      assertRefused(answer, 403, 2007);
      assert.deepEqual(await gateway.list(), []);
    }));

  test('is not let in by a misspelt setting', async () => {
    for (const [key, value] of [['allowed_hosts', 'https://gate.example'], ['allowed_hosts', '*'],
      ['allowed_origins', 'app.example'], ['allowed_origins', '*']]) {
      const checked = await filegate(['config', 'check', ...settings({ [key]: value })]);
      assert.equal(checked.code, exit_code.system, `${key} ${value}`);
      assert.match(checked.stderr, new RegExp(`server\\.${key} \\(from --set\\) names`));
    }
  });
});

test('without authentication only this machine is listened to', () =>
  withScratch(async ({ data }) => {
    for (const listen of ['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'gateway.example:0']) {
      const gateway = Gateway.prepare({ data, listen });
      assert.equal((await gateway.waitForExit()).code, exit_code.system, listen);
      assert.doesNotMatch(gateway.stdout, /listening on/);
      assert.match(gateway.stderr, /server\.host/);
    }
    for (const listen of ['localhost:0', '[::1]:0', '127.9.9.9:0']) {
      const gateway = await Gateway.start({ data, listen });
      const answer = await request(gateway.url, 'GET', '/v1/files');
      assert.equal(answer.status, 200, answer.text);
      await gateway.stop();
    }
  }));

// ---- careful answers ---------------------------------------------------------------------------

function assertCareful(headers, what) {
  const expected = {
    'x-content-type-options': /^nosniff$/,
    'content-security-policy': /^default-src 'none'; frame-ancestors 'none'/,
    'cross-origin-resource-policy': /^same-origin$/,
    'referrer-policy': /^no-referrer$/,
    'cache-control': /^(no-store|private, no-cache)$/,
  };
  for (const [name, pattern] of Object.entries(expected)) {
    assert.match(headers.get(name) ?? '', pattern, `${what}: ${name}`);
  }
}

describe('every answer', () => {
  test('of every route tells browsers to be careful, refusals and errors included', () =>
    withGateway([], async ({ url }) => {
      for (const { method, target } of [...routes(), { method: 'GET', target: '/nowhere' },
        { method: 'PATCH', target: '/v1/files' }]) {
        const answer = await exchange(url, head(method, target, { 'Content-Length': 0 }));
        assertCareful(answer.headers, `${method} ${target}`);
      }
      for (const bytes of ['nonsense\r\n\r\n', head('GET', '/', { Host: 'a b' })]) {
        const answer = await exchange(url, bytes);
        assert.equal(answer.status, 400);
        assertCareful(answer.headers, bytes);
      }
    }));

  test('never shows a stranger\'s page as ours', () => withGateway([], async ({ gateway }) => {
    const page = '<!DOCTYPE html><html><script>alert(document.cookie)</script></html>';
    const kept = await gateway.put('pa"ge\u{1F4C4}.html', page, { query: { deliver: 'none' } });
    if (kept.status !== 200) return assertRefused(kept, 415, errorCode(kept));
    for (const method of ['GET', 'HEAD']) {
      const answer = await gateway.request(method, `/v1/files/${kept.json.id}/content`);
      assert.equal(answer.status, 200);
      assertCareful(answer.headers, method);
      assert.match(answer.headers.get('content-security-policy'), /; sandbox$/);
      const disposition = answer.headers.get('content-disposition');
      assert.match(disposition, /^attachment; filename="pa_ge_+\.html"; /);
      assert.match(disposition, /filename\*=UTF-8''pa%22ge%F0%9F%93%84\.html$/);
    }
  }));

  test('to a path that holds a NUL names the field', () => withGateway([], async ({ gateway }) => {
    for (const target of ['/v1/files/a%00b.txt', '/v1/files/%zz.txt']) {
      const answer = await gateway.request('PUT', target, { body: 'abc' });
      assertRefused(answer, 400, 1001);
      assert.equal(answer.json.error.param, 'filename');
    }
  }));
});

// ---- slow and many -----------------------------------------------------------------------------

async function trickle(connection, piece, ms_max) {
  const until = Date.now() + ms_max;
  while (!connection.isClosed && connection.received.length === 0 && Date.now() < until) {
    connection.socket.write(piece);
    await delay(50);
  }
  assert.ok(Date.now() < until, 'the client is given up');
}

describe('a slow client', () => {
  const impatient = settings({
    header_timeout: '1s', body_idle_timeout: '1s', body_rate_min: '20KiB' });

  test('that trickles its headers is told 408', () => withGateway(impatient, async ({ url }) => {
    const connection = await RawConnection.open(url);
    await connection.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
    await trickle(connection, 'X-A: b\r\n', 20_000);
    const answer = await connection.response();
    assertRefused(answer, 408, 1014);
    await connection.waitForClose();
  }));

  test('that trickles its body is told 408 and leaves nothing', () =>
    withGateway(impatient, async ({ gateway, url }) => {
      for (const [framing, piece] of [
        [{ 'Content-Length': 100_000_000 }, 'x'],
        [{ 'Transfer-Encoding': 'chunked' }, '1\r\nx\r\n'],
        [{ 'Transfer-Encoding': 'chunked' }, `1;${'e'.repeat(1000)}\r\nx\r\n`]]) {
        const connection = await RawConnection.open(url);
        await connection.write(head('PUT', '/v1/files/slow.txt?deliver=none', framing));
        await trickle(connection, piece, 20_000);
        const answer = await connection.response();
        assertRefused(answer, 408, 1014);
        assert.match(answer.json.error.message, /slower than 20480 bytes a second/);
        connection.close();
      }
      await gateway.assertNothingHalfDone({ ids: [] });
    }));

  test('that takes its answer too slowly is cut off', () => withGateway(
    settings({ write_idle_timeout: '1s', body_rate_min: '512MiB' }), async ({ gateway, url }) => {
      const bytes = uniqueText(48 << 20);
      const kept = await gateway.put('large.txt', bytes, { query: { deliver: 'none' } });
      assert.equal(kept.status, 200, kept.text);
      const { hostname, port } = new URL(url);
      const socket = net.connect(Number(port), hostname);
      socket.on('error', () => {});
      let received = 0;
      socket.on('data', (piece) => { received += piece.length; });
      const closed = new Promise((resolve) => { socket.once('close', resolve); });
      socket.write(head('GET', `/v1/files/${kept.json.id}/content`, { Host: 'localhost' }));
      for (let i = 0; i < 40; i++) {
        socket.pause();
        await delay(100);
        socket.resume();
        await new Promise((resolve) => { setImmediate(resolve); });
      }
      await closed;
      assert.ok(received < bytes.length, `${received} bytes came`);
    }));
});

describe('very many clients', () => {
  // The gateway keeps a second descriptor for each connection, and so may need a higher limit.
  const raised = ['prlimit', '--nofile=32768:32768'];
  const may_raise = spawnSync(raised[0], [raised[1], 'true']).status === 0;
  const many = isSanitized ? 1000 : may_raise ? 10_000 : 9000;

  function openMany(url, count) {
    const { hostname, port } = new URL(url);
    const crowd = { sockets: [], closed: 0 };
    const one = () => new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname);
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('close', () => { crowd.closed++; });
      socket.on('error', () => {});
      socket.resume();
      crowd.sockets.push(socket);
    });
    const batch = async (size) => Promise.all(Array.from({ length: size }, one));
    return (async () => {
      for (let left = count; left > 0; left -= 500) await batch(Math.min(500, left));
      return crowd;
    })();
  }

  test('that say nothing cost little memory, leave others served, and are closed in time', () =>
    withGateway(settings({ connections_max: many + 50, header_timeout: '20s' }),
      async ({ gateway, url }) => {
        const before = gateway.memory('VmRSS');
        const crowd = await openMany(url, many);
        assert.equal(crowd.closed, 0, 'all are there at once');
        const began = Date.now();
        const answer = await request(url, 'GET', '/healthz');
        assert.equal(answer.status, 200);
        assert.ok(Date.now() - began < 5000, 'health is answered at once');
        const kept = await gateway.put('amid.txt', uniqueText(), { query: { deliver: 'none' } });
        assert.equal(kept.status, 200, kept.text);
        const grown = gateway.memory('VmRSS') - before;
        if (!isSanitized) assert.ok(grown < 128 << 20, `${grown >> 20} MiB for ${many}`);
        await eventually(() => assert.equal(crowd.closed, many), 90_000);
      }, may_raise ? raised : []));

  test('from one address get its share', () =>
    withGateway(settings({ connections_per_address_max: 20 }), async ({ url }) => {
      const crowd = await openMany(url, 20);
      const answer = await exchange(url, head('GET', '/healthz'));
      assertRefused(answer, 429, 2006);
      crowd.sockets.forEach((socket) => socket.destroy());
      await eventually(async () =>
        assert.equal((await exchange(url, head('GET', '/healthz'))).status, 200));
    }));

  test('that ask for more than there is room get 503 and find room again', () =>
    withGateway(settings({ connections_max: 20 }), async ({ url }) => {
      const crowd = await openMany(url, 20);
      const answer = await exchange(url, head('GET', '/healthz'));
      assertRefused(answer, 503, 9004);
      crowd.sockets.forEach((socket) => socket.destroy());
      await eventually(async () =>
        assert.equal((await exchange(url, head('GET', '/healthz'))).status, 200));
    }));
});
