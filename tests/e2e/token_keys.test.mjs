// Where keys come from, how they change, and what a source of keys may do to the gateway.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { Gateway, assertRefused, eventually, filegate, withScratch } from './harness.mjs';
import {
  assertNotTaken, assertTaken, claims, jwk, list, other_rsa, rsa, secret, token, withGateway,
  withKeyServer,
} from './token_maker.mjs';

describe('keys behind a url', () => {
  const signed = (pair, kid) =>
    token(claims({ jti: randomUUID() }), { header: { alg: 'RS256', kid }, key: pair.privateKey });
  const settings = (server) => ({ JWT_SECRET_KEY: '', FILEGATE_AUTH_JWKS: server.url });

  test('that redirect are not followed', () => withKeyServer(async (server) => {
    server.answer = (outgoing, incoming) => {
      if (incoming.url.startsWith('/jwks')) {
        outgoing.writeHead(302, { location: '/evil' });
        return outgoing.end(JSON.stringify({ keys: [jwk(rsa, 'k1')] }));
      }
      return outgoing.end(JSON.stringify({ keys: [jwk(rsa, 'k1')] }));
    };
    await withGateway(settings(server), async ({ gateway }) => {
      assertRefused(await list(gateway, signed(rsa, 'k1')), 503, 9004);
      assert.equal(server.requests, 1);
    });
  }));

  test('that hang hold up nobody for long', () => withKeyServer(async (server) => {
    server.answer = () => {};
    await withGateway(settings(server), async ({ gateway }) => {
      const begun = Date.now();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => list(gateway, signed(rsa, 'k1'))));
      for (const answer of answers) assertRefused(answer, 503, 9004);
      assert.ok(Date.now() - begun < 30_000);
      assert.equal(server.requests, 1, 'one read for all');
      assert.ok(answers[0].headers.get('retry-after'));
    });
  }));

  test('that never end, or make no sense, are given up', () => withKeyServer(async (server) => {
    let sent = 0;
    server.answer = (outgoing) => {
      outgoing.write('{"keys":[');
      const more = () => {
        while (!outgoing.destroyed && sent < 64 << 20) {
          sent += 65_536;
          if (!outgoing.write(' '.repeat(65_536))) return outgoing.once('drain', more);
        }
        return undefined;
      };
      more();
    };
    await withGateway(settings(server), async ({ gateway }) => {
      assertRefused(await list(gateway, signed(rsa, 'k1')), 503, 9004);
      assert.ok(sent < 32 << 20, `${sent} bytes were taken`);
    });
    server.answer = (outgoing) => outgoing.end('<html>soon back</html>');
    await withGateway(settings(server), async ({ gateway }) => {
      assertRefused(await list(gateway, signed(rsa, 'k1')), 503, 9004);
    });
  }));

  test('are asked once however many made-up key ids come', () => withKeyServer(async (server) => {
    server.keys = [jwk(rsa, 'k1')];
    await withGateway(settings(server), async ({ gateway }) => {
      await assertTaken(gateway, signed(rsa, 'k1'));
      for (let i = 0; i < 50; i += 1) {
        await assertNotTaken(gateway, signed(other_rsa, `made-up-${i}`));
      }
      assert.equal(server.requests, 1);
    });
  }));

  test('that go away leave those with a known key alone', () => withKeyServer(async (server) => {
    server.keys = [jwk(rsa, 'k1')];
    await withGateway(settings(server), async ({ gateway }) => {
      await assertTaken(gateway, signed(rsa, 'k1'));
      server.answer = (outgoing) => { outgoing.writeHead(500); outgoing.end(); };
      await assertTaken(gateway, signed(rsa, 'k1'));
    });
  }));
});

describe('keys in files', () => {
  test('rotate while the gateway runs: new ones count, old ones until they are removed', () =>
    withScratch(async ({ folder, data, running }) => {
      const file = path.join(folder, 'jwks.json');
      const keys = (...list_of) => writeFileSync(file, JSON.stringify({ keys: list_of }));
      const signed = (pair, kid) =>
        token(claims(), { header: { alg: 'RS256', kid }, key: pair.privateKey });
      keys(jwk(rsa, 'old'));
      const gateway = await Gateway.start({ data, env: { FILEGATE_AUTH_JWKS: file } });
      running.push(gateway);
      await assertTaken(gateway, signed(rsa, 'old'));
      keys(jwk(other_rsa, 'new'), jwk(rsa, 'old'));
      await eventually(() => assertTaken(gateway, signed(other_rsa, 'new')));
      await assertTaken(gateway, signed(rsa, 'old'));
      keys(jwk(other_rsa, 'new'));
      await eventually(() => assertNotTaken(gateway, signed(rsa, 'old')), 30_000);
    }));

  test('are made, issued from and rotated by the command line', () =>
    withScratch(async ({ folder, data, running }) => {
      const file = path.join(folder, 'secrets');
      const env = { FILEGATE_AUTH_JWT_SECRET_FILE: file };
      const first = await filegate(['token', 'rotate', '--kid', 'one'], { env });
      assert.equal(first.code, 0, first.stderr);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const gateway = await Gateway.start({ data, env });
      running.push(gateway);

      const issue = async (...more) => {
        const issued = await filegate(
          ['token', 'issue', '--sub', 'ann', '--scope', 'files:read', '--ttl', '1h', ...more],
          { env });
        assert.equal(issued.code, 0, issued.stderr);
        return issued.stdout.trim();
      };
      const old = await issue();
      await assertTaken(gateway, old);
      const said = JSON.parse(Buffer.from(old.split('.')[1], 'base64url'));
      assert.equal(said.scope, 'files:read');
      assert.equal(said.exp - said.iat, 3600);

      const link = path.join(folder, 'link');
      symlinkSync(file, link);
      const second = await filegate(['token', 'rotate', '--kid', 'two'],
        { env: { FILEGATE_AUTH_JWT_SECRET_FILE: link } });
      assert.equal(second.code, 0, second.stderr);
      assert.match(readFileSync(file, 'utf8'), /^two:[\w-]{43}\none:[\w-]{43}\n/);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.ok(!existsSync(`${file}.new`));
      const fresh = await issue();
      assert.equal(JSON.parse(Buffer.from(fresh.split('.')[0], 'base64url')).kid, 'two');
      await eventually(() => assertTaken(gateway, fresh));
      await assertTaken(gateway, await issue('--kid', 'one'));
      assert.equal((await filegate(['token', 'rotate', '--kid', 'two'], { env })).code, 10);
      for (const process of [first, second]) {
        assert.doesNotMatch(process.stdout + process.stderr, /[\w-]{43}/, 'no secret is shown');
      }
    }));
});
