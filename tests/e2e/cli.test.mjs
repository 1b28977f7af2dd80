// The command line against a running gateway: what it prints, what it writes, how it ends.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  Gateway, exit_code, filegate, sha256, uniqueText, withBoth, withScratch,
} from './harness.mjs';

function withCommandLine(story, options = {}) {
  return withBoth(options, (world) => {
    const cli = (args, more) => filegate([...args, '--server', world.gateway.url], more);
    const ok = async (args, more) => {
      const result = await cli(args, more);
      assert.equal(result.code, 0, `filegate ${args.join(' ')}\n${result.stdout}${result.stderr}`);
      return result;
    };
    const json = async (args, more) => (await ok([...args, '--json'], more)).stdout
      .trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const file = (name, bytes = uniqueText()) => {
      const where = path.join(world.folder, name);
      writeFileSync(where, bytes);
      return where;
    };
    return story({ ...world, cli, ok, json, file });
  });
}

describe('filegate', () => {
  test('goes the whole way round: upload, ls, get, deliver, rm', () =>
    withCommandLine(async ({ ok, json, cli, file, folder, gateway, sandbox }) => {
      const bytes = uniqueText(5000);
      const [line] = await json(['upload', file('报告.txt', bytes)]);
      const uploaded = line;
      assert.equal(uploaded.filename, '报告.txt');
      assert.equal(uploaded.filegate.sha256, sha256(bytes));

      const listed = await json(['ls']);
      assert.deepEqual(listed.map((one) => one.id), [uploaded.id]);
      assert.match((await ok(['ls'])).stdout, new RegExp(uploaded.id));

      const there = path.join(folder, 'copy.txt');
      await ok(['get', uploaded.id, '-o', there]);
      assert.deepEqual(readFileSync(there), bytes);

      const [delivered] = await json(
        ['deliver', uploaded.id, '--provider', 'glm', '--purpose', 'file']);
      assert.ok(delivered.filegate.placements.some((one) => one.provider === 'glm'));
      assert.equal((await sandbox.copies('glm')).length, 1);

      await ok(['rm', uploaded.id]);
      assert.equal((await cli(['get', uploaded.id, '-o', there])).code, exit_code.validation);
      await gateway.assertNothingHalfDone({ ids: [] });
    }));

  test('uploads several files, one line of JSON each', () =>
    withCommandLine(async ({ json, file, gateway }) => {
      const files = ['a.txt', 'b.txt', 'c.txt'].map((name) => file(name));
      const lines = await json(['upload', ...files]);
      assert.deepEqual(lines.map((line) => line.filename), ['a.txt', 'b.txt', 'c.txt']);
      assert.deepEqual(lines.map((line) => line.path), files);
      await gateway.assertNothingHalfDone({ ids: lines.map((line) => line.id) });
    }));

  test('says for people what happened, too', () =>
    withCommandLine(async ({ ok, file, gateway }) => {
      const { stdout } = await ok(['upload', file('a.txt')]);
      const [only] = await gateway.list();
      assert.match(stdout, new RegExp(only.id));
      assert.doesNotMatch(stdout, /\u001b\[/, 'no colours, no bars: this is no terminal');
    }));

  test('takes standard input', () =>
    withCommandLine(async ({ json, gateway }) => {
      const bytes = uniqueText(70_000);
      const [line] = await json(['upload', '-', '--name', 'piped.txt'], { input: bytes });
      assert.equal(line.filename, 'piped.txt');
      assert.deepEqual(await gateway.content(line.id), bytes);
    }));

  test('writes to standard output when asked', () =>
    withCommandLine(async ({ json, ok, file }) => {
      const bytes = Buffer.from([0, 1, 2, 253, 254, 255, 13, 10]);
      const [line] = await json(['upload', file('a.bin', bytes), '--deliver', 'none']);
      assert.deepEqual((await ok(['get', line.id, '-o', '-'])).bytes, bytes);
    }));

  test('goes on with the other files when one is bad, and ends with its code', () =>
    withCommandLine(async ({ cli, file, folder, gateway }) => {
      mkdirSync(path.join(folder, 'sub'), { recursive: true });
      const result = await cli(
        ['upload', file('a.txt'), path.join(folder, 'missing.txt'), file('b.txt'), '--json']);
      assert.equal(result.code, exit_code.validation, result.stderr);
      const lines = result.stdout.trim().split('\n').map((line) => JSON.parse(line));
      assert.deepEqual(lines.map((line) => 'id' in line), [true, false, true]);
      assert.equal(lines[1].error.error_name, 'INVALID_PATH');
      assert.match(result.stderr, /missing\.txt/);
      assert.equal((await gateway.list()).length, 2);
    }));

  test('ends with the category of what went wrong', () =>
    withCommandLine(async ({ cli, file, sandbox }) => {
      assert.equal((await cli(['get', 'file-nothing', '-o', '-'])).code, exit_code.validation);
      assert.equal((await cli(['rm', 'file-nothing'])).code, exit_code.validation);
      assert.equal((await cli(['upload', file('a.txt'), '--purpose', 'nonsense'])).code,
        exit_code.provider);
      await sandbox.setFaults([{ provider: '*', route: 'upload', kind: 'status', status: 401 }]);
      const refused = await cli(['upload', file('b.txt')]);
      assert.equal(refused.code, exit_code.provider, refused.stderr);
      assert.match(refused.stderr, /file-/, 'says where the file is kept');
    }));

  test('ends with its own code when nobody listens', async () => {
    const result = await filegate(['ls', '--server', 'http://127.0.0.1:1']);
    assert.equal(result.code, exit_code.system, result.stderr);
    assert.match(result.stderr, /127\.0\.0\.1:1/);
  });

  test('leaves no half file when a download fails', () =>
    withCommandLine(async ({ cli, folder }) => {
      const where = path.join(folder, 'never.txt');
      await cli(['get', 'file-nothing', '-o', where]);
      assert.throws(() => readFileSync(where), { code: 'ENOENT' });
    }));

  test('tells its version', async () => {
    const { code, stdout } = await filegate(['version']);
    assert.equal(code, 0);
    assert.match(stdout, /\d+\.\d+\.\d+/);
  });

  test('helps, and refuses what it does not know', async () => {
    const help = await filegate(['--help']);
    assert.equal(help.code, 0);
    for (const verb of ['serve', 'sandbox', 'upload', 'ls', 'get', 'rm', 'deliver', 'version']) {
      assert.match(help.stdout, new RegExp(`\\b${verb}\\b`));
    }
    for (const args of [['nonsense'], ['ls', '--nonsense'], ['get'], []]) {
      const result = await filegate(args);
      assert.equal(result.code, exit_code.usage, args.join(' '));
      assert.ok(result.stderr.length > 0, args.join(' '));
    }
  });

  test('never prints a key', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({
        data, env: { KIMI_API_KEY: 'top-secret-key', KIMI_BASE_URL: 'http://127.0.0.1:1/v1' } });
      running.push(gateway);
      const refused = await gateway.put('a.txt', uniqueText());
      assert.ok(refused.status >= 500, refused.text);
      for (const text of [refused.text, gateway.stdout, gateway.stderr]) {
        assert.doesNotMatch(text, /top-secret-key/);
      }
    }));
});
