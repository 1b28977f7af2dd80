// What a gateway does while it is killed: each story is told again for every step it takes.
//
//   faults      of its sandbox, from the start
//   template    the data folder it starts with: none, files (a few kept ones), log_full
//   before      what happened before, to a gateway that is not counted and then killed
//   setup       requests whose steps the kills leave out
//   act         the requests whose steps count; without: those of starting and stopping
//   steps       that must be among them, or the counting is broken
//   isFromStart the steps of starting count too
//   isSentAgain false: its clients do not send their files again after the crash
//
// setup and act get a Client, whose calls throw Killed once the gateway is dead.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, uniqueText } from '../e2e/harness.mjs';
import { RawConnection, head } from '../e2e/raw_http.mjs';
import { assertSettles, breakerState, has_recovery } from './invariants.mjs';

const log_write = /^pwrite data\/catalog\.db-wal$/m;
const log_flush = /^fdatasync data\/catalog\.db-wal$/m;
const blob_rename = /^rename data\/blobs\/..\/..\/\w{64}$/m;
const death_ms_max = 5000;
const breaker_failures = 5;
const hang_ms = 600_000;

export class Killed extends Error {}

export class Client {
  // `sent` gets the arguments of each upload.
  constructor(gateway, { sandbox, ledger, sent }) {
    Object.assign(this, { gateway, sandbox, ledger, sent });
  }

  async upload(...what) {
    this.sent.push(what);
    return this.#unlessKilled(() => this.ledger.upload(this.gateway, ...what));
  }

  async uploadInVain(...what) {
    this.sent.push(what);
    return this.#unlessKilled(() => this.ledger.uploadInVain(this.gateway, ...what));
  }

  async deliver(id, wish) {
    return this.#unlessKilled(() => this.ledger.deliver(this.gateway, id, wish));
  }

  async remove(id) {
    return this.#unlessKilled(() => this.ledger.remove(this.gateway, id));
  }

  async askReadiness() {
    const answer = await this.#unlessKilled(() => this.gateway.request('GET', '/readyz'));
    assert.equal(answer.status, 200, answer.text);
  }

  // Until `check` passes; what it asks the gateway may be cut off like everything else.
  async wait(check) {
    await eventually(() => this.gateway.exit ? undefined : check());
    if (this.gateway.exit) throw new Killed();
  }

  async settle() {
    await this.#unlessKilled(() => assertSettles(this.gateway, this.sandbox, this.ledger));
    if (this.gateway.exit) throw new Killed();
  }

  async #unlessKilled(call) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (!await isDead(this.gateway)) throw error;
      throw new Killed();
    }
  }
}

export async function readyUnlessKilled(gateway) {
  try {
    await gateway.ready();
  } catch (error) {
    if (gateway.exit?.signal !== 'SIGKILL') throw error;
    throw new Killed();
  }
}

// A request may fail a moment before the process is seen to be gone.
async function isDead(gateway) {
  await Promise.race([gateway.exited, delay(death_ms_max, undefined, { ref: false })]);
  return gateway.exit?.signal === 'SIGKILL';
}

const at_kimi = { query: { provider: 'kimi' } };
const kept = { query: { deliver: 'none' } };
const later = { query: { deliver: 'later' } };
const large = 3 << 20;

async function hasStatus(client, id, status) {
  const { json } = await client.gateway.request('GET', `/v1/files/${id}`);
  assert.equal(json.status, status);
}

async function hasCopies(sandbox, provider, count) {
  assert.equal((await sandbox.copies(provider)).length, count);
}

async function wasAskedToDelete(sandbox, provider, times) {
  assert.equal((await sandbox.state()).providers[provider].requests.delete, times);
}

// What a gateway can leave open: the removal of a copy, an upload and a delivery in the background
// that the provider has done without the gateway having heard so, half a body.
async function leaveMuchOpen(client) {
  const { gateway, sandbox } = client;
  const doomed = await client.upload('doomed.txt', uniqueText(), at_kimi);
  await sandbox.setFaults([
    { provider: 'kimi', route: 'delete', kind: 'latency', ms: hang_ms },
    { provider: 'kimi', route: 'upload', kind: 'latency', ms: hang_ms },
    { provider: 'openai', route: 'upload', kind: 'latency', ms: hang_ms },
  ]);
  await client.remove(doomed);
  await client.wait(() => hasCopies(sandbox, 'kimi', 0));
  client.upload('in-doubt.txt', uniqueText(), at_kimi).catch(() => {});  // the kill cuts it off
  await client.wait(() => hasCopies(sandbox, 'kimi', 1));
  await client.upload('later.txt', uniqueText(),
    { query: { provider: 'openai', deliver: 'later' } });
  await client.wait(() => hasCopies(sandbox, 'openai', 1));
  const half = await RawConnection.open(gateway.url);
  await half.write(
    head('PUT', '/v1/files?filename=half.txt', { 'Content-Length': String(large) }));
  await half.write(uniqueText(large / 2));
  await client.wait(() => assert.equal(gateway.stagedFiles().length, 1));
}

async function openBreaker(client) {
  const { gateway, ledger } = client;
  for (let failures = 0; failures < breaker_failures; failures += 3) {
    await client.uploadInVain(`failing-${failures}.txt`, uniqueText(), at_kimi);
  }
  if (!has_recovery) return;
  await client.wait(async () => assert.equal(await breakerState(gateway, 'kimi/openai'), 'open'));
  ledger.open_breakers.add('kimi/openai');
}

export const stories = {
  'a first start': {
    isFromStart: true,
    steps: [/^mkdir data$/m, /^mkdir data\/staging$/m, /^unlink data\/catalog.db-journal$/m,
      log_write, log_flush],
  },

  'a start after a crash that left much open': {
    template: 'files',
    isFromStart: true,
    before: leaveMuchOpen,
    async act(client) {
      await client.wait(() => wasAskedToDelete(client.sandbox, 'kimi', 2));
      await client.settle();
    },
    steps: [/^(unlink|remove) data\/staging\/upload-/m, log_write, log_flush],
  },

  'a small file, delivered': {
    template: 'files',
    act: (client) => client.upload('small.txt', uniqueText(3000), at_kimi),
    steps: [/^open data\/staging\/upload-/m, /^mkdir data\/blobs/m, blob_rename, log_write,
      log_flush],
  },

  'a large file in a form, kept': {
    template: 'files',
    act: (client) => client.upload('large.txt', uniqueText(large), { ...kept, isForm: true }),
    steps: [/^pwrite data\/staging\/upload-/m, blob_rename, log_write, log_flush],
  },

  'the same bytes again, under the same name and another': {
    template: 'files',
    async setup(client) {
      client.body = uniqueText(3000);
      await client.upload('first.txt', client.body, at_kimi);
    },
    async act(client) {
      await client.upload('first.txt', client.body, at_kimi);
      await client.upload('second.txt', client.body, at_kimi);
    },
    steps: [/^unlink data\/staging\/upload-/m, log_write],
  },

  'a kept file, delivered by and by to two providers': {
    template: 'files',
    async setup(client) {
      client.id = await client.upload('kept.txt', uniqueText(), kept);
    },
    async act(client) {
      await client.deliver(client.id, {});
      await client.deliver(client.id, { provider: 'openai' });
    },
    steps: [log_write, log_flush],
  },

  'a file for three providers at once': {
    template: 'files',
    act: (client) => client.upload('for-three.txt', uniqueText(),
      { query: { provider: 'kimi,openai,glm-cn' } }),
    steps: [blob_rename, log_write],
  },

  'a file for later': {
    template: 'files',
    async act(client) {
      const id = await client.upload('later.txt', uniqueText(), later);
      await client.wait(() => hasStatus(client, id, 'processed'));
    },
    steps: [blob_rename, log_write],
  },

  'two deletes, one of a file that is at a provider': {
    template: 'files',
    async setup(client) {
      client.placed = await client.upload('placed.txt', uniqueText(), at_kimi);
      client.kept = await client.upload('kept.txt', uniqueText(), kept);
    },
    async act(client) {
      await client.remove(client.placed);
      await client.remove(client.kept);
      await client.wait(() => hasCopies(client.sandbox, 'kimi', 0));
    },
    steps: [/^unlink data\/blobs\//m, log_write],
  },

  'an upload whose answer is lost after the provider kept the file': {
    template: 'files',
    faults: ['kimi:upload:lost_answer'],
    act: (client) => client.upload('lost.txt', uniqueText(3000), at_kimi),
    steps: [blob_rename, log_write],
  },

  'uploads, one of which moves the log into the catalog': {
    template: 'log_full',
    isFromStart: true,
    async act(client) {
      for (let i = 0; i < 3; i++) await client.upload(`${i}.txt`, uniqueText(), kept);
    },
    steps: [/^pwrite data\/catalog\.db\n[^]*^pwrite data\/catalog\.db-wal$/m],
  },

  'a readiness check': {
    template: 'files',
    act: (client) => client.askReadiness(),
    steps: [/^unlink data\/blobs\/probe$/m, log_write],
  },

  'a provider that fails until its breaker opens': {
    template: 'files',
    faults: ['kimi:upload:status=500'],
    isSentAgain: false,
    act: openBreaker,
    steps: [log_write, log_flush],
  },
};
