// Files on the gateway's own machine, named by path in a batch; and forms with many files.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  Gateway, assertRefused, eventually, filegate, sha256, uniqueText, withScratch,
} from './harness.mjs';

const outside = /does not lead to a file below a folder that is open/;

async function withRoots(story, { args = [], env = {} } = {}) {
  await withScratch(async ({ folder, data, running }) => {
    const root = path.join(folder, 'app');
    mkdirSync(path.join(root, 'folder'), { recursive: true });
    mkdirSync(path.join(folder, 'app_evil'));
    writeFileSync(path.join(folder, 'secret.txt'), 'the secret beside the root');
    writeFileSync(path.join(folder, 'app_evil', 'a.txt'), 'the secret beside the root');
    const gateway = await Gateway.start({
      data, args: args.length ? args : ['--set', `paths.roots=${root}`], env });
    running.push(gateway);
    const batch = (files) => gateway.request('POST', '/v1/files:batch', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ files: files.map((file) => ({ deliver: 'none', ...file })) }) });
    const paths = (...names) => batch(names.map((name) => ({ path: name })));
    await story({ gateway, root, folder, batch, paths, running });
  });
}

const codes = (answer) => answer.json.data.map((one) => one.error?.filegate.error_code ?? 'ok');

describe('server-side paths', () => {
  test('are off until roots are configured', () =>
    withScratch(async ({ data, running }) => {
      const gateway = await Gateway.start({ data });
      running.push(gateway);
      const answer = await gateway.request('POST', '/v1/files:batch', {
        body: JSON.stringify({ files: [{ path: '/etc/passwd' }] }) });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(codes(answer), ['1005']);
      assert.match(answer.json.data[0].error.message, /paths\.roots/);
    }));

  test('lead to files below a root, each an upload like any other', () =>
    withRoots(async ({ gateway, root, batch }) => {
      const one = uniqueText(300_000);
      const two = uniqueText();
      writeFileSync(path.join(root, 'one.txt'), one);
      writeFileSync(path.join(root, 'folder', 'two.txt'), two);
      const answer = await batch([
        { path: path.join(root, 'one.txt') },
        { path: path.join(root, 'folder/two.txt'), filename: 'named.txt', purpose: 'user_data' },
        { path: path.join(root, 'one.txt') },
      ]);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.object, 'list');
      assert.equal(answer.json.succeeded, 3);
      assert.equal(answer.json.failed, 0);
      const [first, second] = answer.json.data;
      assert.equal(first.filename, 'one.txt');
      assert.equal(first.filegate.sha256, sha256(one));
      assert.equal(second.filename, 'named.txt');
      assert.equal(second.purpose, 'user_data');
      assert.deepEqual(await gateway.content(first.id), one);
      assert.deepEqual(await gateway.content(second.id), two);
      await gateway.assertNothingHalfDone();
    }));

  // Each is tried beside a good file, which is taken.
  const attacks = {
    'of a folder whose name begins like a root\'s (/app_evil beside /app)': ({ folder }) =>
      [path.join(folder, 'app_evil', 'a.txt')],
    'with two dots': ({ root }) => [`${root}/../secret.txt`, `${root}/folder/../../secret.txt`],
    'through a link that leads out': ({ root }) => {
      symlinkSync('/etc/passwd', path.join(root, 'absolute'));
      symlinkSync('../secret.txt', path.join(root, 'relative'));
      return [path.join(root, 'absolute'), path.join(root, 'relative')];
    },
    'through a chain of links': ({ root }) => {
      symlinkSync('folder/chain-2', path.join(root, 'chain-1'));
      symlinkSync('../../secret.txt', path.join(root, 'folder', 'chain-2'));
      return [path.join(root, 'chain-1')];
    },
    'through /proc/self/root': ({ root }) => {
      const whole_disk = '/proc/self/root';
      symlinkSync(whole_disk, path.join(root, 'proc'));
      return [path.join(root, 'proc', 'etc', 'passwd'), path.join(whole_disk, 'etc', 'passwd'),
        '/proc/self/environ'];
    },
    'of a FIFO': ({ root }) => {
      execFileSync('mkfifo', [path.join(root, 'fifo')]);
      return [path.join(root, 'fifo')];
    },
    'of a folder or a device': ({ root }) => [path.join(root, 'folder'), '/dev/zero'],
    'that is relative': () => ['relative.txt'],
    'with a NUL': ({ root }) => [`${root}/good.txt\0.pdf`],
    'with a name that is too long': ({ root }) => [`${root}/${'n'.repeat(300)}`],
  };
  for (const [attack, prepare] of Object.entries(attacks)) {
    test(`${attack} are refused, and alone`, () =>
      withRoots(async ({ gateway, root, folder, paths }) => {
        const good = path.join(root, 'good.txt');
        writeFileSync(good, uniqueText());
        const bad = prepare({ root, folder });
        const answer = await paths(...bad, good);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(codes(answer), [...bad.map(() => '1005'), 'ok']);
        assert.ok(!answer.text.includes('secret beside') && !answer.text.includes('root:'));
        assert.equal((await gateway.list()).length, 1);
        await gateway.assertNothingStaged();
      }));
  }

  test('outside are told of in the same words, whether the file is there or not', () =>
    withRoots(async ({ folder, root, paths }) => {
      const answer = await paths(path.join(folder, 'secret.txt'), path.join(folder, 'none.txt'),
        `${root}/../secret.txt`, '/proc/self/environ');
      for (const one of answer.json.data) assert.match(one.error.message, outside);
      assert.equal(new Set(answer.json.data.map((one) => one.error.message)).size, 1);
    }));

  test('below a root are found, empty or missing, also by a link that stays there', () =>
    withRoots(async ({ root, paths }) => {
      writeFileSync(path.join(root, 'good.txt'), uniqueText());
      writeFileSync(path.join(root, 'empty.txt'), '');
      symlinkSync('good.txt', path.join(root, 'inside'));
      const answer = await paths(path.join(root, 'missing.txt'), path.join(root, 'empty.txt'),
        path.join(root, 'inside'));
      assert.deepEqual(codes(answer), ['1004', '1001', 'ok']);
    }));

  test('are written down, allowed or refused', () =>
    withRoots(async ({ gateway, root, paths }) => {
      writeFileSync(path.join(root, 'good.txt'), uniqueText());
      await paths(path.join(root, 'good.txt'), '/etc/passwd', path.join(root, 'missing'));
      await eventually(async () => {
        const answer = await gateway.request('GET', '/v1/admin/audit?action=path.&limit=10');
        const rows = answer.json.data.map((row) => [row.action, row.subject, row.error_code]);
        assert.deepEqual(rows.sort(), [
          ['path.allowed', path.join(root, 'good.txt'), 0],
          ['path.refused', '/etc/passwd', 1005],
          ['path.refused', path.join(root, 'missing'), 1004]]);
        assert.match(answer.json.data[0].request_id, /^req-/);
        assert.equal(answer.json.data[0].principal, 'local');
      });
    }));

  // Nobody hides one path among many: these have a row each, however many there are.
  test('are written down each, though there are hundreds of them', () =>
    withRoots(async ({ gateway, paths }) => {
      for (const folder of ['/etc', '/usr']) {
        await paths(...Array.from({ length: 100 }, (_, i) => `${folder}/junk${i}`));
      }
      await paths('/etc/shadow');
      const shown = await gateway.request('GET', '/v1/admin/audit?action=path.refused&limit=500');
      const subjects = shown.json.data.map((row) => row.subject);
      assert.equal(subjects.length, 201);
      assert.ok(subjects.includes('/etc/shadow'));
    }));

  test('on a Windows drive lead to the folder it is mapped to', () =>
    withScratch(async ({ folder, data, running }) => {
      mkdirSync(path.join(folder, 'other'));
      mkdirSync(path.join(folder, 'app', 'Project'), { recursive: true });
      writeFileSync(path.join(folder, 'app', 'Project', 'a b.txt'), uniqueText());
      const gateway = await Gateway.start({ data, env: {
        EX_ALLOW_EXTERNAL_PATHS: 'true',
        EX_ALLOWED_EXTERNAL_PREFIXES: `${folder}/app,${folder}/other`,
        EX_DRIVE_MAPPINGS: `C:${folder}/app,D:/data`,
      } });
      running.push(gateway);
      const answer = await gateway.request('POST', '/v1/files:batch', {
        body: JSON.stringify({ files: [
          { path: 'c:\\Project\\a b.txt', deliver: 'none' },
          { path: 'C:/Project/a b.txt', deliver: 'none' },
          { path: 'D:\\a.txt', deliver: 'none' },
          { path: 'E:\\a.txt', deliver: 'none' }] }) });
      assert.deepEqual(codes(answer), ['ok', 'ok', '1005', '1005']);
      assert.equal(answer.json.data[0].filename, 'a b.txt');
    }));

  test('of the original are obeyed only together with their switch', () =>
    withScratch(async ({ folder, data, running }) => {
      const env = { EX_ALLOWED_EXTERNAL_PREFIXES: folder };
      const gateway = await Gateway.start({ data, env });
      running.push(gateway);
      assert.match(gateway.stderr, /EX_ALLOWED_EXTERNAL_PREFIXES has no effect without/);
      const answer = await gateway.request('POST', '/v1/files:batch', {
        body: JSON.stringify({ files: [{ path: `${folder}/x` }] }) });
      assert.match(answer.json.data[0].error.message, /switched off/);
    }));

  test('below a root that is not there keep the gateway from starting', () =>
    withScratch(async ({ folder, data }) => {
      const gateway = Gateway.prepare(
        { data, args: ['--set', `paths.roots=${folder}/no-such-folder`] });
      const exit = await gateway.waitForExit();
      assert.equal(exit.code, 90);
      assert.match(gateway.stderr, /no-such-folder/);
      const relative = await filegate(['config', 'check', '--set', 'paths.roots=app']);
      assert.notEqual(relative.code, 0);
      assert.match(relative.stderr + relative.stdout, /paths\.roots/);
    }));

  test('of a file that grows while it is read are refused', () =>
    withRoots(async ({ gateway, root, paths }) => {
      const name = path.join(root, 'log.txt');
      writeFileSync(name, Buffer.alloc(64 << 20, 'x'));
      let is_done = false;
      const writer = (async () => {
        while (!is_done) {
          writeFileSync(name, 'one more line\n', { flag: 'a' });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })();
      const answer = await paths(name);
      is_done = true;
      await writer;
      assert.deepEqual(codes(answer), ['1005'], answer.text);
      assert.match(answer.json.data[0].error.message, /changed while it was read/);
      await gateway.assertNothingStaged();
    }));
});

describe('a batch', () => {
  test('that is no batch is refused as a whole', () =>
    withRoots(async ({ gateway, batch }) => {
      const post = (body) => gateway.request('POST', '/v1/files:batch', { body });
      for (const body of ['', '[]', '{}', '{"files":{}}', '{"files":[]}', '{"files":[1],"x":2}',
        'x'.repeat(100)]) {
        assertRefused(await post(body), 400, 1001);
      }
      assertRefused(await batch(Array(101).fill({ path: '/x' })), 400, 1001);
      assertRefused(await post('x'.repeat(2 << 20)), 400, 1001);
    }));

  test('answers for each entry, also for one that is nonsense', () =>
    withRoots(async ({ gateway, root }) => {
      writeFileSync(path.join(root, 'a.txt'), uniqueText());
      const good = { path: path.join(root, 'a.txt'), deliver: 'none' };
      const answer = await gateway.request('POST', '/v1/files:batch', { body: JSON.stringify({
        files: [7, {}, { path: 7 }, { ...good, deliver: 'perhaps' }, { ...good, colour: 'red' },
          { ...good, purpose: 'a\u0001b' }, { ...good, expires_after: 'soon' },
          { ...good, expires_after: 7200 }] }) });
      assert.deepEqual(codes(answer),
        ['1001', '1001', '1001', '1001', '1001', '1001', '1001', 'ok'], answer.text);
      assert.equal(answer.json.data[7].expires_at - answer.json.data[7].created_at, 7200);
    }));

  test('of a hundred files is done in order', () =>
    withRoots(async ({ root, paths }) => {
      const bodies = Array.from({ length: 100 }, () => uniqueText());
      bodies.forEach((body, i) => writeFileSync(path.join(root, `${i}.txt`), body));
      const answer = await paths(...bodies.map((_, i) => path.join(root, `${i}.txt`)));
      assert.equal(answer.json.succeeded, 100);
      assert.deepEqual(answer.json.data.map((file) => file.filegate.sha256), bodies.map(sha256));
    }));

  test('as a form takes a hundred files, and stops at the next', () =>
    withRoots(async ({ gateway }) => {
      const send = (count) => {
        const form = new FormData();
        form.append('deliver', 'none');
        for (let i = 0; i < count; i++) form.append('files', new Blob([uniqueText()]), `${i}.txt`);
        return gateway.request('POST', '/v1/files:batch', { body: form });
      };
      const full = await send(100);
      assert.equal(full.json.succeeded, 100, full.text);
      assert.ok(full.headers.get('x-filegate-quota-left'));
      const more = await send(101);
      assert.equal(more.json.succeeded, 100, more.text);
      assert.match(more.json.data.at(-1).error.message, /100/);
    }));

  test('as a form takes many files, and fields before them', () =>
    withRoots(async ({ gateway }) => {
      const bodies = [uniqueText(), uniqueText(400_000), uniqueText()];
      const form = new FormData();
      form.append('deliver', 'none');
      form.append('purpose', 'user_data');
      form.append('files', new Blob([bodies[0]]), 'a.txt');
      form.append('files', new Blob(['']), 'empty.txt');
      form.append('files[]', new Blob([bodies[1]]), 'b.txt');
      form.append('purpose', 'vision');
      form.append('file', new Blob([bodies[2]]), 'c.txt');
      const answer = await gateway.request('POST', '/v1/files:batch', { body: form });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(codes(answer), ['ok', '1001', 'ok', 'ok']);
      const files = answer.json.data.filter((one) => one.id);
      assert.deepEqual(files.map((file) => file.filegate.sha256), bodies.map(sha256));
      assert.deepEqual(files.map((file) => file.purpose), ['user_data', 'user_data', 'vision']);
      await gateway.assertNothingHalfDone();
    }));

  test('as a form stops at a file that is too large and keeps what came before', () =>
    withRoots(async ({ gateway }) => {
      const form = new FormData();
      form.append('deliver', 'none');
      form.append('files', new Blob([uniqueText()]), 'a.txt');
      form.append('files', new Blob([Buffer.alloc(3 << 20)]), 'large.bin');
      form.append('files', new Blob([uniqueText()]), 'never.txt');
      const answer = await gateway.request('POST', '/v1/files:batch', { body: form });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(codes(answer), ['ok', '1003']);
      assert.equal((await gateway.list()).length, 1);
      await gateway.assertNothingStaged();
    }, { env: { MAX_FILE_SIZE_MB: '1' } }));

  test('as a form reads over a refused file, unless it goes on for ever', () =>
    withRoots(async ({ gateway }) => {
      const refused = (bytes) => {
        const form = new FormData();
        form.append('deliver', 'none');
        form.append('files', new Blob([Buffer.alloc(bytes)]), 'x.exe');
        form.append('files', new Blob([uniqueText()]), 'behind.txt');
        return gateway.request('POST', '/v1/files:batch', { body: form });
      };
      assert.deepEqual(codes(await refused(1000)), ['1007', 'ok']);
      const answer = await refused(3 << 20);
      assert.deepEqual(codes(answer), ['1007', '1003']);
      assert.match(answer.text, /a refused file goes on for more than 1048576 bytes/);
      await gateway.assertNothingStaged();
    }, { env: { MAX_FILE_SIZE_MB: '1' } }));

  test('as a form without a file is refused', () =>
    withRoots(async ({ gateway }) => {
      const form = new FormData();
      form.append('purpose', 'vision');
      assertRefused(await gateway.request('POST', '/v1/files:batch', { body: form }), 400, 1001);
    }));
});
