// Certificates made on the spot by the openssl command, and requests over TLS that trust them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';

// Signed by itself, for 127.0.0.1 and localhost. `name` tells one from another.
export function makeCertificate(folder, name) {
  const certificate = path.join(folder, `${name}.pem`);
  const key = path.join(folder, `${name}.key`);
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec',
    '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate]);
  assert.equal(made.status, 0, String(made.stderr));
  return { certificate, key, flags: [
    '--set', `server.tls_certificate_file=${certificate}`, '--set', `server.tls_key_file=${key}`] };
}

// The same key with a certificate of long ago, which only openssl's little authority makes.
export function letEnd({ certificate, key, flags }) {
  const folder = path.dirname(certificate);
  const file = (name, text) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const settings = file('ca.conf', [
    '[ca]', 'default_ca = one', '[one]', `database = ${file('ca.index', '')}`,
    `serial = ${file('ca.serial', '01')}`, `new_certs_dir = ${folder}`, 'default_md = sha256',
    'policy = names', '[names]', 'commonName = supplied', ''].join('\n'));
  const request = path.join(folder, 'ca.request');
  for (const args of [
    ['req', '-new', '-key', key, '-subj', '/CN=over', '-out', request],
    ['ca', '-batch', '-selfsign', '-notext', '-config', settings, '-keyfile', key, '-in', request,
      '-startdate', '20200101000000Z', '-enddate', '20200201000000Z', '-out', certificate]]) {
    const made = spawnSync('openssl', args);
    assert.equal(made.status, 0, String(made.stderr));
  }
  return { certificate, key, flags };
}

// The name on the certificate that is shown, whoever vouches for it; the agreed version.
export function handshake(url, options = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: hostname, port: Number(port), rejectUnauthorized: false, ...options,
    }, () => {
      const shown = { name: socket.getPeerCertificate().subject.CN,
        version: socket.getProtocol(), alpn: socket.alpnProtocol };
      socket.destroy();
      resolve(shown);
    });
    socket.once('error', reject);
  });
}

// `body` is a Buffer or an async iterable. The answer's body is only hashed.
export function request(url, method, target, { ca, headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = https.request(new URL(target, url), {
      method, headers, ca: ca && readFileSync(ca), agent: false,
    }, (answer) => {
      const digest = createHash('sha256');
      const pieces = [];
      let bytes = 0;
      answer.on('data', (piece) => {
        digest.update(piece);
        bytes += piece.length;
        if (bytes < 1 << 20) pieces.push(piece);
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({
        status: answer.statusCode, headers: answer.headers, bytes, sha256: digest.digest('hex'),
        text: Buffer.concat(pieces).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
