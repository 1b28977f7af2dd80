// What surrounds the gateway goes wrong: disk, catalog, providers, port, folder.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  Gateway, Sandbox, assertRefused, errorCode, eventually, exit_code, filesBelow, sha256,
  uniqueText, withBoth, withScratch,
} from './harness.mjs';

async function assertStartFails(gateway, code, pattern) {
  const exit = await gateway.waitForExit();
  assert.equal(exit.code, code, gateway.output());
  assert.match(gateway.stderr, pattern);
  assert.doesNotMatch(gateway.stdout, /listening on/);
  assert.ok(gateway.stderr.split('\n').length < 12, `a sentence, no dump:\n${gateway.stderr}`);
}

function catalogFile(data) {
  const magic = Buffer.from('SQLite format 3\0');
  const found = filesBelow(data).filter((file) =>
    readFileSync(file).subarray(0, magic.length).equals(magic));
  assert.equal(found.length, 1, `one catalog file below the data folder, not ${found}`);
  return found[0];
}

describe('a full disk', () => {
  // A small file system of its own; only root may mount one.
  function withSmallDisk(size, story) {
    return withScratch(async (world) => {
      const disk = path.join(world.folder, 'disk');
      mkdirSync(disk);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
      if (mounted.status !== 0) return 'not allowed to mount a file system here';
      try {
        await story({ ...world, disk, data: path.join(disk, 'data') });
        for (const process of world.running.splice(0).reverse()) await process.stop();
      } finally {
        for (const process of world.running) await process.kill();
        spawnSync('umount', ['-l', disk]);
      }
    });
  }

  async function startOn(world) {
    const sandbox = await Sandbox.start();
    world.running.push(sandbox);
    const gateway = await Gateway.start({ data: world.data, sandbox });
    world.running.push(gateway);
    return { sandbox, gateway };
  }

  test('refuses with 507, shows nothing half-written and works on', (t) =>
    withSmallDisk('24m', async (world) => {
      const { sandbox, gateway } = await startOn(world);
      const before = await gateway.put('before.txt', uniqueText(1 << 20));
      assert.equal(before.status, 200, before.text);
      for (const upload of [() => gateway.put('big.txt', uniqueText(40 << 20)),
        () => gateway.post('big.txt', uniqueText(40 << 20))]) {
        // The answer may come, and the connection close, while the rest is still being sent.
        const answer = await upload().catch((error) => String(error.cause ?? error));
        if (typeof answer === 'string') assert.match(answer, /reset|EPIPE|closed/i);
        else assertRefused(answer, 507, 5004);
        await gateway.assertNothingHalfDone({ ids: [before.json.id] });
      }
      assert.equal((await sandbox.copies('kimi')).length, 1);
      const after = await gateway.put('after.txt', uniqueText(1000));
      assert.equal(after.status, 200, after.text);
    }).then((why) => why && t.skip(why)));

  test('without room for the record refuses too, and takes files again once there is room', (t) =>
    withSmallDisk('24m', async (world) => {
      const { gateway } = await startOn(world);
      const filler = path.join(world.disk, 'filler');
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
      const ids = [];
      for (let i = 0; i < 5; i++) {
        const answer = await gateway.put('x.txt', uniqueText(2000));
        if (answer.status === 200) ids.push(answer.json.id);  // the catalog had room to spare
        else assertRefused(answer, 507, 5004);
      }
      assert.ok(ids.length < 5, 'the disk is really full');
      rmSync(filler);
      await gateway.assertNothingHalfDone({ ids });
      const after = await gateway.put('after.txt', uniqueText(1000));
      assert.equal(after.status, 200, after.text);
    }).then((why) => why && t.skip(why)));
});

describe('the catalog', () => {
  async function withUsedData(story) {
    await withScratch(async (world) => {
      const gateway = await Gateway.start({ data: world.data });
      world.running.push(gateway);
      const bytes = uniqueText();
      const answer = await gateway.put('a.txt', bytes, { query: { deliver: 'none' } });
      assert.equal(answer.status, 200, answer.text);
      await gateway.stop();
      world.running.pop();
      await story({ ...world, id: answer.json.id, bytes });
    });
  }

  for (const [how, pragma] of [['for a transaction', ''],
    ['for good', 'c.execute("PRAGMA locking_mode=EXCLUSIVE")\n']]) {
    test(`locked by another program ${how} stops the start with a clear sentence`, () =>
      withUsedData(async ({ data }) => {
        const script = 'import sqlite3,sys\n' +
          `c=sqlite3.connect(sys.argv[1],isolation_level=None)\n${pragma}` +
          'c.execute("BEGIN EXCLUSIVE")\nprint("locked",flush=True)\nsys.stdin.read()\n';
        const holder = spawn('python3', ['-c', script, catalogFile(data)]);
        try {
          await new Promise((resolve) => holder.stdout.once('data', resolve));
          await assertStartFails(Gateway.prepare({ data }), exit_code.storage, /locked/i);
        } finally {
          holder.kill('SIGKILL');
        }
      }));
  }

  test('overwritten with garbage stops the start and is left as it is', () =>
    withUsedData(async ({ data }) => {
      const file = catalogFile(data);
      const garbage = Buffer.alloc(8192, 'garbage ');
      writeFileSync(file, garbage);
      await assertStartFails(Gateway.prepare({ data }), exit_code.storage, /catalog/i);
      assert.deepEqual(readFileSync(file), garbage);
    }));

  test('of another program stops the start and is left as it is', () =>
    withUsedData(async ({ data, folder }) => {
      const file = catalogFile(data);
      const other = path.join(folder, 'other.sqlite');
      const made = spawnSync('python3', ['-c',
        'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\n' +
        'c.execute("PRAGMA application_id=1234567")\n' +
        'c.execute("create table files(x)")\nc.commit()\n', other]);
      assert.equal(made.status, 0, String(made.stderr));
      copyFileSync(other, file);
      await assertStartFails(Gateway.prepare({ data }), exit_code.storage, /catalog/i);
      assert.equal(sha256(readFileSync(file)), sha256(readFileSync(other)));
    }));

  test('and the files survive a restart', () =>
    withUsedData(async ({ data, id, bytes, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      assert.deepEqual(await gateway.content(id), bytes);
      await gateway.assertNothingHalfDone({ ids: [id] });
    }));
});

describe('providers', () => {
  test('that are down: the file is kept, the error says where, and it is delivered later', () =>
    withScratch(async ({ data, running }) => {
      const first = await Sandbox.start();
      running.push(first);
      const gateway = await Gateway.start({ data, sandbox: first, providers: ['kimi'] });
      running.push(gateway);
      const address = new URL(first.url).host;
      await first.stop();
      running.shift();

      const bytes = uniqueText();
      const refused = await gateway.put('a.txt', bytes);
      assert.ok([502, 503, 504].includes(refused.status), refused.text);
      assert.match(errorCode(refused), /^3/, refused.text);
      const id = refused.json.error.filegate.file_id;
      assert.match(id, /^file-/, refused.text);
      const file = await gateway.request('GET', `/v1/files/${id}`);
      assert.equal(file.json.status, 'error');
      assert.ok(file.json.status_details, 'says why');
      assert.deepEqual(file.json.filegate.placements, []);
      assert.deepEqual(await gateway.content(id), bytes);

      const second = await Sandbox.start({ listen: address });
      running.push(second);
      const delivered = await eventually(async () => {
        const answer = await gateway.request('POST', `/v1/files/${id}/deliver`);
        assert.equal(answer.status, 200, answer.text);
        return answer;
      }, 90_000);
      assert.equal(delivered.json.id, id);
      assert.equal(delivered.json.status, 'processed');
      assert.equal(delivered.json.filegate.placements[0].provider, 'kimi');
      assert.equal((await second.copies('kimi')).length, 1);
      await gateway.assertNothingHalfDone({ ids: [id] });
    }));

  test('that are down: sending the same bytes again is a new try of the same file', () =>
    withBoth({ gateway: { providers: ['kimi'] } }, async ({ gateway, sandbox }) => {
      await sandbox.setFaults([{ provider: 'kimi', route: 'upload', kind: 'status', status: 503 }]);
      const bytes = uniqueText();
      const refused = await gateway.put('a.txt', bytes);
      assert.ok(refused.status >= 500, refused.text);
      await sandbox.clearFaults();
      const again = await eventually(async () => {
        const answer = await gateway.put('a.txt', bytes);
        assert.equal(answer.status, 200, answer.text);
        return answer;
      }, 90_000);
      assert.equal(again.json.filegate.deduplicated, true);
      assert.equal((await sandbox.copies('kimi')).length, 1);
      assert.equal(gateway.blobFiles().length, 1);
    }));

  test('of which none is configured: 3004 says so, and keeping alone still works', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      const refused = await gateway.put('a.txt', uniqueText());
      assertRefused(refused, 503, 3004);
      assert.match(refused.json.error.message, /configured/);
      const kept = await gateway.put('b.txt', uniqueText(), { query: { deliver: 'none' } });
      assert.equal(kept.status, 200, kept.text);
      assert.equal(kept.json.status, 'uploaded');
      await gateway.assertNothingHalfDone();
      assert.equal((await gateway.request('GET', '/readyz')).status, 503);
      assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    }));

  test('of which none takes the file: each one\'s reason is given, and nothing is sent', () =>
    withBoth({ gateway: { providers: ['kimi', 'glm'] } }, async ({ gateway, sandbox }) => {
      const answer = await gateway.put('program.bin', Buffer.from([1, 2, 3, 0, 255, 254, 9, 8]));
      assertRefused(answer, 415, 1002);
      assert.match(answer.json.error.message, /kimi takes/);
      assert.match(answer.json.error.message, /glm takes/);
      assert.equal(await sandbox.uploads('kimi') + await sandbox.uploads('glm'), 0);
      await gateway.assertNothingHalfDone();
    }));
});

describe('a second gateway', () => {
  test('on the same port ends with a clear sentence', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      const listen = new URL(gateway.url).host;
      await assertStartFails(Gateway.prepare({ data: `${data}-2`, listen }), exit_code.system,
        new RegExp(`${listen}|in use`, 'i'));
      assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    }));

  test('on the same data folder ends with a clear sentence and disturbs nothing', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      const kept = await gateway.put('b.txt', uniqueText(), { query: { deliver: 'none' } });
      await assertStartFails(Gateway.prepare({ data }), exit_code.storage, /in use|another/i);
      await gateway.assertNothingHalfDone({ ids: [kept.json.id] });
    }));
});

describe('a start with', () => {
  test('an unknown configuration file, flag or address ends with a clear sentence', () =>
    withScratch(async ({ data, folder }) => {
      const missing = path.join(folder, 'missing.toml');
      await assertStartFails(Gateway.prepare({ data, args: ['--config', missing] }),
        exit_code.system, /missing\.toml/);
      const wrong = Gateway.prepare({ data, listen: 'nonsense' });
      const exit = await wrong.waitForExit();
      assert.notEqual(exit.code, 0);
      assert.match(wrong.stderr, /nonsense/);
    }));

  test('an address that is not loopback is refused without authentication', () =>
    withScratch(async ({ data }) => {
      await assertStartFails(Gateway.prepare({ data, listen: '0.0.0.0:0' }), exit_code.system,
        /loopback|authentication/i);
    }));

  test('a data folder that cannot be made ends with a clear sentence', () =>
    withScratch(async ({ folder }) => {
      const file = path.join(folder, 'a-file');
      writeFileSync(file, '');
      await assertStartFails(Gateway.prepare({ data: path.join(file, 'data') }), exit_code.storage,
        /the data folder .* cannot be used/i);
    }));
});

test('readiness and health say what they are asked', () =>
  withBoth({}, async ({ gateway }) => {
    assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    const ready = await gateway.request('GET', '/readyz');
    assert.equal(ready.status, 200, ready.text);
  }));
