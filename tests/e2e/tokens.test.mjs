// Tokens against the real binary, one test for each attack.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';

import { assertRefused, eventually, request, uniqueText } from './harness.mjs';
import { RawConnection } from './raw_http.mjs';
import {
  assertNotTaken, assertTaken, bearer, claims, ec, jwk, list, now, other_rsa, part, rsa, secret,
  token, withGateway, withKeyServer,
} from './token_maker.mjs';

describe('without the right token', () => {
  test('nothing that needs one is answered, and the challenge says where to read about it', () =>
    withGateway({}, async ({ gateway }) => {
      const answer = await gateway.request('GET', '/v1/files');
      assertRefused(answer, 401, 2001);
      const challenge = answer.headers.get('www-authenticate');
      assert.ok(challenge.startsWith(`Bearer resource_metadata="${gateway.url}/.well-known/`));
      assert.match(challenge, /scope="files:read"/);
      assert.doesNotMatch(challenge, /error=/, 'no token was sent');

      const wrong = await assertNotTaken(gateway, token(claims(), { key: 'x'.repeat(40) }));
      assert.match(wrong.headers.get('www-authenticate'), /error="invalid_token"/);
      const metadata = /resource_metadata="([^"]+)"/.exec(challenge)[1];
      const described = await request(metadata, 'GET', metadata);
      assert.equal(described.status, 200);
      assert.deepEqual(described.json.bearer_methods_supported, ['header']);
      assert.equal(described.json.resource, gateway.url);
      for (const target of ['/healthz', '/readyz']) {
        assert.notEqual((await gateway.request('GET', target)).status, 401, target);
      }
    }));

  test('the metadata names the issuer, and each endpoint as a resource of its own', () =>
    withGateway({ JWT_ISSUER: 'https://issuer.test/auth/v1' }, async ({ gateway }) => {
      const target = '/.well-known/oauth-protected-resource/mcp';
      const answer = await gateway.request('GET', target);
      assert.equal(answer.json.resource, `${gateway.url}/mcp`);
      assert.deepEqual(answer.json.authorization_servers, ['https://issuer.test/auth/v1']);
    }));

  test('a scope that is missing is 403 and named', () => withGateway({}, async ({ gateway }) => {
    const reader = token(claims({ scope: 'files:read' }));
    await assertTaken(gateway, reader);
    const answer = await gateway.put('a.txt', uniqueText(), bearer(reader));
    assertRefused(answer, 403, 2005);
    const challenge = answer.headers.get('www-authenticate');
    assert.match(challenge, /error="insufficient_scope"/);
    assert.match(challenge, /scope="files:write"/);
    assertRefused(await gateway.request('GET', '/v1/admin/events', bearer(reader)), 403, 2005);
  }));

  const host_header = 'a host header cannot write into the challenge';
  test(host_header, () => withGateway({}, async ({ gateway }) => {
    const { hostname, port } = new URL(gateway.url);
    const answer = await new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname, () => {
        socket.write('GET /v1/files HTTP/1.1\r\nHost: x", error="none\r\n' +
          'Connection: close\r\n\r\n');
      });
      let text = '';
      socket.on('data', (bytes) => { text += bytes; });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    assert.doesNotMatch(answer, /error="none/);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /);
  }));

  test('two authorization headers are one too many', () => withGateway({}, async ({ gateway }) => {
    const good = `Bearer ${token(claims())}`;
    const status = await new Promise((resolve, reject) => {
      const headers = ['Authorization', good, 'Authorization', good];
      http.get(`${gateway.url}/v1/files`, { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on('error', reject);
    });
    assert.equal(status, 400);
  }));
});

describe('a token that was tampered with', () => {
  test('is not taken without a signature, however "none" is spelled', () =>
    withGateway({}, async ({ gateway }) => {
      await assertTaken(gateway, token(claims()));
      for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
        await assertNotTaken(gateway, `${part({ alg })}.${part(claims())}.`);
      }
      const good = token(claims());
      await assertNotTaken(gateway, good.slice(0, good.lastIndexOf('.') + 1));
      await assertNotTaken(gateway, `${good.slice(0, -3)}AAA`);
    }));

  test('is not taken when its claims were exchanged', () => withGateway({}, async ({ gateway }) => {
    const [header, , signature] = token(claims()).split('.');
    const forged = `${header}.${part(claims({ scope: 'admin' }))}.${signature}`;
    await assertNotTaken(gateway, forged);
  }));

  test('is not taken with a claim or header that stands twice', () =>
    withGateway({}, async ({ gateway }) => {
      const exp = now() + 600;
      await assertNotTaken(gateway, token(`{"sub":"ann","sub":"root","exp":${exp}}`));
      await assertNotTaken(gateway, token(`{"sub":"ann","exp":1,"exp":${exp}}`));
      await assertNotTaken(gateway,
        token(claims(), { header: '{"alg":"none","alg":"HS256"}', alg: 'HS256' }));
    }));

  test('is not taken with a critical header it does not understand', () =>
    withGateway({}, async ({ gateway }) => {
      await assertNotTaken(gateway, token(claims(), { header: { alg: 'HS256', crit: ['exp'] } }));
    }));

  test('is not taken when a kid names a file, a statement or a url', () =>
    withGateway({}, async ({ gateway }) => {
      for (const kid of ['../../../dev/null', '/dev/null', "' UNION SELECT 'key",
        'http://127.0.0.1/k', 'x'.repeat(5000)]) {
        await assertNotTaken(gateway, token(claims(), { header: { alg: 'HS256', kid }, key: '' }));
      }
    }));

  test('is not taken with a key it brings along', () => withKeyServer(async (server) => {
    server.keys = [jwk(rsa, 'k1')];
    await withGateway({ FILEGATE_AUTH_JWKS: server.url }, async ({ gateway }) => {
      const header = { alg: 'RS256', kid: 'k1', jwk: jwk(other_rsa, 'k1') };
      await assertNotTaken(gateway, token(claims(), { header, key: other_rsa.privateKey }));
      const elsewhere = { alg: 'RS256', kid: 'k2', jku: `${server.url}?evil` };
      const forged = token(claims(), { header: elsewhere, key: other_rsa.privateKey });
      await assertNotTaken(gateway, forged);
      assert.equal(server.requests, 1);
    });
  }));

  test('is not taken when a public key was its hmac secret', () => withKeyServer(async (server) => {
    server.keys = [jwk(rsa, 'k1')];
    await withGateway({ FILEGATE_AUTH_JWKS: server.url }, async ({ gateway }) => {
      const header = { alg: 'RS256', kid: 'k1' };
      await assertTaken(gateway, token(claims(), { header, key: rsa.privateKey }));
      for (const type of ['spki', 'pkcs1']) {
        const key = rsa.publicKey.export({ format: 'pem', type });
        const hmac = { alg: 'HS256', kid: 'k1' };
        await assertNotTaken(gateway, token(claims(), { header: hmac, key }));
      }
    });
  }));

  const megabyte = 'of a megabyte is refused and the gateway goes on';
  test(megabyte, () => withGateway({}, async ({ gateway }) => {
    const big = await list(gateway, 'a'.repeat(1 << 20)).catch((error) => error);
    assert.ok(big instanceof Error || big.status === 431, `${big.status}`);
    await assertNotTaken(gateway, token(claims({ x: 'y'.repeat(9000) })));
    await assertTaken(gateway, token(claims()));
  }));
});

describe('the claims of a token', () => {
  // The leeway of 30 seconds is over in five.
  test('is looked at again with every request of a connection that stays open', () =>
    withGateway({}, async ({ gateway }) => {
      const connection = await RawConnection.open(gateway.url);
      const ask = async (text) => {
        await connection.write('GET /v1/files HTTP/1.1\r\nHost: localhost\r\n' +
          `Authorization: Bearer ${text}\r\n\r\n`);
        return connection.response();
      };
      const ending = token(claims({ exp: now() - 25 }));
      assert.equal((await ask(ending)).status, 200);
      await eventually(async () => assertRefused(await ask(ending), 401, 2003));
      assert.equal((await ask(token(claims()))).status, 200, 'a new one is taken there');
      connection.close();
    }));

  const right = { iss: 'https://a.test', aud: 'filegate' };
  const strict = { JWT_ISSUER: 'https://a.test', JWT_AUDIENCE: 'filegate' };
  test('with the configured issuer and audience is taken', () =>
    withGateway(strict, async ({ gateway }) => {
      await assertTaken(gateway, token(claims(right)));
      await assertTaken(gateway, token(claims({ ...right, aud: ['x', 'filegate'] })));
      await assertTaken(gateway, token(claims({ ...right, exp: now() - 5 })));
    }));

  const attacks = {
    'that has expired': [{ exp: now() - 60 }],
    'that never expires': [{ exp: undefined }, { exp: 'never' }],
    'that is not valid yet': [{ nbf: now() + 90 }, { iat: now() + 90 }],
    'for another audience': [{ aud: 'other' }, { aud: [] }, { aud: undefined }],
    'of another issuer': [{ iss: 'https://b.test' }, { iss: undefined }],
    'without a subject': [{ sub: undefined }, { sub: '' }],
    'with a subject that is no name': [
      { sub: 7 }, { sub: ['ann'] }, { sub: 'a\nb' }, { sub: 'a'.repeat(300) }],
  };
  for (const [attack, wrong] of Object.entries(attacks)) {
    test(`${attack} is not taken`, () => withGateway(strict, async ({ gateway }) => {
      for (const one of wrong) {
        const code = one.exp < now() ? 2003 : 2002;
        const answer = await assertNotTaken(gateway, token(claims({ ...right, ...one })), code);
        assert.doesNotMatch(answer.text, /a\.test|b\.test/, 'nothing leaks');
      }
    }));
  }

  test('decide whose files one sees', () => withGateway({}, async ({ gateway }) => {
    const ann = bearer(token(claims({ sub: 'ann' })));
    const ben = bearer(token(claims({ sub: 'ben' })));
    const kept = await gateway.put('a.txt', uniqueText(), { query: { deliver: 'none' }, ...ann });
    assert.equal(kept.status, 200, kept.text);
    assert.equal((await gateway.request('GET', `/v1/files/${kept.json.id}`, ann)).status, 200);
    assertRefused(await gateway.request('GET', `/v1/files/${kept.json.id}`, ben), 404, 1004);
    assert.deepEqual((await gateway.request('GET', '/v1/files', ben)).json.data, []);
  }));

  test('of supabase are taken, signed with the shared secret or with a key of the set', () =>
    withKeyServer(async (server) => {
      const kid = randomUUID();
      server.keys =
        [{ ...jwk(ec, kid), alg: 'ES256', key_ops: ['verify'], ext: true, use: undefined }];
      const issuer = 'https://ref.supabase.test/auth/v1';
      await withGateway({
        JWT_SECRET_KEY: '', SUPABASE_JWT_SECRET: secret, JWT_ISSUER: issuer,
        JWT_AUDIENCE: 'authenticated', FILEGATE_AUTH_JWKS: server.url,
      }, async ({ gateway }) => {
        const supabase = claims({
          iss: issuer, aud: 'authenticated', sub: randomUUID(), email: 'a@b.test', phone: '',
          role: 'authenticated', aal: 'aal1', session_id: randomUUID(), is_anonymous: false,
          app_metadata: { provider: 'email' }, user_metadata: { scope: 'admin' },
          amr: [{ method: 'password', timestamp: now() }],
        });
        const legacy = token(supabase, { header: { alg: 'HS256', kid: 'their/id+1', typ: 'JWT' } });
        const modern =
          token(supabase, { header: { alg: 'ES256', kid, typ: 'JWT' }, key: ec.privateKey });
        for (const text of [legacy, modern]) {
          await assertTaken(gateway, text);
          const admin = await gateway.request('GET', '/v1/admin/events', bearer(text));
          assertRefused(admin, 403, 2005);
        }
        const service = token({ iss: 'supabase', role: 'service_role', exp: now() + 600 });
        await assertNotTaken(gateway, service);
      });
    }));
});

describe('what is logged and answered', () => {
  const holds_none = 'never holds a token, a secret or what a token says';
  test(holds_none, () => withGateway({}, async ({ gateway }) => {
    const texts = [token(claims({ jti: 'SENTINEL-1' })),
      token(claims({ aud: ['SENTINEL-2'] }), { key: 'k' }),
      token(claims({ sub: ['SENTINEL-3'] })), 'SENTINEL-4'];
    const answers = [];
    for (const text of texts) answers.push((await list(gateway, text)).text);
    await gateway.stop();
    const everything = answers.join('\n') + gateway.output();
    assert.doesNotMatch(everything, /SENTINEL/);
    for (const text of [...texts.slice(0, 3), secret]) assert.ok(!everything.includes(text));
  }));
});
