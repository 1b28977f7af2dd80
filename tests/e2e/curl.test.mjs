// curl, and requests written by hand where curl is too well-behaved.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';

import { assertRefused, errorCode, run, sha256, uniqueText, withBoth } from './harness.mjs';
import { RawConnection, exchange, form, formRequest, head } from './raw_http.mjs';

// With the answer's headers in front of its body.
async function curl(...args) {
  const { code, stdout, stderr } = await run('curl', ['-sSi', '--max-time', '100', ...args]);
  assert.equal(code, 0, stderr);
  const blocks = stdout.split('\r\n\r\n');
  while (/^HTTP\/1\.1 100/.test(blocks[0])) blocks.shift();
  const [first, ...lines] = blocks.shift().split('\r\n');
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const text = blocks.join('\r\n\r\n');
  const is_json = headers.get('content-type') === 'application/json';
  return {
    status: Number(first.split(' ')[1]), headers, text,
    json: is_json && text ? JSON.parse(text) : undefined,
  };
}

function withFile(story, bytes = uniqueText(100_000)) {
  return withBoth({ gateway: { maxFileMb: 1 } }, async (world) => {
    const file = path.join(world.folder, 'report.txt');
    await writeFile(file, bytes);
    await story({ ...world, file, bytes, url: world.gateway.url });
  });
}

describe('curl uploads', () => {
  test('with -T to a name in the path or in the query', () =>
    withFile(async ({ gateway, file, bytes, url }) => {
      const in_path = await curl('-T', file, `${url}/v1/files/`);
      assert.equal(in_path.status, 200, in_path.text);
      assert.equal(in_path.json.filename, 'report.txt');
      const in_query = await curl('-T', file,
        `${url}/v1/files?filename=other.txt&purpose=assistants`);
      assert.equal(in_query.status, 200, in_query.text);
      assert.equal(in_query.json.filename, 'other.txt');
      assert.equal(in_query.json.bytes, bytes.length);
      assert.equal(in_query.json.filegate.deduplicated, true);
      assert.ok(in_query.headers.get('x-request-id'));
      await gateway.assertNothingHalfDone({ ids: [in_path.json.id, in_query.json.id] });
    }));

  test('chunked, from a pipe', () =>
    withFile(async ({ gateway, bytes, url }) => {
      const { code, stdout } = await run('curl',
        ['-sS', '-T', '-', '-H', 'Transfer-Encoding: chunked', `${url}/v1/files?filename=pipe.txt`],
        { input: bytes });
      assert.equal(code, 0);
      const uploaded = JSON.parse(stdout);
      assert.equal(uploaded.bytes, bytes.length, stdout);
      assert.deepEqual(await gateway.content(uploaded.id), bytes);
    }));

  test('with -F, fields before and after the file', () =>
    withFile(async ({ bytes, file, url }) => {
      for (const fields of [['-F', 'purpose=user_data', '-F', `file=@${file}`],
        ['-F', `file=@${file}`, '-F', 'purpose=user_data']]) {
        const answer = await curl(...fields, `${url}/v1/files`);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.purpose, 'user_data');
        assert.equal(answer.json.filegate.sha256, sha256(bytes));
      }
    }));

  test('are told no before the body when Expect: 100-continue gives the chance', () =>
    withFile(async ({ gateway, folder }) => {
      const big = path.join(folder, 'big.txt');
      await writeFile(big, uniqueText((1 << 20) + 1));
      const { stdout } = await run('curl', ['-sS', '-o', '/dev/null', '-H', 'Expect: 100-continue',
        '--expect100-timeout', '30', '-w', '%{http_code} %{size_upload}',
        '-T', big, `${gateway.url}/v1/files/`]);
      assert.equal(stdout, '413 0', 'refused, and not a byte of the body was sent');
      await gateway.assertNothingHalfDone({ ids: [] });
    }));

  test('go through with Expect: 100-continue when they may', () =>
    withFile(async ({ bytes, file, url }) => {
      const { stdout } = await run('curl', ['-sS', '-o', '/dev/null', '-H', 'Expect: 100-continue',
        '--expect100-timeout', '30', '-w', '%{http_code} %{size_upload} %{time_total}',
        '-T', file, `${url}/v1/files/`]);
      const [status, sent, seconds] = stdout.split(' ').map(Number);
      assert.equal(status, 200);
      assert.equal(sent, bytes.length);
      assert.ok(seconds < 25, 'the 100 came; curl did not send because it was tired of waiting');
    }));
});

describe('content', () => {
  function withUploaded(story) {
    return withFile(async (world) => {
      const answer = await world.gateway.put('文件.txt', world.bytes);
      assert.equal(answer.status, 200, answer.text);
      await story({ ...world, content: `${world.url}/v1/files/${answer.json.id}/content` });
    });
  }

  test('comes whole, with its type, name, length and ETag', () =>
    withUploaded(async ({ bytes, content }) => {
      const answer = await curl(content);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, bytes.toString());
      assert.equal(answer.headers.get('content-length'), String(bytes.length));
      assert.equal(answer.headers.get('etag'), `"${sha256(bytes)}"`);
      assert.equal(answer.headers.get('accept-ranges'), 'bytes');
      assert.match(answer.headers.get('content-disposition'),
        /filename\*=UTF-8''%E6%96%87%E4%BB%B6\.txt/i);
      assert.match(answer.headers.get('content-type'), /^text\/plain/);
    }));

  test('comes in ranges', () =>
    withUploaded(async ({ bytes, content }) => {
      const size = bytes.length;
      const table = [
        ['0-0', 0, 1], ['0-99', 0, 100], ['100-', 100, size - 100], ['-100', size - 100, 100],
        [`${size - 1}-`, size - 1, 1], [`0-${size + 5}`, 0, size], [`-${size + 5}`, 0, size],
      ];
      for (const [range, first, length] of table) {
        const answer = await curl('-r', range, content);
        assert.equal(answer.status, 206, range);
        assert.equal(answer.headers.get('content-range'),
          `bytes ${first}-${first + length - 1}/${size}`, range);
        assert.equal(answer.headers.get('content-length'), String(length), range);
        assert.equal(answer.text, bytes.subarray(first, first + length).toString(), range);
      }
      for (const range of [`${size}-`, `${size + 5}-${size + 9}`, '-0']) {
        const answer = await curl('-r', range, content);
        assert.equal(answer.status, 416, range);
        assert.equal(answer.headers.get('content-range'), `bytes */${size}`, range);
        assert.equal(errorCode(answer), '1010', range);
      }
      for (const odd of ['items=0-5', 'bytes=5-2', 'bytes=a-b', 'bytes=0-1,5-6']) {
        const answer = await curl('-H', `Range: ${odd}`, content);
        assert.equal(answer.status, 200, `${odd} means nothing, so the whole comes`);
        assert.equal(answer.text.length, size, odd);
      }
    }));

  test('answers HEAD with the headers alone', () =>
    withUploaded(async ({ bytes, content }) => {
      const answer = await curl('-I', content);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.get('content-length'), String(bytes.length));
      assert.equal(answer.headers.get('etag'), `"${sha256(bytes)}"`);
    }));

  test('answers 304 to who has it already', () =>
    withUploaded(async ({ bytes, content }) => {
      const etag = `"${sha256(bytes)}"`;
      for (const known of [etag, '*', `"other", ${etag}`]) {
        const answer = await curl('-H', `If-None-Match: ${known}`, content);
        assert.equal(answer.status, 304, known);
        assert.equal(answer.text, '');
      }
      const answer = await curl('-H', 'If-None-Match: "other"', content);
      assert.equal(answer.status, 200);
      const ranged = await curl('-r', '0-4', '-H', 'If-Range: "other"', content);
      assert.equal(ranged.status, 200, 'a range of other bytes is of no use');
    }));
});

describe('an announced digest', () => {
  const base64 = (bytes) => createHash('sha256').update(bytes).digest('base64');

  test('that matches is fine', () =>
    withFile(async ({ gateway, bytes }) => {
      for (const headers of [{ 'X-Content-SHA256': sha256(bytes) },
        { 'X-Content-SHA256': sha256(bytes).toUpperCase() },
        { 'Content-Digest': `sha-256=:${base64(bytes)}:` },
        { 'Content-Digest': `md5=:AAAA:, sha-256=:${base64(bytes)}:` }]) {
        const answer = await gateway.put('a.txt', bytes, { headers });
        assert.equal(answer.status, 200, `${JSON.stringify(headers)} ${answer.text}`);
      }
    }));

  test('that does not match refuses the file and leaves nothing', () =>
    withFile(async ({ gateway, bytes }) => {
      for (const headers of [{ 'X-Content-SHA256': sha256('other') },
        { 'Content-Digest': `sha-256=:${base64('other')}:` }]) {
        assertRefused(await gateway.put('a.txt', bytes, { headers }), 400, 1008);
      }
      for (const headers of [{ 'X-Content-SHA256': 'abc' },
        { 'Content-Digest': 'sha-256=:abc:' }]) {
        assertRefused(await gateway.put('a.txt', bytes, { headers }), 400, 1001);
      }
      await gateway.assertNothingHalfDone({ ids: [] });
    }));
});

describe('a hand-made form', () => {
  test('may leave out the file part\'s Content-Type and put fields on either side', () =>
    withFile(async ({ gateway, url }) => {
      const body = uniqueText(2000);
      const file = { name: 'file', filename: '文件 📄.txt', body };
      const forms = [
        [file, ['purpose', 'user_data']], [['purpose', 'user_data'], file],
        [['expires_after[anchor]', 'created_at'], { ...file, type: 'text/plain' },
          ['purpose', 'user_data']],
      ];
      for (const parts of forms) {
        const answer = await exchange(url, formRequest(form(parts)));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.filename, '文件 📄.txt');
        assert.equal(answer.json.purpose, 'user_data');
        assert.deepEqual(await gateway.content(answer.json.id), body);
      }
    }));

  test('keeps every byte of a file full of boundary look-alikes', () =>
    withFile(async ({ gateway, url }) => {
      const nasty = '\r\n--hand-made-boundar\r\n\r\n--hand-made\r\r\n\r\n--\r\n'.repeat(500);
      const body = Buffer.concat([uniqueText(), Buffer.from(nasty), Buffer.from([0, 255, 13, 10])]);
      const answer = await exchange(url, formRequest(form(
        [{ name: 'file', filename: 'nasty.bin', body }, ['deliver', 'none']])));
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(await gateway.content(answer.json.id), body);
    }));

  test('arrives one byte at a time all the same', () =>
    withFile(async ({ gateway, url }) => {
      const body = uniqueText(100);
      const bytes = formRequest(form([['purpose', 'assistants'],
        { name: 'file', filename: 'slow.txt', body }]));
      const connection = await RawConnection.open(url);
      for (const byte of bytes) await connection.write(Buffer.from([byte]));
      const answer = await connection.response();
      connection.close();
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(await gateway.content(answer.json.id), body);
    }));

  test('names the file with what the form rules escape', () =>
    withFile(async ({ url }) => {
      const answer = await exchange(url, formRequest(form(
        [{ name: 'file', filename: 'say %22hi%22.txt', body: uniqueText() }])));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.filename, 'say "hi".txt');
    }));
});

test('several requests go over one connection, pipelined or not', () =>
  withFile(async ({ url }) => {
    const connection = await RawConnection.open(url);
    const ask = head('GET', '/healthz');
    await connection.write(ask + ask + head('GET', '/v1/files') + head('GET', '/nowhere'));
    assert.equal((await connection.response()).status, 200);
    assert.equal((await connection.response()).status, 200);
    assert.equal((await connection.response()).json.object, 'list');
    assert.equal((await connection.response()).status, 404);
    await connection.write(ask);
    assert.equal((await connection.response()).status, 200);
    connection.close();
  }));

test('a wrong method says which are right', () =>
  withFile(async ({ url }) => {
    const answer = await curl('-X', 'PATCH', `${url}/v1/files`);
    assert.equal(answer.status, 405);
    assert.match(answer.headers.get('allow'), /POST/);
    assert.equal(errorCode(answer), '1012');
  }));
