// Starts the binary that has kill_at.c in it, which ends it with SIGKILL at one of the calls that
// make something persistent, and reads which calls there are.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { Gateway, binary } from '../e2e/harness.mjs';
import { recovery_settings } from './invariants.mjs';

const killed = `${binary}_kill_at`;  // built beside it, for these tests

// The accounts that a crash test uses. glm is the one whose provider has no list.
const providers = ['kimi', 'glm', 'openai'];

// Everything one gateway may write to, each part by itself: what lands outside of `data` shows.
export class Place {
  constructor(folder) {
    this.folder = folder;
    this.data = path.join(folder, 'data');
    this.log = path.join(folder, '..', `${path.basename(folder)}.steps`);
    for (const name of ['home', 'tmp', 'work']) {
      mkdirSync(path.join(folder, name), { recursive: true });
    }
  }

  // A data folder like the one in `template`, byte for byte.
  fill(template) {
    if (template) cpSync(template, this.data, { recursive: true });
  }

  // Not yet ready. `shim` is { at, when }; `at` may be missing: then it lives.
  gateway(sandbox, shim, { below = this.folder } = {}) {
    const env = {
      HOME: path.join(this.folder, 'home'),
      TMPDIR: path.join(this.folder, 'tmp'),
      GLM_CN_API_KEY: 'glm-cn-key.sandbox-secret',
    };
    if (shim) {
      assert.ok(existsSync(killed), `${killed} is not there; build its target, too`);
      Object.assign(env, { KILL_BELOW: below, KILL_LOG: this.log });
      if (shim.at) Object.assign(env, { KILL_AT: String(shim.at), KILL_WHEN: shim.when });
    }
    const args = settings(sandbox);
    return Gateway.prepare({ data: this.data, sandbox, providers, env, args,
      program: shim ? killed : binary });
  }

  steps() {
    return existsSync(this.log) ? readSteps(readFileSync(this.log, 'utf8')) : [];
  }

  assertNothingElsewhere() {
    for (const name of ['home', 'tmp', 'work']) {
      assert.deepEqual(readdirSync(path.join(this.folder, name)), [], `nothing is left in ${name}`);
    }
    const names = readdirSync(this.folder).filter((name) => name !== 'data').sort();
    assert.deepEqual(names, ['home', 'tmp', 'work'], 'nothing is left beside the data folder');
  }
}

// Short waits, so that thousands of runs fit into minutes.
function settings(sandbox) {
  const values = [
    'delivery.delay_base=5ms',
    'delivery.delay_max=50ms',
    `accounts.glm-cn.base_url=${sandbox.baseUrl('glm-cn')}`,
  ];
  return [...values.flatMap((value) => ['--set', value]), ...recovery_settings];
}

function readSteps(text) {
  return text.split('\n').filter(Boolean).map((line) => {
    const [number, call, ...name] = line.split(' ');
    return { number: Number(number), call, path: name.join(' ') };
  });
}

export function describeStep(step) {
  return `step ${step.number} (${step.call} ${step.path})`;
}
