// HTTP/1.1 over a bare socket, for what no well-behaved client sends: bodies that stop half-way,
// are held back or are not as long as they say.

import net from 'node:net';

const wait_ms_max = 60_000;

export class RawConnection {
  static open(url) {
    const { hostname, port } = new URL(url);
    const connection = new RawConnection();
    connection.socket = net.connect(Number(port), hostname);
    connection.socket.setNoDelay(true);
    connection.received = Buffer.alloc(0);
    connection.waiters = [];
    connection.isClosed = false;
    const wake = () => connection.waiters.splice(0).forEach((waiter) => waiter());
    connection.socket.on('data', (bytes) => {
      connection.received = Buffer.concat([connection.received, bytes]);
      wake();
    });
    connection.socket.on('error', (error) => { connection.error = error; });
    connection.socket.on('close', () => { connection.isClosed = true; wake(); });
    return new Promise((resolve, reject) => {
      connection.socket.once('connect', () => resolve(connection));
      connection.socket.once('error', reject);
    });
  }

  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  // Half-closes: "I have said all".
  end() { this.socket.end(); }

  // Gone, without a goodbye.
  destroy() { this.socket.resetAndDestroy(); }

  close() { this.socket.destroy(); }

  // The next response's status, headers and body; null when the connection closed without one.
  async response({ ms = wait_ms_max } = {}) {
    return this.#waitFor(() => this.#takeResponse(), ms);
  }

  async waitForClose(ms = wait_ms_max) {
    await this.#waitFor(() => undefined, ms);
  }

  async #waitFor(attempt, ms) {
    const until = Date.now() + ms;
    while (true) {
      const result = attempt();
      if (result !== undefined) return result;
      if (this.isClosed) return null;
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no answer within ${ms} ms; so far: ${this.received}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiters.push(() => { clearTimeout(timer); resolve(); });
      });
    }
  }

  #takeResponse() {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first, ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = status === 100 ? 0 : Number(headers.get('content-length') ?? 0);
    const total = end + 4 + length;
    if (this.received.length < total) return undefined;
    const text = this.received.subarray(end + 4, total).toString();
    this.received = this.received.subarray(total);
    const is_json = headers.get('content-type')?.startsWith('application/json');
    return { status, headers, text, json: is_json && text ? JSON.parse(text) : undefined };
  }
}

// One request on one connection, sent as it is.
export async function exchange(url, bytes, { end = false, ms } = {}) {
  const connection = await RawConnection.open(url);
  try {
    await connection.write(bytes);
    if (end) connection.end();
    return await connection.response({ ms });
  } finally {
    connection.close();
  }
}

export function head(method, target, headers = {}) {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

// A form written by hand. A part is [name, value] or { name, filename, type, body }.
export function form(parts, boundary = 'hand-made-boundary') {
  const pieces = [];
  for (const part of parts) {
    const { name, filename, type, body } =
      Array.isArray(part) ? { name: part[0], body: part[1] } : part;
    const named = filename === undefined ? '' : `; filename="${filename}"`;
    const typed = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    pieces.push(Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${named}\r\n${typed}\r\n`));
    pieces.push(Buffer.from(body), Buffer.from('\r\n'));
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}

export function formRequest(body, headers = {}, boundary = 'hand-made-boundary') {
  return Buffer.concat([
    Buffer.from(head('POST', '/v1/files', {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': body.length, ...headers })),
    body]);
}
