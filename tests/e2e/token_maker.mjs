// Tokens and key sets made by node:crypto, none by Filegate, and what the suites about them share.

import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import http from 'node:http';

import { Gateway, assertRefused, withScratch } from './harness.mjs';

export const secret = 'a shared secret of more than thirty-two bytes';
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const other_rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const now = () => Math.floor(Date.now() / 1000);
export const part = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const signers = {
  HS256: (text, key) => createHmac('sha256', key).update(text).digest(),
  RS256: (text, key) => createSign('RSA-SHA256').update(text).sign(key),
  ES256: (text, key) => signBytes('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }),
};

export function token(claims, { header = { alg: 'HS256', typ: 'JWT' }, key = secret, alg } = {}) {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${signers[alg ?? header.alg](text, key).toString('base64url')}`;
}

export const claims = (extra = {}) => ({ sub: 'ann', exp: now() + 600, iat: now(), ...extra });
export const bearer = (text) => ({ headers: { authorization: `Bearer ${text}` } });
export const jwk = (pair, kid) =>
  ({ ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig' });

// One gateway with a secret for all tests that only ask. It bears any number of wrong tokens: how
// many it should is the matter of limits.test.mjs.
export async function withGateway(env, story, options = {}) {
  await withScratch(async ({ data, folder, running }) => {
    const settings = { JWT_SECRET_KEY: secret, FILEGATE_LIMITS_FAILED_LOGINS_PER_MINUTE: '0' };
    const gateway = await Gateway.start({ data, env: { ...settings, ...env }, ...options });
    running.push(gateway);
    await story({ gateway, folder, data, running });
  });
}

export async function list(gateway, text) {
  return gateway.request('GET', '/v1/files', text === undefined ? {} : bearer(text));
}

export async function assertTaken(gateway, text) {
  const answer = await list(gateway, text);
  assert.equal(answer.status, 200, answer.text);
}

export async function assertNotTaken(gateway, text, code = 2002) {
  const answer = await list(gateway, text);
  assertRefused(answer, 401, code);
  return answer;
}

// A JWK set on loopback that can be told how to behave.
export async function withKeyServer(story) {
  const state = { keys: [], requests: 0, answer: null };
  const server = http.createServer((incoming, outgoing) => {
    state.requests += 1;
    if (state.answer) return state.answer(outgoing, incoming);
    outgoing.setHeader('content-type', 'application/json');
    return outgoing.end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  state.url = `http://127.0.0.1:${server.address().port}/jwks.json`;
  try {
    await story(state);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
}
