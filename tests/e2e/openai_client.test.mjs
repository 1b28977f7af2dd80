// The unmodified `openai` client, pointed at the gateway, with each provider behind it.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';

import OpenAI, { APIError, BadRequestError, NotFoundError, toFile } from 'openai';

import { all_providers, eventually, sha256, uniqueText, withBoth } from './harness.mjs';

function clientOf(gateway) {
  // Retries would hide a wrong status: what is answered first counts.
  return new OpenAI({ apiKey: 'any', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
}

function withClient(gateway_options, story) {
  return withBoth({ gateway: gateway_options }, (world) =>
    story({ ...world, client: clientOf(world.gateway) }));
}

// Every way the client takes bytes.
const sources = {
  a_read_stream: async (folder, bytes) => {
    const file = path.join(folder, 'stream.txt');
    await writeFile(file, bytes);
    return createReadStream(file);
  },
  a_file_object: (folder, bytes) => new File([bytes], 'object.txt', { type: 'text/plain' }),
  a_buffer: (folder, bytes) => toFile(bytes, 'buffer.txt'),
  a_uint8_array: (folder, bytes) => toFile(new Uint8Array(bytes), 'array.txt'),
  an_async_generator: (folder, bytes) => toFile((async function* pieces() {
    yield bytes.subarray(0, 10);
    yield bytes.subarray(10);
  })(), 'generator.txt'),
};

async function contentOf(client, id) {
  const answer = await client.files.content(id);
  return Buffer.from(await answer.arrayBuffer());
}

for (const provider of all_providers) {
  describe(`the openai client with ${provider} first`, () => {
    test('uploads from every kind of source and reads the same bytes back', () =>
      withClient({ preferred: provider }, async ({ client, gateway, sandbox, folder }) => {
        const ids = [];
        for (const [kind, make] of Object.entries(sources)) {
          const bytes = uniqueText(5000);
          const file = await client.files.create(
            { file: await make(folder, bytes), purpose: 'assistants' });
          assert.equal(file.object, 'file', kind);
          assert.equal(file.bytes, bytes.length, kind);
          assert.equal(file.purpose, 'assistants', kind);
          assert.equal(file.status, 'processed', kind);
          assert.ok(Math.abs(file.created_at - Date.now() / 1000) < 60, kind);
          assert.equal(file.filegate.sha256, sha256(bytes), kind);
          assert.equal(file.filegate.deduplicated, false, kind);
          assert.equal(file.filegate.placements[0].provider, provider, kind);
          assert.deepEqual(await contentOf(client, file.id), bytes, kind);
          ids.push(file.id);
        }
        assert.equal((await sandbox.copies(provider)).length, ids.length);
        await gateway.assertNothingHalfDone({ ids });
      }));

    test('keeps names of every script', () =>
      withClient({ preferred: provider }, async ({ client }) => {
        const names = ['plain.txt', '文件 报告.txt', '📄🎉 final.txt', 'Übung №1 (копия).txt',
          'with spaces and; semicolon.txt', 'percent%20.txt', `${'a'.repeat(200)}.txt`];
        for (const name of names) {
          const file = await client.files.create(
            { file: await toFile(uniqueText(), name), purpose: 'assistants' });
          assert.equal(file.filename, name);
          assert.equal((await client.files.retrieve(file.id)).filename, name);
        }
      }));

    test('uploads with the provider named', () =>
      withClient({}, async ({ client, sandbox }) => {
        const purpose = provider === 'glm' ? 'file' : 'assistants';
        const file = await client.files.create(
          { file: await toFile(uniqueText(), 'named.txt'), purpose, provider });
        assert.equal(file.filegate.placements.length, 1);
        assert.equal(file.filegate.placements[0].provider, provider);
        const copies = await sandbox.copies(provider);
        assert.deepEqual(copies.map((copy) => copy.id),
          [file.filegate.placements[0].provider_file_id]);
      }));

    test('deletes the file here and at the provider', () =>
      withClient({ preferred: provider }, async ({ client, gateway, sandbox }) => {
        const file = await client.files.create(
          { file: await toFile(uniqueText(), 'gone.txt'), purpose: 'assistants' });
        const deleted = await client.files.delete(file.id);
        assert.deepEqual(deleted, { id: file.id, object: 'file', deleted: true });
        await assert.rejects(client.files.retrieve(file.id), NotFoundError);
        await assert.rejects(client.files.content(file.id), NotFoundError);
        await assert.rejects(client.files.delete(file.id), NotFoundError);
        await eventually(async () => assert.deepEqual(await sandbox.copies(provider), []));
        await gateway.assertNothingHalfDone({ ids: [] });
      }));

    test('throws its typed errors', () =>
      withClient({ preferred: provider, maxFileMb: 1 }, async ({ client, gateway }) => {
        const create = async (bytes, fields) => client.files.create(
          { file: await toFile(bytes, 'x.txt'), purpose: 'assistants', ...fields });
        await assert.rejects(create(uniqueText(), { purpose: 'nonsense' }), (error) => {
          assert.ok(error instanceof BadRequestError);
          assert.equal(error.code, 'invalid_purpose');
          assert.match(error.message, /assistants/);
          return true;
        });
        await assert.rejects(create(uniqueText(2 << 20)), (error) => {
          assert.ok(error instanceof APIError);
          assert.equal(error.status, 413);
          assert.equal(error.code, 'file_too_large');
          return true;
        });
        await assert.rejects(client.files.retrieve('file-nothing'), (error) => {
          assert.ok(error instanceof NotFoundError);
          assert.equal(error.code, 'file_not_found');
          assert.equal(error.type, 'invalid_request_error');
          return true;
        });
        await gateway.assertNothingHalfDone({ ids: [] });
      }));
  });
}

describe('the openai client lists', () => {
  async function uploadSome(client, count) {
    const ids = [];
    for (let i = 0; i < count; i++) {
      const purpose = i % 2 ? 'user_data' : 'assistants';
      const file = await client.files.create(
        { file: await toFile(uniqueText(), `${i}.txt`), purpose });
      ids.push(file.id);
    }
    return ids;
  }

  async function all(pages) {
    const ids = [];
    for await (const file of pages) ids.push(file.id);
    return ids;
  }

  test('page by page, in both orders, by purpose and after an id', () =>
    withClient({}, async ({ client }) => {
      const ids = await uploadSome(client, 7);
      const newest_first = [...ids].reverse();

      const page = await client.files.list({ limit: 3 });
      assert.deepEqual(page.data.map((file) => file.id), newest_first.slice(0, 3));
      assert.equal(page.has_more, true);
      assert.equal(page.hasNextPage(), true);
      const next = await page.getNextPage();
      assert.deepEqual(next.data.map((file) => file.id), newest_first.slice(3, 6));
      const last = await next.getNextPage();
      assert.deepEqual(last.data.map((file) => file.id), newest_first.slice(6));
      assert.equal(last.has_more, false);

      for (const limit of [1, 2, 6, 7, 8, 10_000]) {
        assert.deepEqual(await all(client.files.list({ limit })), newest_first, `limit ${limit}`);
        assert.deepEqual(await all(client.files.list({ limit, order: 'asc' })), ids);
      }
      assert.deepEqual(await all(client.files.list({ purpose: 'user_data', limit: 2 })),
        newest_first.filter((_, i) => i % 2));
      assert.deepEqual(await all(client.files.list({ after: ids[4], order: 'asc' })), ids.slice(5));
      assert.deepEqual(await all(client.files.list({ after: ids[2] })), [ids[1], ids[0]]);
      assert.deepEqual(await all(client.files.list({ after: ids[6], order: 'asc' })), []);
    }));

  test('and refuses what no list takes', () =>
    withClient({}, async ({ client }) => {
      for (const query of [{ limit: 0 }, { limit: 10_001 }, { limit: 'many' }, { order: 'up' }]) {
        await assert.rejects(async () => client.files.list(query), BadRequestError,
          JSON.stringify(query));
      }
      await assert.rejects(async () => client.files.list({ after: 'file-nothing' }), NotFoundError);
    }));

  test('nothing when there is nothing', () =>
    withClient({}, async ({ client }) => {
      const page = await client.files.list();
      assert.deepEqual(page.data, []);
      assert.equal(page.has_more, false);
    }));
});

test('expires_after comes back as expires_at', () =>
  withClient({}, async ({ client }) => {
    const file = await client.files.create({
      file: await toFile(uniqueText(), 'short-lived.txt'), purpose: 'assistants',
      expires_after: { anchor: 'created_at', seconds: 3600 } });
    assert.equal(file.expires_at, file.created_at + 3600);
    await assert.rejects(async () => client.files.create({
      file: await toFile(uniqueText(), 'x.txt'), purpose: 'assistants',
      expires_after: { anchor: 'created_at', seconds: 3599 } }), BadRequestError);
  }));
