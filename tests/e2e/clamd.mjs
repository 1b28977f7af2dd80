// Debian's clamd on a Unix socket in a scratch folder, with signatures of our own: no freshclam and
// no network. Stopped by its pid.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const start_ms_max = 60_000;

// What the signature names; written in two pieces, so that no scanner finds it in this file.
export const malware = Buffer.from(['FILEGATE-TEST-', 'MALWARE-STRING-5f1c'].join(''));
export const signature = 'Filegate.Test.Malware';

export class Clamd {
  static async start(folder, { streamMax = '8M' } = {}) {
    const database = path.join(folder, 'signatures');
    mkdirSync(database, { recursive: true });
    // name:target (0: any file):offset (*: anywhere):hexadecimal bytes
    writeFileSync(path.join(database, 'own.ndb'), `${signature}:0:*:${malware.toString('hex')}\n`);
    const clamd = new Clamd();
    clamd.socket = path.join(folder, 'clamd.ctl');
    const config = path.join(folder, 'clamd.conf');
    writeFileSync(config, [`LocalSocket ${clamd.socket}`, `DatabaseDirectory ${database}`,
      `TemporaryDirectory ${folder}`, `StreamMaxLength ${streamMax}`, 'Foreground yes',
      'FixStaleSocket yes', 'SelfCheck 0', 'MaxThreads 8', ''].join('\n'));
    clamd.child = spawn('clamd', ['--config-file', config], { stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
    clamd.output = '';
    for (const stream of [clamd.child.stdout, clamd.child.stderr]) {
      stream.on('data', (text) => { clamd.output += text; });
    }
    clamd.exited = new Promise((resolve) => {
      clamd.child.once('error', (error) => { clamd.output += error; resolve(); });
      clamd.child.once('close', resolve);
    });
    let is_over = false;
    clamd.exited.then(() => { is_over = true; });
    const until = Date.now() + start_ms_max;
    while (!is_over && Date.now() < until) {
      if (existsSync(clamd.socket) && await answersPing(clamd.socket)) return clamd;
      await delay(50);
    }
    await clamd.stop();
    throw new Error(`clamd did not start: ${clamd.output}`);
  }

  async stop() {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  // It answers nothing any more, but its socket still takes connections.
  pause() { this.child.kill('SIGSTOP'); }
  resume() { this.child.kill('SIGCONT'); }
}

function answersPing(socket) {
  return new Promise((resolve) => {
    const connection = net.connect(socket);
    connection.once('error', () => resolve(false));
    connection.once('data', (text) => {
      connection.destroy();
      resolve(`${text}`.startsWith('PONG'));
    });
    connection.once('connect', () => connection.write('zPING\0'));
  });
}
