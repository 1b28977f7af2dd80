// What is configured, told before and when a server starts.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { Gateway, exit_code, filegate, root as tree, withScratch } from './harness.mjs';
import { secret } from './token_maker.mjs';

const without_keys = /no provider account has a key/;

async function check(args, { env = {}, code = exit_code.system } = {}) {
  const result = await filegate(['config', 'check', ...args], { env });
  assert.equal(result.code, code, result.stdout + result.stderr);
  return result.stderr;
}

describe('config check', () => {
  test('finds what serve refuses, every root at once, and so does doctor', () =>
    withScratch(async ({ folder, data }) => {
      const gone = ['one', 'two'].map((name) => path.join(folder, name));
      const args = ['--set', `paths.roots=${gone.join(',')}`];
      const doctor = await filegate(['doctor', ...args]);
      const gateway = Gateway.prepare({ data, args });
      const exit = await gateway.waitForExit();
      for (const [code, told] of [[exit_code.system, await check(args)],
        [doctor.code, doctor.stdout], [exit.code, gateway.stderr]]) {
        assert.equal(code, exit_code.system, told);
        for (const root of gone) assert.ok(told.includes(`'${root}' cannot be opened`), told);
      }
      for (const root of gone) mkdirSync(root);
      await check(args, { code: 0 });
    }));

  test('warns of a scanner that is not there and of a switch that opens nothing', () =>
    withScratch(async ({ folder }) => {
      const told = await check([], { code: 0, env: {
        FILEGATE_SCAN_ADDRESS: `${folder}/clamd`, EX_ALLOW_EXTERNAL_PATHS: 'true' } });
      assert.match(told, /warning: FILEGATE_SCAN_ADDRESS names \S+, where there is no socket/);
      assert.match(told, /warning: EX_ALLOW_EXTERNAL_PATHS opens nothing/);
    }));

  test('refuses an issuer or audience that nothing would check, and serve does not start', () =>
    withScratch(async ({ data }) => {
      for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE']) {
        const env = { [name]: 'https://issuer.test' };
        assert.match(await check([], { env }),
          new RegExp(`${name} is set, .*set auth.jwt_secret_file, JWT_SECRET_KEY or auth.jwks`));
        await check([], { env: { ...env, JWT_SECRET_KEY: secret }, code: 0 });
        const exit = await Gateway.prepare({ data, env }).waitForExit();
        assert.equal(exit.code, exit_code.system);
      }
    }));

  test('names the flag or variable, its own text and the item at fault', () =>
    withScratch(async ({ folder }) => {
      const file = path.join(folder, 'c.toml');
      writeFileSync(file, '[content]\nallowed_types = ["text", "", "images"]\n');
      const told = await check(['--config', file, '--set', 'limits.burst=1'], { env: {
        JWT_SECRET_KEY: secret, JWT_GRACE_PERIOD_DAYS: 'abc', JWT_ALGORITHM: 'none',
        UPLOAD_TIMEOUT: 'soon', FILEGATE_QUOTA_BYTES: '5' } });
      for (const pattern of [
        /c\.toml:2: content\.allowed_types must be .*item 2 of 3 is empty/,
        /limits\.burst \(from --set\) must be a duration/,
        /JWT_GRACE_PERIOD_DAYS must be a whole number of days .*not "abc"/,
        /JWT_ALGORITHM has "none"/,
        /UPLOAD_TIMEOUT must be .*not "soon" \(in s\)/,
        /FILEGATE_QUOTA_BYTES .*nearest is FILEGATE_QUOTA_BYTES_PER_PRINCIPAL/,
      ]) {
        assert.match(told, pattern);
      }
    }));
});

test('the example for production is usable, and all it suggests are keys', () =>
  withScratch(async ({ folder }) => {
    const example = path.join(tree, 'config/prod.toml');
    await check(['--config', example], { code: 0 });
    const suggested = readFileSync(example, 'utf8').replaceAll(/^# (?=\[|[a-z_]+ = )/gm, '');
    for (const word of ['[auth]', '[quota]', '[scan]', '\njwks =', '\ntls_key_file =',
      '\n[accounts.kimi-batch]']) assert.ok(suggested.includes(word), word);
    const file = path.join(folder, 'suggested.toml');
    writeFileSync(file, suggested);
    const told = await check(['--config', file]);
    assert.match(told, /tls_certificate_file is unusable/);
    assert.doesNotMatch(told, /is not a key|is not TOML|must be/);
  }));

test('that no account has a key is told by what serves or checks, not by the rest', () =>
  withScratch(async ({ folder, data }) => {
    const env = { FILEGATE_AUTH_JWT_SECRET_FILE: path.join(folder, 'secrets') };
    const run = async (args, options) => {
      const result = await filegate(args, { env, ...options });
      assert.equal(result.code, 0, result.stdout + result.stderr);
      return result;
    };
    assert.equal((await run(['token', 'rotate'])).stderr, '');
    const issued = await run(['token', 'issue', '--sub', 'ann']);
    assert.equal(issued.stderr, '');
    assert.equal((await run(['token', 'inspect', '-'], { input: issued.stdout })).stderr, '');
    assert.equal((await run(['config', 'show'])).stderr, '');
    assert.match(await check([], { env, code: 0 }), without_keys);
    const gateway = Gateway.prepare({ data, env });
    await gateway.ready();
    assert.match(gateway.stderr, without_keys);
    await gateway.stop();
  }));

test('a rotation that was killed says which file to remove', () =>
  withScratch(async ({ folder }) => {
    const file = path.join(folder, 'secrets');
    const rotate = (id) => filegate(['token', 'rotate', '--kid', id],
      { env: { FILEGATE_AUTH_JWT_SECRET_FILE: file } });
    assert.equal((await rotate('a')).code, 0);
    writeFileSync(`${file}.new`, '');
    const refused = await rotate('b');
    assert.equal(refused.code, exit_code.system);
    assert.ok(refused.stderr.includes(`if none is, remove ${file}.new`), refused.stderr);
    const nowhere = await filegate(['token', 'rotate'],
      { env: { FILEGATE_AUTH_JWT_SECRET_FILE: path.join(folder, 'absent', 'secrets') } });
    assert.doesNotMatch(nowhere.stderr, /rotation/);
  }));
