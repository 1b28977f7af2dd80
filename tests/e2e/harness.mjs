// Starts the real binary (sandbox and gateway) on free loopback ports in a scratch folder, waits
// for its "listening on" line, stops it by pid and looks at what it left behind. Everything a
// process printed is shown when the test that used it fails.
//
//   FILEGATE_BIN      the binary under test; default build/release/filegate
//   FILEGATE_FLAVOUR  release (default), asan or tsan: sanitizers get smaller sizes, more time
//   FILEGATE_SLOW     1: the long versions
//   FILEGATE_SEED     a number: repeats a run's random choices

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(
  process.env.FILEGATE_BIN ?? path.join(root, 'build/release/filegate'));
export const flavour = process.env.FILEGATE_FLAVOUR ?? 'release';
export const isSanitized = flavour !== 'release';
export const isSlow = process.env.FILEGATE_SLOW === '1';
export const seed = Number(process.env.FILEGATE_SEED ?? randomInt(2 ** 31));

// Sanitizers make everything slower, and both cores may be busy.
const ready_ms_max = isSanitized ? 60_000 : 20_000;
const stop_ms_max = isSanitized ? 60_000 : 30_000;
const request_ms_max = 120_000;
const log_bytes_max = 256 * 1024;

// The command line's exit codes, as docs/errors.md has them.
export const exit_code = { usage: 2, validation: 10, provider: 30, storage: 50, system: 90 };

export const all_providers = ['kimi', 'glm', 'openai'];

// ---- bytes -------------------------------------------------------------------------------------

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

// A small, fast generator (mulberry32), so that a printed seed repeats a run.
export function random(from) {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

let texts = 0;
// Text that no other call of this process returns: files of different tests never deduplicate.
export function uniqueText(bytes = 64) {
  const start = `${process.pid}-${Date.now()}-${texts++} `;
  return Buffer.from(start.padEnd(bytes, 'lorem ipsum dolor sit amet\n'));
}

// ---- one process -------------------------------------------------------------------------------

const sanitizer_environment = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=0:exitcode=99:second_deadlock_stack=1',
};

// Nothing of the outside environment gets in: a real key of the person who runs the tests least of
// all.
function cleanEnvironment(extra) {
  return {
    PATH: process.env.PATH,
    HOME: os.tmpdir(),
    TMPDIR: os.tmpdir(),
    LANG: 'C.UTF-8',
    NO_PROXY: '*',
    no_proxy: '*',
    ...sanitizer_environment,
    ASAN_SYMBOLIZER_PATH: process.env.ASAN_SYMBOLIZER_PATH,
    TSAN_SYMBOLIZER_PATH: process.env.TSAN_SYMBOLIZER_PATH,
    ...extra,
  };
}

export class Process {
  constructor(args, { env = {}, program = binary, cwd } = {}) {
    this.title = args[0];
    this.child = spawn(program, args, {
      env: cleanEnvironment(env), cwd, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.stdout = '';
    this.stderr = '';
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.exited.then((exit) => { this.exit = exit; });
    this.child.stdout.on('data', (text) => { this.stdout = tail(this.stdout + text); });
    this.child.stderr.on('data', (text) => { this.stderr = tail(this.stderr + text); });
  }

  get pid() { return this.child.pid; }

  // The address it says it listens on; throws with its output when it ends or says nothing.
  async ready() {
    const until = Date.now() + ready_ms_max;
    while (Date.now() < until) {
      const line = /listening on (https?:\/\/\S+)/.exec(this.stdout);
      if (line) {
        this.url = line[1];
        return this;
      }
      if (this.exit) break;
      await Promise.race([delay(10), this.exited]);
    }
    const why = this.exit ? `ended with ${JSON.stringify(this.exit)}` : 'did not get ready';
    if (!this.exit) await this.kill();
    throw new Error(`filegate ${this.title} ${why}\n${this.output()}`);
  }

  signal(name) { this.child.kill(name); }

  async waitForExit(ms = stop_ms_max) {
    const exit = await Promise.race([this.exited, delay(ms, undefined, { ref: false })]);
    if (exit) return exit;
    await this.kill();
    throw new Error(`filegate ${this.title} did not end within ${ms} ms\n${this.output()}`);
  }

  // SIGTERM must always end it cleanly, whatever the test did to it; a sanitizer's finding shows in
  // the exit code.
  async stop() {
    if (!this.exit) this.signal('SIGTERM');
    const exit = await this.waitForExit();
    if (this.isKilled) return;
    const expected = { code: 0, signal: null };
    if (exit.code !== 0 || /Sanitizer|runtime error:/.test(this.stderr)) {
      assert.deepEqual(exit, expected, `filegate ${this.title} ended badly\n${this.output()}`);
      assert.fail(`a sanitizer found something in filegate ${this.title}\n${this.output()}`);
    }
  }

  async kill() {
    this.isKilled = true;
    if (!this.exit) this.signal('SIGKILL');
    await this.exited;
  }

  output() {
    return `--- stdout of filegate ${this.title} (pid ${this.pid})\n${this.stdout}` +
      `--- stderr\n${this.stderr}---`;
  }

  // In bytes, from /proc: VmRSS (now) or VmHWM (the most so far).
  memory(field = 'VmHWM') {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  }
}

function tail(text) {
  return text.length > 2 * log_bytes_max ? text.slice(-log_bytes_max) : text;
}

// ---- sandbox and gateway -----------------------------------------------------------------------

export class Sandbox extends Process {
  static start({ args = [], faults = [], listen = '127.0.0.1:0' } = {}) {
    const flags = faults.flatMap((fault) => ['--fault', fault]);
    return new Sandbox(['sandbox', '--listen', listen, '--seed', '1', ...flags, ...args]).ready();
  }

  // Where the sandbox serves a provider is the contract's to say.
  baseUrl(provider) {
    const contract = readFileSync(path.join(root, 'contracts', `${provider}.toml`), 'utf8');
    return this.url + /^sandbox_path\s*=\s*"([^"]+)"/m.exec(contract)[1];
  }

  async state() {
    const answer = await request(this.url, 'GET', '/_sandbox/state');
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  // The copies a provider holds: what an upload to it left there.
  async copies(provider) {
    return (await this.state()).providers[provider].files;
  }

  // How often it was asked to take a file.
  async uploads(provider) {
    return (await this.state()).providers[provider].requests.upload;
  }

  async setFaults(faults) {
    const answer = await request(this.url, 'POST', '/_sandbox/faults', {
      headers: { 'content-type': 'application/json' }, body: JSON.stringify(faults) });
    assert.ok(answer.status < 300, answer.text);
  }

  async clearFaults() {
    const answer = await request(this.url, 'DELETE', '/_sandbox/faults');
    assert.ok(answer.status < 300, answer.text);
  }
}

export class Gateway extends Process {
  static start(options) { return Gateway.prepare(options).ready(); }

  // Not yet ready: for starts that are expected to fail.
  static prepare({
    data, sandbox, providers = all_providers, preferred, maxFileMb, env = {}, args = [], program,
    listen = '127.0.0.1:0',
  }) {
    const settings = { ...env };
    for (const provider of sandbox ? providers : []) {
      settings[`${provider.toUpperCase()}_API_KEY`] = `${provider}-key.sandbox-secret`;
      settings[`${provider.toUpperCase()}_BASE_URL`] ??= sandbox.baseUrl(provider);
    }
    if (preferred) settings.PREFERRED_PROVIDER = preferred;
    if (maxFileMb) settings.MAX_FILE_SIZE_MB = String(maxFileMb);
    const gateway = new Gateway(['serve', '--listen', listen, '--data', data, ...args],
      { env: settings, program });
    gateway.data = data;
    return gateway;
  }

  request(method, target, options) { return request(this.url, method, target, options); }

  // A raw upload; `query` holds purpose, provider, deliver and so on.
  put(name, body, { query = {}, headers = {} } = {}) {
    const parameters = new URLSearchParams({ filename: name, ...query });
    return this.request('PUT', `/v1/files?${parameters}`, { headers, body });
  }

  // A form upload, the way a browser's FormData writes it.
  post(name, bytes, fields = {}) {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    form.append('file', new Blob([bytes]), name);
    return this.request('POST', '/v1/files', { body: form });
  }

  async list(query = '') {
    const answer = await this.request('GET', `/v1/files${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.data;
  }

  async content(id) {
    const answer = await this.request('GET', `/v1/files/${id}/content`);
    assert.equal(answer.status, 200, answer.text);
    return answer.bytes;
  }

  stagedFiles() {
    const folders = foldersNamed(this.data, 'staging');
    assert.equal(folders.length, 1, `one staging folder below the data folder, not ${folders}`);
    return filesBelow(folders[0]);
  }

  blobFiles() {
    const folders = foldersNamed(this.data, 'blobs');
    assert.equal(folders.length, 1, `one blob folder below the data folder, not ${folders}`);
    return filesBelow(folders[0]);
  }

  // Unlinking happens behind the answer, so staging gets a moment to empty.
  async assertNothingStaged() {
    await eventually(() => assert.deepEqual(this.stagedFiles(), [], 'staging is empty'));
  }

  // What every test ends with: no staged bytes, and every listed file whole.
  async assertNothingHalfDone({ ids } = {}) {
    await this.assertNothingStaged();
    const files = await this.list('?limit=10000');
    for (const file of files) {
      const content = await this.content(file.id);
      assert.equal(content.length, file.bytes, `${file.id} has the bytes it says`);
      assert.equal(sha256(content), file.filegate.sha256, `${file.id} is whole`);
    }
    const digests = new Set(files.map((file) => file.filegate.sha256));
    await eventually(() =>
      assert.equal(this.blobFiles().length, digests.size, 'a blob for every file, no other'));
    if (ids) assert.deepEqual(files.map((file) => file.id).sort(), [...ids].sort());
    return files;
  }
}

// ---- scenarios ---------------------------------------------------------------------------------

export function scratch() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'filegate-e2e-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

// Runs `story` with a sandbox and a gateway of its own, stops both and removes their folder. When
// anything fails, what the two printed is shown.
export async function withBoth(options, story) {
  const place = scratch();
  const running = [];
  try {
    const sandbox = await Sandbox.start(options.sandbox);
    running.unshift(sandbox);
    const gateway = await Gateway.start(
      { data: path.join(place.folder, 'data'), sandbox, ...options.gateway });
    running.unshift(gateway);
    const world = { sandbox, gateway, folder: place.folder, running };
    await story(world);
    for (const process of running) await process.stop();
  } catch (error) {
    for (const process of running) console.error(process.output());
    throw error;
  } finally {
    for (const process of running) await process.kill();
    place.remove();
  }
}

// For gateways that are started by hand; the same care for what is left running.
export async function withScratch(story) {
  const place = scratch();
  const running = [];
  try {
    await story({ folder: place.folder, data: path.join(place.folder, 'data'), running });
    for (const process of [...running].reverse()) await process.stop();
  } catch (error) {
    for (const process of running) console.error(process.output());
    throw error;
  } finally {
    for (const process of running) await process.kill();
    place.remove();
  }
}

export async function eventually(check, ms = isSanitized ? 20_000 : 10_000) {
  const until = Date.now() + ms;
  while (true) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= until) throw error;
      await delay(20);
    }
  }
}

// ---- requests ----------------------------------------------------------------------------------

export async function request(url, method, target, { headers = {}, body } = {}) {
  const options = { method, headers, body, signal: AbortSignal.timeout(request_ms_max) };
  if (body?.getReader || body?.[Symbol.asyncIterator]) options.duplex = 'half';
  const answer = await fetch(new URL(target, url), options);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = bytes.toString();
  const is_json = /^application\/json(;|$)/.test(answer.headers.get('content-type'));
  return {
    status: answer.status, headers: answer.headers, bytes, text,
    json: is_json && text ? JSON.parse(text) : undefined,
  };
}

// The error's number, from OpenAI's error object as Filegate extends it.
export function errorCode(answer) {
  return answer.json?.error?.filegate?.error_code;
}

export function assertRefused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(errorCode(answer), String(code), answer.text);
  const { message, type, filegate } = answer.json.error;
  assert.ok(message.length > 10, 'the message says something');
  assert.equal(typeof type, 'string');
  assert.ok(filegate.request_id, 'the error names its request');
  assert.ok(filegate.error_name, 'the error has a name');
}

// Runs a program to its end; never throws for its exit code.
export function run(command, args, { env = {}, input, cwd, ms = request_ms_max } = {}) {
  return new Promise((resolve) => {
    const child = execFile(command, args, {
      env: cleanEnvironment(env), cwd, timeout: ms, encoding: 'buffer', maxBuffer: 1 << 30,
    }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, stdout: stdout.toString(), bytes: stdout, stderr: stderr.toString() });
    });
    child.stdin.on('error', () => {});  // it may end without having read its input
    child.stdin.end(input);
  });
}

export function filegate(args, options) { return run(binary, args, options); }

// ---- folders -----------------------------------------------------------------------------------

export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
}

function foldersNamed(folder, name) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === name)
    .map((entry) => path.join(entry.parentPath, entry.name));
}

