// kill -9 before and after every call that makes something persistent, each story of stories.mjs
// told again for every such step; then a restart on what was left, without the shim, where all that
// invariants.mjs names must hold. FILEGATE_SLOW=1: every step; otherwise some of each story, others
// every time.

import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Sandbox, isSlow, random, scratch, seed, uniqueText } from '../e2e/harness.mjs';
import {
  Ledger, assertCopiesWrittenDown, assertSettles, openDatabase, verify,
} from './invariants.mjs';
import { Place, describeStep } from './kill_at.mjs';
import { Client, Killed, readyUnlessKilled, stories } from './stories.mjs';

const kills_per_story = 5;
const kills_min = isSlow ? 200 : 50;
const runs_at_once = 3;
// Of SqliteCatalogOptions: the commit that passes it moves the log into the catalog.
const log_pages_max = 4000;
const log_pages_left = 8;
const log_frame_bytes = 24 + 4096;
const kept = { query: { deliver: 'none' } };

const next = random(seed);
const place = scratch();
const templates = {};
const count = { kills: 0, steps: 0, missed: 0, stories: 0 };
let places = 0;

before(async () => {
  await prepareTemplates();
});
after(place.remove);

for (const [name, story] of Object.entries(stories)) {
  test(`${name} (seed ${seed})`, async (t) => {
    const steps = await listSteps(story);
    const points = isSlow ? allPoints(steps) : somePoints(steps, kills_per_story);
    const kills = count.kills;
    await inParallel(points, (point) => killAt(name, story, point));
    count.steps += steps.length;
    count.stories++;
    t.diagnostic(`${count.kills - kills} kills at ${steps.length} steps`);
  });
}

for (const [when, isMade] of [['before', false], ['after', true]]) {
  test(`a kill ${when} a call ${isMade ? 'follows' : 'prevents'} it`, () =>
    withRound(async (round) => {
      const gateway = round.start({ at: 1, when });
      assert.deepEqual(await gateway.waitForExit(), { code: null, signal: 'SIGKILL' });
      assert.deepEqual(round.place.steps(), [{ number: 1, call: 'mkdir', path: 'data' }]);
      assert.equal(existsSync(round.place.data), isMade);
    }));
}

test('nothing but the data folder is ever written to', () => withRound(async (round) => {
  round.place.fill(templates.files.folder);
  const gateway = round.start({}, { below: '/' });
  await gateway.ready();
  const client = new Client(gateway, round);
  const id = await client.upload('a.txt', uniqueText(1 << 20));
  await client.upload('b.txt', uniqueText(), { isForm: true });
  await client.remove(id);
  await gateway.stop();
  const inside = `${round.place.data.slice(1)}/`;
  const steps = round.place.steps();
  assert.ok(steps.some((step) => step.path.startsWith(inside)), 'the shim sees absolute paths');
  const outside = steps.filter(
    (step) => !`${step.path}/`.startsWith(inside) && !step.path.startsWith('dev/'));
  assert.deepEqual(outside, []);
}));

test('the number of kills', (t) => {
  assert.equal(count.stories, Object.keys(stories).length, 'a story went wrong');
  assert.ok(count.kills >= kills_min, `${count.kills} kills, at least ${kills_min}`);
  assert.ok(count.missed <= count.kills / 10, `${count.missed} steps were not reached`);
  t.diagnostic(`${count.kills} kills at ${count.steps} steps of ${count.stories} stories, ` +
    `all invariants hold (${count.missed} steps were not reached)`);
});

// ---- one run ------------------------------------------------------------------------------------

async function listSteps(story) {
  return withRound(async (round) => {
    const { first, gateway } = await tell(story, round, {});
    assert.deepEqual(gateway.exit, { code: 0, signal: null }, gateway.output());
    round.place.assertNothingElsewhere();
    const steps = round.place.steps().slice(first);
    const lines = steps.map((step) => `${step.call} ${step.path}\n`).join('');
    for (const expected of story.steps) assert.match(lines, expected);
    return steps;
  }, story);
}

async function killAt(name, story, point) {
  await withRound(async (round) => {
    try {
      const { gateway } = await tell(story, round, point);
      if (gateway.exit.signal === 'SIGKILL') count.kills++;
      else count.missed++;
      round.place.assertNothingElsewhere();
      await round.sandbox.clearFaults();
      await assertCopiesWrittenDown(round.place.data, round.sandbox, `${round.place.folder}.copy`);
      await lookAfter(story, round, point);
    } catch (error) {
      // Threads take turns, so this time it may have been another call than when they were listed.
      const step = round.place.steps()[point.step.number - 1] ?? point.step;
      error.message = `killed ${point.when} ${describeStep(step)} of ${name}: ${error.message}`;
      throw error;
    }
  }, story);
}

// Under the shim, to the kill or to a clean end.
async function tell(story, round, point) {
  if (story.before) {
    await live(round, story.before);
    await round.sandbox.clearFaults();
  }
  const gateway = round.start({ at: point.step?.number, when: point.when });
  const client = new Client(gateway, round);
  let first = 0;
  try {
    await readyUnlessKilled(gateway);
    await story.setup?.(client);
    if (!story.isFromStart) first = round.place.steps().length;
    await story.act?.(client);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  gateway.signal('SIGTERM');
  await gateway.waitForExit();
  assert.ok(gateway.exit.code === 0 || gateway.exit.signal === 'SIGKILL', gateway.output());
  gateway.isKilled = true;
  return { first, gateway };
}

// The next gateway: everything holds at once, after the clients sent their files again, and when
// recovery is done, in either order.
async function lookAfter(story, round, point) {
  const { sandbox, ledger } = round;
  await live(round, async ({ gateway }) => {
    await verify(gateway, sandbox, ledger);
    if (point.step.number % 2 === 0) await assertSettles(gateway, sandbox, ledger);
    if (story.isSentAgain !== false) {
      for (const sent of round.sent) await ledger.upload(gateway, ...sent);
    }
    await ledger.upload(gateway, 'after.txt', uniqueText());
    await assertSettles(gateway, sandbox, ledger);
    await verify(gateway, sandbox, ledger);
  });
}

// A gateway's life without the shim; it ends with a kill at rest.
async function live(round, story) {
  const gateway = await round.start().ready();
  await story(new Client(gateway, round));
  await gateway.kill();
}

// With a folder, a sandbox and a ledger of its own; what ran is shown when something fails.
async function withRound(use, story = {}) {
  const folder = path.join(place.folder, `round-${places++}`);
  const running = [];
  const round = {
    place: new Place(folder),
    ledger: templates[story.template]?.ledger.copy() ?? new Ledger(),
    sent: [],
    start(shim, options) {
      const gateway = this.place.gateway(this.sandbox, shim, options);
      running.unshift(gateway);
      return gateway;
    },
  };
  try {
    round.place.fill(templates[story.template]?.folder);
    round.sandbox = await Sandbox.start({ faults: story.faults });
    running.push(round.sandbox);
    return await use(round);
  } catch (error) {
    for (const process of running) console.error(process.output());
    throw error;
  } finally {
    for (const process of running) await process.kill();
    for (const name of [folder, `${folder}.copy`, `${folder}.steps`]) {
      rmSync(name, { recursive: true, force: true });
    }
  }
}

// ---- which kills --------------------------------------------------------------------------------

// After a call within a stretch of equal ones is before the next; so only the last has an after.
function allPoints(steps) {
  return stretchesOf(steps).flatMap((stretch) => [
    ...stretch.map((step) => ({ step, when: 'before' })),
    { step: stretch.at(-1), when: 'after' },
  ]);
}

// Spread over the stretches, so that the many writes of one commit do not outweigh the one rename;
// within a stretch any step.
function somePoints(steps, wanted) {
  const stretches = stretchesOf(steps);
  return Array.from({ length: wanted }, (_, i) => {
    const stretch = stretches[Math.floor((i + next()) * stretches.length / wanted)];
    const step = stretch[Math.floor(next() * stretch.length)];
    return { step, when: next() < 0.5 ? 'before' : 'after' };
  });
}

function stretchesOf(steps) {
  const stretches = [];
  for (const step of steps) {
    const last = stretches.at(-1);
    if (last && last[0].call === step.call && last[0].path === step.path) last.push(step);
    else stretches.push([step]);
  }
  return stretches;
}

// Those that run when one fails come to their end; no more are begun.
async function inParallel(items, work) {
  const left = [...items];
  const failures = [];
  const worker = async () => {
    while (left.length > 0 && failures.length === 0) {
      await work(left.shift()).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: runs_at_once }, worker));
  if (failures.length > 0) throw failures[0];
}

// ---- prepared data folders ----------------------------------------------------------------------

async function prepareTemplates() {
  templates.files = await prepare('files', copyFolder);
  templates.log_full = await prepare('log-full', copyWithFullLog);
}

// What a killed gateway leaves that kept a few files.
async function prepare(name, copy) {
  return withRound(async (round) => {
    await live(round, async ({ gateway, ledger }) => {
      for (const bytes of [1, 5000, 400_000]) {
        await ledger.upload(gateway, `${bytes}.txt`, uniqueText(bytes), kept);
      }
    });
    const folder = path.join(place.folder, name);
    await copy(round.place.data, folder);
    return { folder, ledger: round.ledger };
  });
}

function copyFolder(from, to) {
  cpSync(from, to, { recursive: true });
}

// Whoever closes the catalog last empties its log, so it is copied while it is open.
async function copyWithFullLog(from, to) {
  const catalog = await openDatabase(path.join(from, 'catalog.db'));
  catalog.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF');
  const write = catalog.prepare('UPDATE write_checks SET checks = checks + 1');
  const bytes_wanted = (log_pages_max - log_pages_left) * log_frame_bytes;
  while (statSync(path.join(from, 'catalog.db-wal')).size < bytes_wanted) write.run();
  copyFolder(from, to);
  catalog.close();
}
