// Every kind of fault the sandbox knows: an upload gets through by trying again or elsewhere, or
// its error is honest; and no provider holds a copy that nobody knows of.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  all_providers, errorCode, eventually, isSanitized, uniqueText, withBoth,
} from './harness.mjs';

const upload_fault = (provider, fault) => [{ provider, route: 'upload', ...fault }];

function purposeFor(provider) {
  return { provider, purpose: provider === 'glm' ? 'file' : 'assistants' };
}

// An error that can be acted on: it names the provider's trouble and where the file is kept.
function assertHonest(answer) {
  assert.ok(answer.status >= 400, answer.text);
  assert.match(errorCode(answer), /^3/, answer.text);
  assert.match(answer.json.error.filegate.file_id, /^file-/, answer.text);
  return answer.json.error.filegate.file_id;
}

describe('a provider that fails for ever is followed by the next', () => {
  const faults = {
    'status 500': { kind: 'status', status: 500 },
    'status 503': { kind: 'status', status: 503 },
    'status 429': { kind: 'status', status: 429 },
    'status 401': { kind: 'status', status: 401 },
    'a cut connection': { kind: 'reset_after_body' },
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(what, () => withBoth({}, async ({ gateway, sandbox }) => {
      await sandbox.setFaults(upload_fault('kimi', fault));
      const answer = await gateway.put('a.txt', uniqueText());
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.json.filegate.placements.map((placement) => placement.provider),
        ['glm']);
      assert.equal((await sandbox.copies('kimi')).length, 0);
      assert.equal((await sandbox.copies('glm')).length, 1);
      await gateway.assertNothingHalfDone({ ids: [answer.json.id] });
    }));
  }
});

describe('a named provider that fails for ever gives an honest error, and the file later', () => {
  for (const provider of all_providers) {
    for (const fault of [{ kind: 'status', status: 500 }, { kind: 'reset_after_body' }]) {
      test(`${provider}: ${fault.kind}`, () => withBoth({}, async ({ gateway, sandbox }) => {
        await sandbox.setFaults(upload_fault(provider, fault));
        const query = purposeFor(provider);
        const refused = await gateway.put('a.txt', uniqueText(), { query });
        const id = assertHonest(refused);
        assert.equal(refused.json.error.filegate.provider, provider);
        assert.equal((await sandbox.copies(provider)).length, 0);
        await sandbox.clearFaults();
        await eventually(async () => {
          const answer = await gateway.request('POST', `/v1/files/${id}/deliver`, {
            headers: { 'content-type': 'application/json' }, body: JSON.stringify({ provider }) });
          assert.equal(answer.status, 200, answer.text);
        }, 90_000);
        assert.equal((await sandbox.copies(provider)).length, 1);
        await gateway.assertNothingHalfDone({ ids: [id] });
      }));
    }
  }
});

describe('a refusal of the file is told, not tried elsewhere', () => {
  test('status 400', () => withBoth({}, async ({ gateway, sandbox }) => {
    await sandbox.setFaults(upload_fault('kimi', { kind: 'status', status: 400 }));
    const answer = await gateway.put('a.txt', uniqueText());
    assertHonest(answer);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(errorCode(answer), '3009');
    assert.equal((await sandbox.copies('glm')).length, 0, 'not an outage');
  }));
});

describe('a provider that fails now and then', () => {
  const count = isSanitized ? 10 : 40;
  const faults = {
    'status 503, one in five': { kind: 'status', status: 503, rate: 0.2 },
    'status 429, one in five': { kind: 'status', status: 429, rate: 0.2 },
    'status 504 with HTML, one in five': { kind: 'status', status: 504, rate: 0.2 },
    'a cut connection, one in five': { kind: 'reset_after_body', rate: 0.2 },
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(`${what}: every upload succeeds and no copy is doubled`, () =>
      withBoth({}, async ({ gateway, sandbox }) => {
        await sandbox.setFaults([{ provider: '*', route: 'upload', ...fault }]);
        const known = await uploadMany(gateway, count);
        await assertEveryCopyKnown(sandbox, known);
      }));
  }

  async function uploadMany(gateway, total) {
    const known = new Set();
    const left = Array.from({ length: total }, (_, i) => i);
    const worker = async () => {
      for (let i = left.pop(); i !== undefined; i = left.pop()) {
        const answer = await gateway.put(`${i}.txt`, uniqueText());
        assert.equal(answer.status, 200, answer.text);
        for (const placement of answer.json.filegate.placements) {
          known.add(`${placement.provider}/${placement.provider_file_id}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return known;
  }

  async function assertEveryCopyKnown(sandbox, known) {
    const held = [];
    for (const provider of all_providers) {
      for (const copy of await sandbox.copies(provider)) held.push(`${provider}/${copy.id}`);
    }
    assert.deepEqual(held.sort(), [...known].sort());
  }
});

describe('an answer lost after the provider kept the file', () => {
  for (const provider of ['kimi', 'openai']) {
    test(`leaves exactly one copy at ${provider}, and it is found`, () =>
      withBoth({}, async ({ gateway, sandbox }) => {
        await sandbox.setFaults(upload_fault(provider, { kind: 'lost_answer' }));
        const answer = await gateway.put('a.txt', uniqueText(), { query: purposeFor(provider) });
        assert.equal(answer.status, 200, answer.text);
        const copies = await sandbox.copies(provider);
        assert.equal(copies.length, 1);
        assert.equal(answer.json.filegate.placements[0].provider_file_id, copies[0].id);
      }));

    test(`leaves one copy at ${provider} for each of several files of one name and size`, () =>
      withBoth({}, async ({ gateway, sandbox }) => {
        await sandbox.setFaults(upload_fault(provider, { kind: 'lost_answer', rate: 0.5 }));
        const known = [];
        for (let i = 0; i < 6; i++) {
          const answer = await gateway.put('same.txt', uniqueText(500),
            { query: purposeFor(provider) });
          assert.equal(answer.status, 200, answer.text);
          known.push(answer.json.filegate.placements[0].provider_file_id);
        }
        assert.equal(new Set(known).size, 6, 'no file was given another one\'s copy');
        const held = (await sandbox.copies(provider)).map((copy) => copy.id);
        assert.deepEqual(held.sort(), known.sort());
      }));
  }

  test('where nobody can look (glm) gives an honest answer', () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      await sandbox.setFaults(upload_fault('glm', { kind: 'lost_answer' }));
      const answer = await gateway.put('a.txt', uniqueText(), { query: purposeFor('glm') });
      if (answer.status !== 200) assertHonest(answer);
      await gateway.assertNothingHalfDone();
    }));

  test('while the list is down too is not answered by sending the file again blindly', () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      await sandbox.setFaults([...upload_fault('kimi', { kind: 'lost_answer' }),
        { provider: 'kimi', route: 'list', kind: 'status', status: 503 }]);
      const refused = await gateway.put('a.txt', uniqueText(), { query: purposeFor('kimi') });
      const id = assertHonest(refused);
      assert.equal(await sandbox.uploads('kimi'), 1);
      assert.equal((await sandbox.copies('kimi')).length, 1);
      await sandbox.clearFaults();
      const answer = await gateway.request('POST', `/v1/files/${id}/deliver`);
      assert.equal(answer.status, 200, answer.text);
      const held = (await sandbox.copies('kimi')).map((copy) => copy.id);
      assert.ok(held.includes(answer.json.filegate.placements[0].provider_file_id));
    }));
});

describe('a slow provider', () => {
  test('is waited for', () => withBoth({}, async ({ gateway, sandbox }) => {
    await sandbox.setFaults(upload_fault('kimi', { kind: 'latency', ms: 700 }));
    const start = performance.now();
    const answer = await gateway.put('a.txt', uniqueText());
    assert.equal(answer.status, 200, answer.text);
    assert.ok(performance.now() - start >= 690, 'the fault was there');
    assert.equal(answer.json.filegate.placements[0].provider, 'kimi');
  }));

  test('holds up nobody else', () => withBoth({}, async ({ gateway, sandbox }) => {
    await sandbox.setFaults(upload_fault('kimi', { kind: 'latency', ms: 3000 }));
    const slow = gateway.put('slow.txt', uniqueText());
    const start = performance.now();
    const kept = await gateway.put('quick.txt', uniqueText(), { query: { deliver: 'none' } });
    assert.equal(kept.status, 200, kept.text);
    assert.equal((await gateway.request('GET', '/healthz')).status, 200);
    assert.ok(performance.now() - start < 2500, 'others are served meanwhile');
    assert.equal((await slow).status, 200);
  }));

  test('with deliver=later is not waited for, and gets the file all the same', () =>
    withBoth({}, async ({ gateway, sandbox }) => {
      await sandbox.setFaults(upload_fault('kimi', { kind: 'latency', ms: 1000 }));
      const answer = await gateway.put('a.txt', uniqueText(), { query: { deliver: 'later' } });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.status, 'uploaded');
      await eventually(async () => {
        const file = await gateway.request('GET', `/v1/files/${answer.json.id}`);
        assert.equal(file.json.status, 'processed');
      });
      assert.equal((await sandbox.copies('kimi')).length, 1);
    }));
});

test('faults given as flags are there from the start', () =>
  withBoth({ sandbox: { faults: ['kimi:upload:status=503:rate=1'] } }, async ({ gateway }) => {
    const answer = await gateway.put('a.txt', uniqueText());
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.filegate.placements[0].provider, 'glm');
  }));

test('a provider that believes in the original purposes is served all the same', () =>
  withBoth({ sandbox: { args: ['--purposes', 'original'] } }, async ({ gateway, sandbox }) => {
    for (const provider of all_providers) {
      for (let i = 0; i < 2; i++) {
        const answer = await gateway.put(`${i}.txt`, uniqueText(), { query: purposeFor(provider) });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.filegate.placements[0].provider, provider);
      }
      assert.equal((await sandbox.copies(provider)).length, 2);
    }
  }));
