// What operators do with tokens: the grace of the shared token, revocations, configuration, the
// command line.

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  Gateway, assertRefused, errorCode, eventually, filegate, request, withScratch,
} from './harness.mjs';
import {
  assertNotTaken, assertTaken, bearer, claims, now, part, secret, token, withGateway,
} from './token_maker.mjs';

describe('the shared token of old', () => {
  const shared = 'the-shared-token-of-old';
  const grace = { EXAI_WS_TOKEN: shared };

  test('is taken beside jwt, as a principal of its own without admin rights, and told', () =>
    withGateway(grace, async ({ gateway }) => {
      await assertTaken(gateway, shared);
      assertRefused(await gateway.request('GET', '/v1/admin/events', bearer(shared)), 403, 2005);
      await assertNotTaken(gateway, `${shared}x`);
      await assertNotTaken(gateway, shared.slice(0, -1));
      await eventually(() => assert.match(gateway.stderr, /token\.shared_used/));
      assert.doesNotMatch(gateway.stderr, new RegExp(shared));
    }));

  test('does not make an invalid jwt valid', () => withGateway(grace, async ({ gateway }) => {
    await assertNotTaken(gateway, token(claims(), { key: shared }));
    await assertNotTaken(gateway, token(claims({ exp: now() - 60 })), 2003);
    await assertNotTaken(gateway, `${part({ alg: 'none' })}.${part(claims())}.`);
  }));

  test('ends when it was first said to end: no restart and no longer period extends it', () =>
    withGateway({ ...grace, JWT_GRACE_PERIOD_DAYS: '0' }, async ({ gateway, data, running }) => {
      await assertNotTaken(gateway, shared, 2003);
      await gateway.stop();
      const again = await Gateway.start(
        { data, env: { JWT_SECRET_KEY: secret, ...grace, JWT_GRACE_PERIOD_DAYS: '14' } });
      running.push(again);
      await assertNotTaken(again, shared, 2003);
      await assertTaken(again, token(claims()));
      const end = /token\.grace ends_at=(\S+)/;
      assert.equal(end.exec(again.stderr)[1], end.exec(gateway.stderr)[1]);
    }));

  test('ends on the configured day', () =>
    withGateway({ ...grace, FILEGATE_AUTH_GRACE_ENDS: '2020-01-01' }, async ({ gateway }) => {
      const answer = await assertNotTaken(gateway, shared, 2003);
      assert.match(answer.json.error.message, /2020-01-01/);
    }));

  test('alone is no configuration', () => withScratch(async ({ data }) => {
    const gateway = Gateway.prepare({ data, env: grace });
    const exit = await gateway.waitForExit();
    assert.equal(exit.code, 90);
    assert.match(gateway.stderr, /EXAI_WS_TOKEN is set/);
    assert.doesNotMatch(gateway.stderr, new RegExp(shared));
  }));
});

describe('a token that is revoked', () => {
  const admin = () => token(claims({ sub: 'root', scope: 'admin' }));

  test('is refused at once, and after a restart', () =>
    withGateway({}, async ({ gateway, data, running }) => {
      const stolen = token(claims({ jti: 'stolen' }));
      const other = token(claims({ jti: 'other' }));
      await assertTaken(gateway, stolen);
      const revoked = await filegate(['token', 'revoke', '-', '--server', gateway.url],
        { env: { FILEGATE_TOKEN: admin() }, input: `${stolen}\n` });
      assert.equal(revoked.code, 0, revoked.stderr);
      await assertNotTaken(gateway, stolen);
      await assertTaken(gateway, other);
      await gateway.kill();
      const again = await Gateway.start({ data, env: { JWT_SECRET_KEY: secret } });
      running.push(again);
      await assertNotTaken(again, stolen);
      await assertTaken(again, other);
    }));

  const leaves_room = 'with all its subject had leaves room for new ones';
  test(leaves_room, () => withGateway({}, async ({ gateway }) => {
    const old = token(claims({ iat: now() - 5 }));
    const ben = token(claims({ sub: 'ben', iat: now() - 5 }));
    await assertTaken(gateway, old);
    const revoked = await filegate(['token', 'revoke', '--sub', 'ann', '--server', gateway.url],
      { env: { FILEGATE_TOKEN: admin() } });
    assert.equal(revoked.code, 0, revoked.stderr);
    await assertNotTaken(gateway, old);
    await assertTaken(gateway, ben);
    await assertTaken(gateway, token(claims({ iat: now() + 2 })));
    const events = await gateway.request('GET', '/v1/admin/events', bearer(admin()));
    assert.match(events.text, /token\.revoke/);
  }));

  const by_operators = 'can be revoked by operators only, and only by a name';
  test(by_operators, () => withGateway({}, async ({ gateway }) => {
    const ask = (text, body) => gateway.request('POST', '/v1/admin/tokens/revoke', {
      ...bearer(text), body: JSON.stringify(body),
    });
    assertRefused(await ask(token(claims()), { sub: 'root' }), 403, 2005);
    for (const body of [{}, { sub: '' }, { sub: 'a', jti: 'b' }, { sub: 7 },
      { jti: 'a', until: 'x' }, { jti: 'a', until: 1 },
      { jti: 'a', issued_before: 5 }, { user: 'a' }, [],
      { jti: 'x'.repeat(300) }]) {
      assertRefused(await ask(admin(), body), 400, 1001);
    }
  }));
});

describe('the configuration of tokens', () => {
  const start = async (env, args = []) => {
    let output = '';
    let code = null;
    await withScratch(async ({ data }) => {
      const gateway = Gateway.prepare({ data, env, args });
      code = (await gateway.waitForExit()).code;
      output = gateway.output();
    });
    assert.equal(code, 90, output);
    return output;
  };

  test('is what allows listening wider than this machine', async () => {
    await withScratch(async ({ data, running }) => {
      const open = Gateway.prepare({ data, listen: '0.0.0.0:0' });
      assert.equal((await open.waitForExit()).code, 90);
      assert.match(open.stderr, /no authentication is configured/);
      const closed = await Gateway.start(
        { data, listen: '0.0.0.0:0', env: { JWT_SECRET_KEY: secret } });
      running.push(closed);
      const local = closed.url.replace('0.0.0.0', '127.0.0.1');
      assertRefused(await request(local, 'GET', '/v1/files'), 401, 2001);
    });
  });

  test('that cannot be meant is refused at the start, without showing a secret', async () => {
    assert.match(await start({ JWT_SECRET_KEY: 'short' }), /JWT_SECRET_KEY has 5 bytes/);
    assert.match(await start({ JWT_SECRET_KEY: secret, JWT_ALGORITHM: 'none' }), /"none"/);
    assert.match(await start({ JWT_SECRET_KEY: secret, JWT_ALGORITHM: 'RS256' }), /names no keys/);
    assert.match(await start({ FILEGATE_AUTH_JWKS: 'http://192.0.2.1/jwks' }), /use https/);
    assert.match(await start({ FILEGATE_AUTH_JWKS: '/nowhere/jwks' }), /cannot be read/);
    const token_of = `${part({ alg: 'none' })}.${part({})}.x`;
    assert.match(await start({ JWT_SECRET_KEY: secret, EXAI_WS_TOKEN: token_of }), /form of a JWT/);
  });

  test('shows no secret, and warns of a weak one', async () => {
    const env =
      { JWT_SECRET_KEY: 'twenty bytes, weak..', EXAI_WS_TOKEN: 'the-shared-token-of-old' };
    const shown = await filegate(['config', 'show'], { env });
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stderr, /JWT_SECRET_KEY has 20 bytes/);
    assert.doesNotMatch(shown.stdout + shown.stderr, /weak\.\.|the-shared-token-of-old/);
    assert.match(shown.stdout, /\[auth\]/);
  });

  test('lets the command line say why a token is refused', async () => {
    const env = { JWT_SECRET_KEY: secret, JWT_AUDIENCE: 'filegate' };
    const inspect = (text) => filegate(['token', 'inspect', '-'], { env, input: text });
    const good = await inspect(token(claims({ aud: 'filegate' })));
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /verdict taken as ann/);
    const wrong = await inspect(token(claims({ aud: 'x', exp: now() - 90 })));
    assert.equal(wrong.code, 20);
    assert.match(wrong.stdout, /"aud":"x"/);
    assert.match(wrong.stdout, /verdict refused: the token expired/);
    const json = await filegate(['token', 'inspect', token(claims()), '--json'], { env });
    assert.equal(JSON.parse(json.stdout).accepted, false);
    assert.equal((await inspect('rubbish')).code, 10);
  });

  test('gives the client verbs their token from a variable or a file', () =>
    withGateway({}, async ({ gateway, folder }) => {
      const without = await filegate(['ls', '--server', gateway.url]);
      assert.equal(without.code, 20, without.stderr);
      const file = path.join(folder, 'token');
      writeFileSync(file, `${token(claims())}\n`);
      chmodSync(file, 0o600);
      const by_file = await filegate(['ls', '--server', gateway.url, '--token-file', file]);
      assert.equal(by_file.code, 0, by_file.stderr);
      const by_variable = await filegate(['ls', '--server', gateway.url],
        { env: { FILEGATE_TOKEN: token(claims()) } });
      assert.equal(by_variable.code, 0, by_variable.stderr);
    }));

  test('absent leaves everything to whoever is on this machine', () =>
    withGateway({ JWT_SECRET_KEY: '' }, async ({ gateway }) => {
      await assertTaken(gateway, undefined);
      await assertTaken(gateway, 'whatever');
      const answer = await gateway.request('GET', '/.well-known/oauth-protected-resource');
      assertRefused(answer, 404, 1011);
      const revoke = await gateway.request(
        'POST', '/v1/admin/tokens/revoke', { body: '{"jti":"x"}' });
      assert.equal(errorCode(revoke), '1001');
    }));
});
