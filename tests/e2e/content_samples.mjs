// Small honest files of many kinds, and dishonest ones. Each is what the format's readers take, not
// only a signature.

import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

const utf8 = (text) => Buffer.from(text, 'utf8');

// ---- archives ----------------------------------------------------------------------------------

function u16(value) { const b = Buffer.alloc(2); b.writeUInt16LE(value); return b; }
function u32(value) { const b = Buffer.alloc(4); b.writeUInt32LE(value >>> 0); return b; }

// members: [{ name, bytes, stored, encrypted, method, packed, at, extra, comment, listed }]
export function zip(members, { comment = '' } = {}) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const member of members) {
    const name = utf8(member.name);
    const bytes = Buffer.from(member.bytes ?? '');
    const stored = member.stored ?? bytes.length < 64;
    const packed = member.packed ?? (stored ? bytes : deflateRawSync(bytes, { level: 9 }));
    const extra = member.extra ?? Buffer.alloc(0);
    const comment = utf8(member.comment ?? '');
    const listed = utf8(member.listed?.name ?? member.name);
    const facts = Buffer.concat([
      u16(20), u16(member.encrypted ? 1 : 0), u16(member.method ?? (stored ? 0 : 8)),
      u16(0), u16(33),
      u32(member.crc ?? crc32(bytes)), u32(packed.length), u32(member.size ?? bytes.length),
    ]);
    const local = Buffer.concat([utf8('PK\x03\x04'), facts, u16(name.length), u16(extra.length),
      name, extra, packed]);
    central.push(Buffer.concat([utf8('PK\x01\x02'), u16(20), facts, u16(listed.length), u16(0),
      u16(comment.length), u16(0), u16(0), u32(0), u32(member.at ?? offset), listed, comment]));
    if (member.at !== undefined) continue;  // shares another member's bytes
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.concat([utf8('PK\x05\x06'), u16(0), u16(0), u16(members.length & 0xffff),
    u16(members.length & 0xffff), u32(directory.length), u32(offset), u16(comment.length),
    utf8(comment)]);
  return Buffer.concat([...locals, directory, end]);
}

// One stored member, of which `left` bytes stand before the 64 KiB boundary files are read at.
function split(front, name, bytes, left) {
  const extra = Buffer.alloc(65_536 - left - front - 30 - utf8(name).length);
  extra.writeUInt16LE(0xcafe, 0);
  extra.writeUInt16LE(extra.length - 4, 2);
  return { name, bytes, stored: true, extra };
}
export const splitZip = (name, bytes, left) => zip([split(0, name, bytes, left)]);
export function splitDocx(bytes, left) {
  const plain = docx();
  const front = plain.readUInt32LE(plain.length - 6);  // its directory, where another part would be
  return docx([split(front, 'word/x.bin', bytes, left)]);
}

// As it was before POSIX: nothing but its check sum marks it.
export function oldTar(members) {
  const bytes = tar(members);
  bytes.fill(0, 257, 265);
  bytes.write('        ', 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

export function tar(members) {
  const blocks = members.map(({ name, bytes }) => {
    const content = Buffer.from(bytes);
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write('0000644\0', 100);
    head.write('0000000\0', 108);
    head.write('0000000\0', 116);
    head.write(content.length.toString(8).padStart(11, '0') + ' ', 124);
    head.write('00000000000 ', 136);
    head.write('        0', 148);
    head.write('ustar\x0000', 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    return Buffer.concat([head, content, Buffer.alloc((512 - content.length % 512) % 512)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const content_types = (type, part) => utf8(
  '<?xml version="1.0"?>' +
  '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
  `<Override PartName="/${part}" ContentType="${type}"/></Types>`);

function office(part, body, more = [], type = 'application/xml') {
  return zip([
    { name: '[Content_Types].xml', bytes: content_types(type, part) },
    { name: '_rels/.rels', bytes: utf8(`<Relationships><Relationship Target="${part}"/>`) },
    { name: part, bytes: utf8(body) },
    ...more,
  ]);
}

export const docx = (more) =>
  office('word/document.xml', `<w:document><w:t>${'words '.repeat(100)}</w:t></w:document>`, more);
export const docxOfType = (type) => office('word/document.xml', '<w:document/>', [], type);
export const xlsx = () => office('xl/workbook.xml', '<workbook><sheets/></workbook>');
export const pptx = () => office('ppt/presentation.xml', '<p:presentation/>');

export const odt = () => zip([
  { name: 'mimetype', bytes: utf8('application/vnd.oasis.opendocument.text'), stored: true },
  { name: 'content.xml', bytes: utf8('<office:document-content/>') },
]);
export const epub = () => zip([
  { name: 'mimetype', bytes: utf8('application/epub+zip'), stored: true },
  { name: 'META-INF/container.xml', bytes: utf8('<container/>') },
]);

// An OLE compound file: a header, one sector of its FAT, a directory of some entries.
export function ole(names) {
  const header = Buffer.alloc(512, 0xff);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
  header.writeUInt16LE(9, 30);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(0, 76);
  const fat = Buffer.alloc(512, 0xff);
  fat.writeUInt32LE(0xfffffffe, 4);
  const directory = Buffer.alloc(512);
  ['Root Entry', ...names].forEach((name, i) => {
    directory.write(name, 128 * i, 'utf16le');
    directory.writeUInt16LE(2 * name.length + 2, 128 * i + 64);
    directory[128 * i + 66] = i === 0 ? 5 : /Macros|_CUR/.test(name) ? 1 : 2;
  });
  return Buffer.concat([header, fat, directory]);
}

// ---- media and documents -----------------------------------------------------------------------

export const pdf = () => utf8('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n' +
  '2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
export const png = () => Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E' +
  'rkJggg==', 'base64');
export const jpeg = () => Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.alloc(200, 0x11), Buffer.from('ffd9', 'hex')]);
export const gif = () =>
  Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
export const webp = () => Buffer.from(
  'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
export const mp3 = () => Buffer.concat([utf8('ID3\x04\0\0\0\0\0\0'), Buffer.from('fffb9064', 'hex'),
  Buffer.alloc(413)]);
export const mp4 = () => Buffer.concat([Buffer.from('00000018', 'hex'), utf8('ftypmp42'),
  Buffer.from('00000000', 'hex'), utf8('mp42isom'), Buffer.from('00000008', 'hex'), utf8('mdat')]);
export const wav = () => Buffer.concat([utf8('RIFF'), u32(44), utf8('WAVEfmt '), u32(16), u16(1),
  u16(1), u32(8000), u32(8000), u16(1), u16(8), utf8('data'), u32(8), Buffer.alloc(8, 128)]);

export const elf = () => Buffer.concat([
  Buffer.from('7f454c4602010100', 'hex'), Buffer.alloc(120, 3)]);
export function pe() {
  const bytes = Buffer.alloc(512, 0);
  bytes.write('MZ');
  bytes.writeUInt32LE(128, 0x3c);
  bytes.write('PE\0\0', 128);
  return bytes;
}

// ---- archive bombs -----------------------------------------------------------------------------

// Like 42.zip: archives of archives, and much of nothing in the innermost.
export function nestedZips(depth, bytes_each) {
  let inner = zip([{ name: '0.dll', bytes: Buffer.alloc(bytes_each) }]);
  for (let level = 1; level < depth; ++level) {
    inner = zip(Array.from({ length: 4 }, (_, i) => ({ name: `lib ${i}.zip`, bytes: inner })));
  }
  return inner;
}

export const zeros = (mib) => zip([{ name: 'zeros', bytes: Buffer.alloc(mib << 20) }]);
export const gzipZeros = (mib) => gzipSync(Buffer.alloc(mib << 20), { level: 9 });
export const manyMembers = (count) => zip(Array.from({ length: count }, (_, i) => (
  { name: `${i}.txt`, bytes: '' })));
// All members are the first one's bytes: small to send, large to unpack.
export const sharing = (count, bytes) => zip([
  { name: 'a', bytes: Buffer.alloc(bytes, 'x') },
  ...Array.from({ length: count }, (_, i) => (
    { name: String.fromCharCode(0x62 + i % 24), bytes: Buffer.alloc(bytes, 'x'), at: 0 })),
]);

// Every member is stored and holds all that follows it, the headers of the others too.
export function overlapping(count, bytes) {
  let content = Buffer.alloc(bytes, 'x');
  const header = 31;  // of a member whose name has one byte
  const members = [];
  for (let i = count - 1; i >= 0; --i) {
    const member = { name: 'a', bytes: content, stored: true, at: i * header };
    members.unshift(member);
    content = Buffer.concat([zip([{ ...member, at: undefined }]).subarray(0, header), content]);
  }
  const plain = zip(members);  // has no local parts: they are all in `content`
  const directory = plain.subarray(0, plain.length - 22);
  const end = Buffer.from(plain.subarray(plain.length - 22));
  end.writeUInt32LE(content.length, 16);
  return Buffer.concat([content, directory, end]);
}
