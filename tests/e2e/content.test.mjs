// Which files pass: one test per attack, and honest files of every kind.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import * as samples from './content_samples.mjs';
import { Gateway, assertRefused, eventually, uniqueText, withScratch } from './harness.mjs';
import { RawConnection } from './raw_http.mjs';
import { sharedGateway } from './shared_gateway.mjs';

const keep = { query: { deliver: 'none' } };
const [malicious, bad_type, blocked, unchecked] = [1006, 1002, 1007, 1016];

// One gateway for all of it: nothing that is refused may disturb what follows.
const start = sharedGateway((gateway) => gateway.assertNothingHalfDone());

async function passes(name, bytes, type) {
  const answer = await (await start()).put(name, bytes, keep);
  assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  if (type) assert.equal(answer.json.filegate.mime_type, type, name);
  return answer.json;
}

// By PUT and by form, small and beyond what is taken in one step.
async function refuses(name, bytes, status, code) {
  assertRefused(await (await start()).put(name, bytes, keep), status, code);
  assertRefused(await (await start()).post(name, bytes, { deliver: 'none' }), status, code);
}

const isMalicious = (name, bytes) => refuses(name, bytes, 422, malicious);
const isWrongType = (name, bytes) => refuses(name, bytes, 415, bad_type);

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(400 * 1024, 7)]);

describe('executables are refused whatever their name', () => {
  const programs = {
    'an ELF program': samples.elf(),
    'a Windows program': samples.pe(),
    'a DOS program without a PE header': Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100, 1)]),
    'a Mach-O program': Buffer.from('cffaedfe0c0000010000000002000000', 'hex'),
    'a Mach-O program for several processors': Buffer.from('cafebabe0000000201000007', 'hex'),
    'a Java class': Buffer.from('cafebabe0000003400', 'hex'),
    'a WebAssembly module': Buffer.from('0061736d01000000', 'hex'),
    'an Android program': Buffer.from('6465780a30333500', 'hex'),
    'a Windows shortcut': Buffer.from('4c0000000114020000000000c000000000000046', 'hex'),
    'a shell script': Buffer.from('#!/bin/sh\nrm -rf /\n'),
    'a script behind a UTF-8 mark': Buffer.from('\ufeff#!/usr/bin/env python3\n'),
    'a script with a blank before its interpreter': Buffer.from('#! /bin/bash\n'),
    'a Windows batch script': Buffer.from('@ECHO OFF\r\ndel *.*\r\n'),
    'a registry file': Buffer.from('Windows Registry Editor Version 5.00\r\n'),
  };
  for (const [what, bytes] of Object.entries(programs)) {
    test(`${what} is refused as .txt, .pdf, .py, .png, .bin and without an extension`, async () => {
      for (const name of ['notes.txt', 'report.pdf', 'tool.py', 'photo.png', 'x.bin', 'noname']) {
        await isMalicious(name, bytes);
      }
      await isMalicious('large.txt', padded(bytes));
    });
  }
  test('an ELF program as .txt is malicious', () => isMalicious('readme.txt', samples.elf()));
  test('a PE program as .pdf is malicious', () => isMalicious('bill.pdf', samples.pe()));
  test('text that only mentions or resembles a program passes', async () => {
    await passes('letter.txt', 'MZ is how a DOS program begins. ELF as well.');
    await passes('lib.rs', '#![no_std]\n#![allow(dead_code)]\nfn main() {}\n', 'text/x-rust');
    await passes('how.md', 'Scripts begin with\n#!/bin/sh\n', 'text/markdown');
  });
});

describe('files that are two things at once are refused', () => {
  const archive = samples.zip([{ name: 'Evil.class', bytes: 'class bytes' }]);
  test('a GIF with a JAR at its end (GIFAR)', () =>
    isMalicious('cat.gif', Buffer.concat([samples.gif(), archive])));
  test('a PNG and a JPEG with a zip at the end, with a comment or bytes behind', async () => {
    const commented = samples.zip([{ name: 'a', bytes: 'x' }], { comment: 'hello' });
    await isMalicious('a.png', Buffer.concat([samples.png(), commented]));
    await isMalicious('a.jpg', Buffer.concat([samples.jpeg(), archive, Buffer.alloc(900)]));
    await isMalicious('b.jpg', Buffer.concat([padded(samples.jpeg()), archive]));
  });
  test('a PDF with a zip at its end', () =>
    isMalicious('a.pdf', Buffer.concat([samples.pdf(), archive])));
  test('an image with a PDF in its first kilobyte', () =>
    isMalicious('a.jpg', Buffer.concat([samples.jpeg().subarray(0, 40), samples.pdf()])));
  test('a tar archive whose first name is a PDF header', () =>
    isMalicious('a.pdf', samples.tar([{ name: '%PDF-1.4 %', bytes: 'x' }])));
  test('a PDF that carries a zip as an attachment passes', async () => {
    const attached = Buffer.concat([samples.pdf().subarray(0, 60), archive,
      Buffer.from('\nendstream\n'), samples.pdf().subarray(60)]);
    await passes('attached.pdf', attached, 'application/pdf');
  });
  test('HTML in the comment of an image passes and is served as the image it is', async () => {
    const image = Buffer.concat([samples.gif(), Buffer.from('<script>alert(1)</script>')]);
    const file = await passes('pic.gif', image, 'image/gif');
    const content = await (await start()).request('GET', `/v1/files/${file.id}/content`);
    assert.equal(content.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(content.headers.get('content-type'), 'image/gif');
  });
});

describe('archive bombs', () => {
  test('zips in zips in zips (42.zip) are refused, naming the limit', async () => {
    const answer = await (await start()).put('42.zip', samples.nestedZips(5, 4 << 20), keep);
    assertRefused(answer, 422, malicious);
    assert.match(answer.json.error.message, /more than 3 deep/);
  });
  test('a small zip of much is refused, naming the limit', async () => {
    const answer = await (await start()).put('zeros.zip', samples.zeros(40), keep);
    assertRefused(answer, 422, malicious);
    assert.match(answer.json.error.message, /more than 100 times/);
  });
  test('a bomb in a document, a gzip and a tar.gz is refused', async () => {
    const picture = { name: 'word/media/a.bin', bytes: Buffer.alloc(40 << 20) };
    await isMalicious('a.docx', samples.docx([picture]));
    await isMalicious('zeros.gz', samples.gzipZeros(40));
    const inside = samples.tar([{ name: 'zeros', bytes: Buffer.alloc(40 << 20) }]);
    await isMalicious('zeros.tar.gz', gzipSync(inside));
  });
  test('members that share their bytes, or overlap, are refused', async () => {
    await isMalicious('shared.zip', samples.sharing(200, 1 << 20));
    await isMalicious('quoted.zip', samples.overlapping(200, 1 << 20));
  });
  test('an archive of 10,001 members is refused, naming the limit', async () => {
    const answer = await (await start()).put('many.zip', samples.manyMembers(10_001), keep);
    assertRefused(answer, 422, malicious);
    assert.match(answer.json.error.message, /more than 10000 members/);
  });
  test('an archive of 10,000 members is looked through; archives are not taken by default', () =>
    isWrongType('many.zip', samples.manyMembers(10_000)));
  test('a program in an archive or a document is refused', async () => {
    await isMalicious('a.zip', samples.zip([{ name: 'readme.txt', bytes: samples.elf() }]));
    const embedded = { name: 'word/embeddings/a.bin', bytes: samples.pe() };
    await isMalicious('a.docx', samples.docx([embedded]));
    const inner = samples.zip([{ name: 'x', bytes: samples.pe() }]);
    await isMalicious('b.docx', samples.docx([{ name: 'word/a.zip', bytes: inner }]));
  });
  test('a program and a bomb are found however few of their bytes a first read has', async () => {
    for (const left of [1, 2, 3]) {
      const pad = (bytes) => samples.splitZip('word/x.bin', bytes, left);
      await isMalicious('a.zip', pad(samples.elf()));
      await isMalicious('a.zip', pad(samples.zeros(40)));
      await isMalicious('a.docx', samples.splitDocx(samples.pe(), left));
    }
  });
  test('a document that cannot be looked into is refused as not checked', async () => {
    const sealed = { name: 'word/secret.bin', bytes: 'sealed', encrypted: true };
    await refuses('a.docx', samples.docx([sealed]), 422, unchecked);
    const lzma = { name: 'word/other.bin', bytes: 'x'.repeat(99), method: 14 };
    await refuses('b.docx', samples.docx([lzma]), 422, unchecked);
    await eventually(async () => {
      const target = '/v1/admin/audit?action=content.refused&limit=500';
      const { json } = await (await start()).request('GET', target);
      assert.ok(json.data.some((row) => row.error_code === unchecked), 'there is a row of it');
    });
  });
  test('a document whose directory contradicts its parts is refused as not checked', async () => {
    const part = { name: 'word/a.bin', bytes: 'x'.repeat(99), listed: { name: 'word/b.bin' } };
    await refuses('a.docx', samples.docx([part]), 422, unchecked);
  });
  test('archives are told and looked into whatever marks them, or not checked', () =>
    withScratch(async (place) => {
      const open = await Gateway.start({ data: place.data, env: {
        FILEGATE_CONTENT_ALLOWED_TYPES: 'documents,archives,application/x-7z-compressed' } });
      place.running.push(open);
      const program = [{ name: 'a.bin', bytes: samples.elf() }];
      const text = [{ name: 'a.txt', bytes: 'text' }];
      const divided = Buffer.concat([Buffer.from('PK00'), samples.zip(program)]);
      assertRefused(await open.put('a.zip', divided, keep), 422, malicious);
      assertRefused(await open.put('a.tar', samples.oldTar(program), keep), 422, malicious);
      const seven = Buffer.from('377abcaf271c0004', 'hex');
      assertRefused(await open.put('a.7z', seven, keep), 422, unchecked);
      const inside = samples.zip([{ name: 'a.7z', bytes: seven }]);
      assertRefused(await open.put('b.zip', inside, keep), 422, unchecked);
      for (const [name, bytes] of [['a.tar', samples.oldTar(text)], ['a.zip', samples.zip(text)]]) {
        const answer = await open.put(name, bytes, keep);
        assert.equal(answer.status, 200, answer.text);
      }
    }));
  test('a gateway that accepts unchecked files keeps them and says so in its log', () =>
    withScratch(async (place) => {
      const lenient = await Gateway.start({ data: place.data, env: {
        FILEGATE_CONTENT_UNCHECKED: 'accept',
        FILEGATE_CONTENT_ALLOWED_TYPES: 'documents,archives' } });
      place.running.push(lenient);
      const sealed = samples.docx([{ name: 'word/secret.bin', bytes: 'sealed', encrypted: true }]);
      const answer = await lenient.put('a.docx', sealed, keep);
      assert.equal(answer.status, 200, answer.text);
      assert.match(lenient.stderr, new RegExp(`content.unchecked.*${answer.json.id}.*encrypted`));
      const trail = await lenient.request('GET', '/v1/admin/audit?action=file.created');
      assert.match(trail.json.data[0].detail, /unchecked=.*encrypted/);
      const archive = await lenient.put('a.zip', samples.manyMembers(10_000), keep);
      assert.equal(archive.status, 200, archive.text);
      assertRefused(await lenient.put('a.txt', 'text', keep), 415, bad_type);
      await lenient.assertNothingHalfDone({ ids: [answer.json.id, archive.json.id] });
    }));
});

describe('blocked extensions', () => {
  const text = () => uniqueText();
  test('every one is refused, in any case', async () => {
    for (const extension of ['exe', 'bat', 'cmd', 'com', 'pif', 'sh', 'bash', 'zsh', 'ps1', 'psm1',
      'scr', 'vbs', 'js', 'jar', 'app', 'deb', 'rpm', 'msi', 'dmg', 'pkg']) {
      for (const name of [`a.${extension}`, `a.${extension.toUpperCase()}`]) {
        assertRefused(await (await start()).put(name, text(), keep), 415, blocked);
      }
    }
  });
  test('no spelling gets past', async () => {
    for (const name of ['invoice.pdf.exe', 'x.exe.', 'x.exe..', 'x.exe ', 'x.exe . .',
      'x.exe\u00a0', 'x.exe:y', 'x.exe:y.txt', 'x.exe::$DATA', 'x.txt:evil.exe', 'x.e\u200bxe',
      'x.exe\u202e', '.sh', 'C:\\Users\\x\\setup.EXE', 'a/b/run.sh', '\u202etxt.exe',
      'x.eXe\r\n']) {
      assertRefused(await (await start()).put(name, text(), keep), 415, blocked);
    }
  });
  test('a blocked name is refused before a byte of the body is sent', async () => {
    const client = await RawConnection.open((await start()).url);
    await client.write('PUT /v1/files?filename=x.exe HTTP/1.1\r\nHost: 127.0.0.1\r\n' +
      'Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n');
    const answer = await client.response();
    client.close();
    assert.equal(answer.status, 415);
  });
  test('the list can be changed', () => withScratch(async (place) => {
    const other = await Gateway.start({ data: place.data,
      env: { FILEGATE_CONTENT_BLOCKED_EXTENSIONS: '.txt,EXE' } });
    place.running.push(other);
    assertRefused(await other.put('a.TXT', text(), keep), 415, blocked);
    assertRefused(await other.put('a.exe', text(), keep), 415, blocked);
    assert.equal((await other.put('build.sh', text(), keep)).status, 200);
  }));
});

describe('names', () => {
  test('invisible and reordering characters are dropped from the recorded name', async () => {
    const bidi = await passes('invoice\u202etxt.md', uniqueText());
    assert.equal(bidi.filename, 'invoicetxt.md');
    const more = await passes('a\u200bb\u2066c\ufeffd\u0007\ne.txt', uniqueText());
    assert.equal(more.filename, 'abcde.txt');
  });
  test('a name is recorded in the form NFC', async () => {
    const file = await passes('re\u0301sume\u0301.txt', uniqueText());
    assert.equal(file.filename, 'r\u00e9sum\u00e9.txt');
  });
  test('names of Windows devices, long names and names of nothing are made usable', async () => {
    assert.equal((await passes('CON.txt', uniqueText())).filename, '_CON.txt');
    const long = (await passes(`${'长'.repeat(300)}.txt`, uniqueText())).filename;
    assert.ok(Buffer.byteLength(long) <= 255 && long.endsWith('长.txt'), long);
    assert.equal((await passes('\u202e\u200b', uniqueText())).filename, 'file');
  });
  test('UTF-7 and other encodings of markup are text and stay text', async () => {
    const file = await passes('note.txt', '+ADw-script+AD4-alert(1)', 'text/plain');
    const content = await (await start()).request('GET', `/v1/files/${file.id}/content`);
    assert.equal(content.headers.get('x-content-type-options'), 'nosniff');
    await passes('+ADw-script+AD4-.txt', uniqueText(), 'text/plain');
  });
});

describe('the extension must agree with the content', () => {
  test('content under the name of another format is refused', async () => {
    for (const [name, bytes] of [['a.pdf', uniqueText()], ['a.png', samples.jpeg()],
      ['a.txt', samples.pdf()], ['a.docx', samples.xlsx()], ['a.mp3', samples.wav()],
      ['a.jpg', '<html><script>x</script></html>'], ['a.csv', samples.png()],
      ['a.pdf', Buffer.from([1, 2, 3, 0, 255])], ['a.txt', Buffer.from([1, 2, 3, 0, 255])],
      ['a.xyz', Buffer.from([1, 2, 3, 0, 255])]]) {
      await isWrongType(name, bytes);
    }
  });
  test('bytes of no known type pass where the name claims nothing', async () => {
    for (const name of ['raw.bin', 'raw.dat', 'raw']) {
      await passes(name, Buffer.concat([Buffer.from([1, 2, 3, 0, 255]), uniqueText()]),
        'application/octet-stream');
    }
    await passes('notes.xyz', uniqueText(), 'text/plain');
    await passes('scan.v2', samples.pdf(), 'application/pdf');
  });
  test('a document with macros is of no allowed type', () =>
    isWrongType('a.docm', samples.docx([{ name: 'word/vbaProject.bin', bytes: 'macro' }])));
  test('macros are found whatever their part is called and wherever it is listed', async () => {
    await isWrongType('a.docx', samples.docx([{ name: 'word/vbaproject.bin', bytes: 'macro' }]));
    const type = 'application/vnd.ms-word.document.macroEnabled.main+xml';
    await isWrongType('b.docx', samples.docxOfType(type));
    const comments = Array.from({ length: 3 }, (_, i) => (
      { name: `word/${i}.xml`, bytes: 'x', comment: 'c'.repeat(65_000) }));
    const last = { name: 'word/vbaProject.bin', bytes: 'macro' };
    await isWrongType('c.docx', samples.docx([...comments, last]));
    const inner = samples.docx([last]);
    await isWrongType('d.docx', samples.docx([{ name: 'word/embeddings/a.docx', bytes: inner }]));
  });
  test('macros in old documents are found', async () => {
    for (const [name, stream, storage] of [['a.doc', 'WordDocument', 'Macros'],
      ['a.xls', 'Workbook', '_VBA_PROJECT_CUR']]) {
      await passes(name, samples.ole([stream]));
      await isWrongType(name, samples.ole([stream, storage]));
    }
  });
});

describe('honest files pass', () => {
  const openxml = 'application/vnd.openxmlformats-officedocument';
  const honest = [
    ['a.docx', samples.docx(), `${openxml}.wordprocessingml.document`],
    ['a.xlsx', samples.xlsx(), `${openxml}.spreadsheetml.sheet`],
    ['a.pptx', samples.pptx(), `${openxml}.presentationml.presentation`],
    ['with sheet.docx', samples.docx([{ name: 'word/embeddings/s.xlsx', bytes: samples.xlsx() }])],
    ['a.odt', samples.odt(), 'application/vnd.oasis.opendocument.text'],
    ['a.epub', samples.epub(), 'application/epub+zip'],
    ['a.pdf', samples.pdf(), 'application/pdf'],
    ['a.PNG', samples.png(), 'image/png'],
    ['a.jpeg', samples.jpeg(), 'image/jpeg'],
    ['a.gif', samples.gif(), 'image/gif'],
    ['a.webp', samples.webp(), 'image/webp'],
    ['a.mp3', samples.mp3(), 'audio/mpeg'],
    ['a.wav', samples.wav(), 'audio/wav'],
    ['a.mp4', samples.mp4(), 'video/mp4'],
    ['a.json', '{"a": [1, 2, 3]}', 'application/json'],
    ['a.jsonl', '{"a": 1}\n{"a": 2}\n', 'application/jsonl'],
    ['a.csv', 'a,b\n1,2\n', 'text/csv'],
    ['a.md', '# Title\n\nwords\n', 'text/markdown'],
    ['a.py', 'import os\nprint(os.name)\n', 'text/x-python'],
    ['a.c', '#include <stdio.h>\nint main(void) { return 0; }\n', 'text/x-c'],
    ['a.php', '<?php echo 1; ?>\n', 'text/x-php'],
    ['a.html', '<!doctype html><html><body>hello</body></html>\n', 'text/html'],
    ['a.txt', Buffer.from('\ufeffUTF-16 text, with ümlauts\n', 'utf16le')],
    ['b.txt', Buffer.from('Latin-1: na\xefve caf\xe9\n', 'latin1')],
    ['Makefile', 'all:\n\tcc a.c\n'],
  ];
  for (const [name, bytes, type] of honest) {
    test(`${name}, small and by form`, async () => {
      await passes(name, bytes, type);
      const answer = await (await start()).post(name, bytes, { deliver: 'none' });
      assert.equal(answer.status, 200, answer.text);
    });
  }
  test('a large text and a large PDF', async () => {
    await passes('large.csv', 'a,b,c\n'.repeat(300_000), 'text/csv');
    await passes('large.pdf', padded(samples.pdf()), 'application/pdf');
  });
});
