// What strangers, accidents and hostile clients send. After each: nothing half-done is visible, and
// the gateway still works.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  assertRefused, errorCode, isSanitized, random, seed, uniqueText, withBoth,
} from './harness.mjs';
import { RawConnection, exchange, form, formRequest, head } from './raw_http.mjs';

const limit_bytes = 1 << 20;
const boundary = 'hand-made-boundary';

// The story, then proof that it left nothing but `story`'s files and that an upload still works.
function unharmed(story) {
  return withBoth({ gateway: { maxFileMb: limit_bytes >> 20 } }, async (world) => {
    const ids = (await story({ ...world, url: world.gateway.url })) ?? [];
    await world.gateway.assertNothingHalfDone({ ids });
    const after = await world.gateway.put('after.txt', uniqueText());
    assert.equal(after.status, 200, after.text);
  });
}

function filePart(body = uniqueText(), filename = 'a.txt') {
  return { name: 'file', filename, body };
}

describe('a malformed form', () => {
  const truncated = form([filePart('abc')]).subarray(0, -10);
  const table = {
    'has no boundary': { headers: { 'Content-Type': 'multipart/form-data' } },
    'has an empty boundary': { headers: { 'Content-Type': 'multipart/form-data; boundary=' } },
    'has a boundary of 71 characters':
      { headers: { 'Content-Type': `multipart/form-data; boundary=${'b'.repeat(71)}` } },
    'is announced as something else': { headers: { 'Content-Type': 'application/json' } },
    'has another boundary than announced':
      { headers: { 'Content-Type': 'multipart/form-data; boundary=other' } },
    'has no file part': { body: form([['purpose', 'assistants']]) },
    'has no parts': { body: form([]) },
    'has a second file part': { body: form([filePart('one'), filePart('two')]) },
    'has a file part without a filename': { body: form([['file', 'abc']]) },
    'has a file part with an empty filename': { body: form([filePart('abc', '')]) },
    'has no closing boundary': { body: truncated },
    'is empty': { body: Buffer.alloc(0) },
    'is not a form': { body: Buffer.from('hello') },
    'has a field of a megabyte': { body: form([['purpose', 'p'.repeat(1 << 20)], filePart()]) },
    'has a part header of a megabyte': {
      body: form([{ name: 'file', filename: 'a.txt', type: 'x'.repeat(1 << 20), body: 'abc' }]) },
    'has a thousand parts': { body: form(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 'x'])) },
    'has a part without Content-Disposition':
      { body: Buffer.from(`--${boundary}\r\nX: y\r\n\r\nabc\r\n--${boundary}--\r\n`) },
    'has an unknown delivery mode': { body: form([filePart(), ['deliver', 'perhaps']]) },
  };
  for (const [what, { headers, body = form([filePart()]) }] of Object.entries(table)) {
    test(what, () => unharmed(async ({ url }) => {
      const answer = await exchange(url, formRequest(body, headers));
      assert.ok(answer, 'it is answered');
      assert.ok([400, 413, 415, 431].includes(answer.status), `${answer.status} ${answer.text}`);
      assert.ok(['1001', '1009', '1013'].includes(errorCode(answer)), answer.text);
    }));
  }
});

describe('a body that is not what its headers say', () => {
  test('is refused or dropped when it ends early', () => unharmed(async ({ url }) => {
    const body = form([filePart()]);
    for (const claimed of [body.length + 1, body.length + 1000, limit_bytes]) {
      const answer = await exchange(url, formRequest(body, { 'Content-Length': claimed }),
        { end: true });
      if (answer) assert.equal(answer.status, 400, `claimed ${claimed}: ${answer.text}`);
    }
    const raw = head('PUT', '/v1/files?filename=a.txt', { 'Content-Length': 100 }) + 'short';
    const answer = await exchange(url, raw, { end: true });
    if (answer) assert.equal(answer.status, 400, answer.text);
  }));

  test('is cut where Content-Length says', () => unharmed(async ({ url }) => {
    const body = form([filePart()]);
    const answer = await exchange(url, formRequest(body, { 'Content-Length': body.length - 20 }));
    assert.equal(answer.status, 400, answer.text);
  }));

  test('is refused when its length is contradictory or no number', () =>
    unharmed(async ({ url }) => {
      const odd = [
        'Content-Length: -1', 'Content-Length: 5x', 'Content-Length: 99999999999999999999999',
        'Content-Length: 5\r\nContent-Length: 6',
        'Content-Length: 5\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: gzip',
        'Transfer-Encoding: chunked, gzip',
      ];
      for (const lines of odd) {
        const request = `PUT /v1/files?filename=a.txt HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\nhello`;
        const answer = await exchange(url, request, { end: true });
        if (!answer) continue;
        assert.ok([400, 411, 413, 501].includes(answer.status), `${lines}: ${answer.status}`);
      }
    }));

  test('is refused when its chunks are malformed', () => unharmed(async ({ url }) => {
    const start = head('PUT', '/v1/files?filename=a.txt', { 'Transfer-Encoding': 'chunked' });
    const bodies = ['xyz\r\nhello\r\n0\r\n\r\n', '5\r\nhelloWRONG\r\n0\r\n\r\n',
      'ffffffffffffffffff\r\nhello', '-5\r\nhello\r\n0\r\n\r\n', '5\r\nhel'];
    for (const body of bodies) {
      const answer = await exchange(url, start + body, { end: true });
      if (answer) assert.equal(answer.status, 400, `${JSON.stringify(body)}: ${answer.text}`);
    }
  }));
});

describe('a client that goes away', () => {
  // Cut after every single byte.
  async function cutAt(url, bytes, count, goodbye) {
    const connection = await RawConnection.open(url);
    await connection.write(bytes.subarray(0, count));
    if (goodbye === 'reset') {
      connection.destroy();
    } else {
      connection.end();
      await connection.waitForClose();
      connection.close();
    }
  }

  async function cutEverywhere(url, make, goodbye) {
    const length = make().length;
    const counts = Array.from({ length }, (_, i) => i);
    const next = async () => {
      for (let count = counts.shift(); count !== undefined; count = counts.shift()) {
        await cutAt(url, make(), count, goodbye);
      }
    };
    await Promise.all(Array.from({ length: 16 }, next));
  }

  const requests = {
    // Without the line break behind the closing boundary, which says nothing: so every byte counts.
    form: () => formRequest(
      form([['purpose', 'assistants'], filePart(uniqueText(40))]).subarray(0, -2)),
    raw: () => Buffer.concat([
      Buffer.from(head('PUT', '/v1/files?filename=a.txt', { 'Content-Length': 60 })),
      uniqueText(60)]),
    chunked: () => Buffer.concat([
      Buffer.from(head('PUT', '/v1/files?filename=a.txt', { 'Transfer-Encoding': 'chunked' })),
      Buffer.from('3c\r\n'), uniqueText(60), Buffer.from('\r\n0\r\n\r\n')]),
  };
  for (const [kind, make] of Object.entries(requests)) {
    for (const goodbye of ['reset', 'half-close']) {
      test(`at any byte of a ${kind} upload (${goodbye}) leaves nothing`, () =>
        unharmed(async ({ url }) => {
          await cutEverywhere(url, make, goodbye);
          const whole = await exchange(url, make());
          assert.equal(whole.status, 200, `the whole request is fine: ${whole.text}`);
          return [whole.json.id];
        }));
    }
  }

  test('in the middle of a large upload leaves nothing', () =>
    unharmed(async ({ gateway, url }) => {
      const start = head('PUT', '/v1/files?filename=a.txt', { 'Content-Length': limit_bytes });
      const cuts = Array.from({ length: 20 }, async (_, i) => {
        const connection = await RawConnection.open(url);
        await connection.write(start);
        await connection.write(uniqueText(1 + i * 50_000));
        connection.destroy();
      });
      await Promise.all(cuts);
      assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    }));

  test('without reading its answer harms nobody', () => unharmed(async ({ gateway, url }) => {
    const file = await gateway.put('big.txt', uniqueText(limit_bytes));
    for (let i = 0; i < 10; i++) {
      const connection = await RawConnection.open(url);
      await connection.write(head('GET', `/v1/files/${file.json.id}/content`));
      connection.destroy();
    }
    return [file.json.id];
  }));
});

describe('a header bomb', () => {
  test('is refused with 431 or cut off', () => unharmed(async ({ url }) => {
    const bombs = {
      'one huge header': head('GET', '/v1/files', { 'X-Bomb': 'x'.repeat(1 << 20) }),
      'many headers': head('GET', '/v1/files',
        Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`X-${i}`, 'y']))),
      'a huge target': head('GET', `/v1/files?after=${'a'.repeat(1 << 20)}`),
      'a header that never ends': `GET / HTTP/1.1\r\nX: ${'y'.repeat(1 << 20)}`,
    };
    for (const [what, bytes] of Object.entries(bombs)) {
      const connection = await RawConnection.open(url);
      connection.write(bytes);  // it need not be read to its end
      const answer = await connection.response();
      connection.close();
      if (answer) assert.ok([400, 414, 431].includes(answer.status), `${what}: ${answer.status}`);
    }
  }));

  test('or bytes that are not HTTP do no harm', () => unharmed(async ({ url }) => {
    const noises = ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET\r\n\r\n', '\r\n\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n', 'G\0T / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nbad header\r\n\r\n',
      'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /v1/files/%00 HTTP/1.1\r\nHost: x\r\n\r\n'];
    for (const noise of noises) {
      const answer = await exchange(url, Buffer.from(noise, 'latin1'), { end: true });
      if (answer) assert.ok(answer.status >= 400 && answer.status < 600, JSON.stringify(noise));
    }
  }));
});

describe('a file name', () => {
  const hostile = {
    'that climbs': ['../../etc/passwd', '..\\..\\windows\\system.ini', 'a/../../b.txt', '..'],
    'with a NUL': ['a\0.txt'],
  };
  for (const [what, names] of Object.entries(hostile)) {
    test(`${what} is refused`, () => unharmed(async ({ url }) => {
      for (const name of names) {
        const answer = await exchange(url, formRequest(form([filePart(uniqueText(), name)])));
        assert.equal(answer.status, 400, `${JSON.stringify(name)}: ${answer.text}`);
        assert.equal(errorCode(answer), '1001', answer.text);
        const in_query = encodeURIComponent(decodeURIComponent(name));
        const raw = head('PUT', `/v1/files?filename=${in_query}`, { 'Content-Length': 3 });
        const other = await exchange(url, `${raw}abc`);
        assert.equal(other.status, 400, `${JSON.stringify(name)} in the query: ${other.text}`);
      }
    }));
  }

  const cleaned = [['a%0Ab.txt', 'ab.txt'], ['a%0D%0AX-Evil: 1.txt', 'aX-Evil: 1.txt'],
    ['a\u009fb.txt', 'ab.txt'],
    ['invoice\u202Efdp.txt', 'invoicefdp.txt'], ['a\u2066b.txt', 'ab.txt'],
    ['\u200Fa.txt', 'a.txt']];
  test('with control characters or bidirectional tricks loses them', () =>
    unharmed(async ({ gateway, url }) => {
      const ids = [];
      for (const [name, recorded] of cleaned) {
        const answer = await exchange(url, formRequest(form([filePart(uniqueText(), name)])));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.filename, recorded);
        ids.push(answer.json.id);
      }
      const raw = await gateway.put('a\u0001b\u007f.txt', uniqueText());
      assert.equal(raw.json.filename, 'ab.txt', raw.text);
      return [...ids, raw.json.id];
    }));

  test('with a folder in front loses the folder', () => unharmed(async ({ gateway, url }) => {
    const ids = [];
    for (const name of ['/etc/hosts.txt', 'C:\\Users\\me\\hosts.txt', './hosts.txt']) {
      const answer = await exchange(url, formRequest(form([filePart(uniqueText(), name)])));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.filename, 'hosts.txt');
      ids.push(answer.json.id);
    }
    assert.equal((await gateway.list()).length, ids.length);
    return ids;
  }));

  test('that is missing, too long or no UTF-8 is refused', () =>
    unharmed(async ({ gateway, url }) => {
      assertRefused(await gateway.request('PUT', '/v1/files', { body: 'abc' }), 400, 1001);
      assertRefused(await gateway.put('n'.repeat(5000), 'abc'), 400, 1001);
      const answer = await exchange(url, Buffer.from(
        `${head('PUT', '/v1/files?filename=a%ff%fe.txt', { 'Content-Length': 3 })}abc`));
      assert.equal(answer.status, 400, answer.text);
    }));
});

describe('the size limit', () => {
  test('takes a file of exactly the limit', () => unharmed(async ({ gateway }) => {
    const raw = await gateway.put('raw.txt', uniqueText(limit_bytes));
    const posted = await gateway.post('form.txt', uniqueText(limit_bytes));
    assert.equal(raw.status, 200, raw.text);
    assert.equal(posted.status, 200, posted.text);
    return [raw.json.id, posted.json.id];
  }));

  test('refuses one byte more, whatever the door', () => unharmed(async ({ url }) => {
    const body = uniqueText(limit_bytes + 1);
    const chunked = head('PUT', '/v1/files?filename=a.txt', { 'Transfer-Encoding': 'chunked' });
    const requests = {
      form: formRequest(form([filePart(body)])),
      chunked: Buffer.concat([Buffer.from(`${chunked}${body.length.toString(16)}\r\n`), body,
        Buffer.from('\r\n0\r\n\r\n')]),
    };
    for (const [door, bytes] of Object.entries(requests)) {
      const connection = await RawConnection.open(url);
      connection.write(bytes);
      const answer = await connection.response();
      connection.close();
      assert.equal(answer?.status, 413, `${door}: ${answer?.text}`);
      assert.match(answer.json.error.message, new RegExp(String(limit_bytes)), 'names the limit');
    }
  }));

  test('answers while the body is still held back, when the length says it all', () =>
    unharmed(async ({ url }) => {
      const requests = {
        raw: head('PUT', '/v1/files?filename=a.txt', { 'Content-Length': limit_bytes + 1 }),
        form: head('POST', '/v1/files', {
          'Content-Type': `multipart/form-data; boundary=${boundary}`,
          'Content-Length': 2 * limit_bytes }),
        'form that waits for 100': head('POST', '/v1/files', {
          'Content-Type': `multipart/form-data; boundary=${boundary}`,
          'Content-Length': 2 * limit_bytes, 'Expect': '100-continue' }),
        'raw that waits for 100': head('PUT', '/v1/files?filename=a.txt',
          { 'Content-Length': limit_bytes + 1, 'Expect': '100-continue' }),
      };
      for (const [door, bytes] of Object.entries(requests)) {
        const connection = await RawConnection.open(url);
        const start = performance.now();
        await connection.write(bytes);
        const answer = await connection.response();
        const waited_ms = performance.now() - start;
        connection.close();
        assert.equal(answer?.status, 413, `${door}: ${answer?.text}`);
        assert.equal(errorCode(answer), '1003', door);
        assert.ok(waited_ms < (isSanitized ? 10_000 : 2000), `${door}: ${waited_ms} ms`);
      }
    }));

  test('refuses an empty file', () => unharmed(async ({ gateway, url }) => {
    assertRefused(await gateway.put('empty.txt', ''), 400, 1001);
    assertRefused(await gateway.post('empty.txt', ''), 400, 1001);
    const chunked = head('PUT', '/v1/files?filename=a.txt', { 'Transfer-Encoding': 'chunked' });
    const answer = await exchange(url, `${chunked}0\r\n\r\n`);
    assert.equal(answer.status, 400, answer.text);
  }));
});

describe('a wrong word', () => {
  test('for the purpose is answered with the right ones', () => unharmed(async ({ gateway }) => {
    const table = [
      [{ provider: 'kimi', purpose: 'nonsense' }, ['assistants', 'vision', 'batch', 'fine-tune']],
      [{ provider: 'glm', purpose: 'nonsense' }, ['file']],
      [{ provider: 'openai', purpose: 'nonsense' }, ['assistants', 'user_data', 'evals']],
      [{ purpose: 'nonsense' }, ['assistants', 'user_data', 'vision', 'batch', 'fine-tune']],
    ];
    for (const [query, words] of table) {
      for (const answer of [await gateway.put('a.txt', 'abc', { query }),
        await gateway.post('a.txt', 'abc', query)]) {
        assertRefused(answer, 400, 3005);
        for (const word of words) assert.ok(answer.json.error.message.includes(word), answer.text);
      }
    }
  }));

  test('for the purpose is answered before the body', () => unharmed(async ({ url }) => {
    const connection = await RawConnection.open(url);
    await connection.write(head('PUT', '/v1/files?filename=a.txt&purpose=nonsense',
      { 'Content-Length': 1000 }));
    const answer = await connection.response();
    connection.close();
    assert.equal(answer.status, 400);
    assert.equal(errorCode(answer), '3005');
  }));

  test('for the provider is answered with the right ones', () => unharmed(async ({ gateway }) => {
    const answer = await gateway.put('a.txt', 'abc', { query: { provider: 'nobody' } });
    assertRefused(answer, 400, 3008);
    for (const name of ['kimi', 'glm', 'openai']) {
      assert.ok(answer.json.error.message.includes(name), answer.text);
    }
  }));

  test('for the expiry or the delivery mode is named', () => unharmed(async ({ gateway }) => {
    for (const query of [{ deliver: 'perhaps' }, { 'expires_after[seconds]': '5' },
      { 'expires_after[seconds]': 'soon' }, { provider: ',' }]) {
      const answer = await gateway.put('a.txt', 'abc', { query });
      assertRefused(answer, 400, 1001);
      assert.ok(answer.json.error.param, answer.text);
    }
  }));
});

describe('an id', () => {
  test('that nobody has is 404 for every call', () => unharmed(async ({ gateway }) => {
    const unknown = ['file-nothing', `file-${'0'.repeat(26)}`, `file-${'z'.repeat(26)}`, 'x',
      '..%2f..%2fetc%2fpasswd', `file-${'a'.repeat(5000)}`, '%F0%9F%93%84'];
    for (const id of unknown) {
      const calls = [['GET', `/v1/files/${id}`], ['GET', `/v1/files/${id}/content`],
        ['DELETE', `/v1/files/${id}`], ['POST', `/v1/files/${id}/deliver`]];
      for (const [method, target] of calls) {
        const answer = await gateway.request(method, target);
        assertRefused(answer, 404, 1004);
      }
    }
    const nowhere = await gateway.request('GET', '/v1/nothing');
    assertRefused(nowhere, 404, 1011);
  }));
});

test(`random bytes do no harm (seed ${seed})`, () => unharmed(async ({ url }) => {
  const next = random(seed);
  const valid = formRequest(form([['purpose', 'assistants'], filePart(uniqueText(40))]));
  // One byte of a valid request changed: mostly refused, sometimes still valid; never a crash.
  const ids = new Set();
  for (let i = 0; i < (isSanitized ? 100 : 300); i++) {
    const bytes = Buffer.from(valid);
    bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    const answer = await exchange(url, bytes, { end: true });
    const id = answer?.json?.id ?? answer?.json?.error?.filegate?.file_id;
    if (id) ids.add(id);
    // 505: the byte was one of the HTTP version's.
    const isFine = !answer || answer.status < 500 || answer.status === 505;
    assert.ok(isFine, `change ${i}: ${answer?.text}`);
  }
  return ids;
}));
