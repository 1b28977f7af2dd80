// Request smuggling: every shape in which a proxy in front and this server could see different
// requests in the same bytes is refused, the connection is closed, and what stands behind it is
// never understood as a request.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused, uniqueText } from './harness.mjs';
import { RawConnection } from './raw_http.mjs';
import { sharedGateway } from './shared_gateway.mjs';

const smuggled = 'DELETE /v1/files/SMUGGLED HTTP/1.1\r\nHost: localhost\r\n\r\n';

const start = sharedGateway(async (gateway) => {
  const files = await gateway.list();
  assert.deepEqual(files.map((file) => file.id), kept ? [await kept] : [],
    'nothing was deleted or made');
});

let kept;

// The gateway, and the id of the file that the smuggled request would delete.
async function startWithFile() {
  const gateway = await start();
  kept ??= gateway.put('kept.txt', uniqueText(), { query: { deliver: 'none' } })
    .then((answer) => answer.json.id);
  return { gateway, kept: await kept };
}

// The last bytes are a request that would delete the kept file.
async function assertClosed(bytes, status, code) {
  const { gateway, kept } = await startWithFile();
  const connection = await RawConnection.open(gateway.url);
  await connection.write(Buffer.concat([Buffer.from(bytes, 'latin1'),
    Buffer.from(smuggled.replace('SMUGGLED', kept))]));
  const answer = await connection.response();
  assertRefused(answer, status, code);
  assert.equal(answer.headers.get('connection'), 'close');
  await connection.waitForClose();
  const more = await connection.response();
  assert.equal(more, null, 'one answer and no other');
}

function put(headers, body = '') {
  return `PUT /v1/files/a.txt?deliver=none HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
}

const chunked = 'Transfer-Encoding: chunked\r\n';
const length = 'Content-Length: 3\r\n';

const heads = {
  'both lengths': put(length + chunked, '0\r\n\r\n'),
  'both lengths, the other way round': put(chunked + length, '0\r\n\r\n'),
  'two lengths that differ': put('Content-Length: 0\r\nContent-Length: 64\r\n'),
  'a list of lengths': put('Content-Length: 3, 3\r\n'),
  'a signed length': put('Content-Length: +3\r\n'),
  'a negative length': put('Content-Length: -3\r\n'),
  'a length with a blank inside': put('Content-Length: 3 0\r\n'),
  'a length beyond 64 bits': put('Content-Length: 18446744073709551619\r\n'),
  'a hexadecimal length': put('Content-Length: 0x3\r\n'),
  'an empty length': put('Content-Length:\r\n'),
  'Transfer-Encoding: identity': put('Transfer-Encoding: identity\r\n'),
  'an unknown coding': put('Transfer-Encoding: xchunked\r\n'),
  'a coding behind another': put('Transfer-Encoding: gzip, chunked\r\n'),
  'chunked twice in one line': put('Transfer-Encoding: chunked, chunked\r\n'),
  'chunked twice in two lines': put(chunked + chunked),
  'chunked with a parameter': put('Transfer-Encoding: chunked;q=1\r\n'),
  'a coding behind a vertical tab': put('Transfer-Encoding: \vchunked\r\n'),
  'a folded coding': put('Transfer-Encoding:\r\n chunked\r\n'),
  'a folded header': put(`X-A: b\r\n\tc\r\n${length}`),
  'a folded first header': `GET / HTTP/1.1\r\n Host: localhost\r\n\r\n`,
  'a blank before the colon': put('Transfer-Encoding : chunked\r\n'),
  'a tab before the colon': put('Content-Length\t: 3\r\n'),
  'a header without a name': put(': chunked\r\n'),
  'a name with a bracket': put('Transfer-[Encoding]: chunked\r\n'),
  'a line without a colon': put('Transfer-Encoding chunked\r\n'),
  'a bare LF between headers': put('X-A: b\nTransfer-Encoding: chunked\r\n'),
  'a bare LF for the blank line': `GET / HTTP/1.1\r\nHost: localhost\r\n\n`,
  'a bare CR in a value': put('X-A: b\rTransfer-Encoding: chunked\r\n'),
  'a NUL in a value': put('X-A: b\0c\r\n'),
  'a NUL in a name': put('X-\0A: b\r\n'),
  'chunked in HTTP/1.0':
    `PUT /v1/files/a.txt HTTP/1.0\r\nHost: localhost\r\n${chunked}\r\n0\r\n\r\n`,
  'no Host': 'GET /v1/files HTTP/1.1\r\n\r\n',
  'two Hosts': 'GET /v1/files HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n',
  'two blanks in the request line': 'GET  /v1/files HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'an authority with a user': 'GET http://localhost@evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n',
};

describe('a head is refused with', () => {
  for (const [name, bytes] of Object.entries(heads)) {
    test(name, () => assertClosed(bytes, 400, 1001));
  }
});

describe('a version is refused:', () => {
  test('HTTP/0.9', () => assertClosed('GET /v1/files\r\n\r\n', 400, 1001));
  test('HTTP/2 by its preface', () =>
    assertClosed('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 1001));
  test('HTTP/1.2', () =>
    assertClosed('GET / HTTP/1.2\r\nHost: localhost\r\n\r\n', 505, 1001));
});

const bodies = {
  'a size with junk behind it': '3x\r\nabc\r\n0\r\n\r\n',
  'a size with a sign': '+3\r\nabc\r\n0\r\n\r\n',
  'a size in 0x form': '0x3\r\nabc\r\n0\r\n\r\n',
  'a blank before the size': ' 3\r\nabc\r\n0\r\n\r\n',
  'a blank behind the size': '3 \r\nabc\r\n0\r\n\r\n',
  'a size of seventeen digits': '00000000000000003\r\nabc\r\n0\r\n\r\n',
  'no size': '\r\nabc\r\n0\r\n\r\n',
  'an extension without end': `3;${'e'.repeat(2000)}\r\nabc\r\n0\r\n\r\n`,
  'a bare LF behind the size': '3\nabc\r\n0\r\n\r\n',
  'a bare LF in an extension': '3;a\nb\r\nabc\r\n0\r\n\r\n',
  'a bare LF behind the data': '3\r\nabc\n0\r\n\r\n',
  'data longer than its size': '3\r\nabcd\r\n0\r\n\r\n',
  'no CR LF behind the data': '3\r\nabc0\r\n\r\n',
  'a bare LF at the end': '3\r\nabc\r\n0\r\n\n',
  'endless trailers': `3\r\nabc\r\n0\r\n${`X-A: ${'b'.repeat(1000)}\r\n`.repeat(20)}\r\n`,
  'a NUL in a trailer': '3\r\nabc\r\n0\r\nX-A: \0\r\n\r\n',
};

describe('a chunked body is refused with', () => {
  for (const [name, body] of Object.entries(bodies)) {
    test(name, () => assertClosed(put(chunked, body), 400, 1001));
  }

  // What is kept of it must be nothing: the sizes say that more was to come.
  test('a size that no memory could hold', async () => {
    const gateway = await start();
    const connection = await RawConnection.open(gateway.url);
    await connection.write(put(chunked, 'FFFFFFFFFFFFFFFE\r\nabc'));
    connection.end();
    assertRefused(await connection.response(), 400, 1009);
    await connection.waitForClose();
  });

  test('its final CR LF missing', async () => {
    const gateway = await start();
    const connection = await RawConnection.open(gateway.url);
    await connection.write(put(chunked, '3\r\nabc\r\n0\r\n'));
    connection.end();
    assertRefused(await connection.response(), 400, 1009);
    await connection.waitForClose();
  });
});
