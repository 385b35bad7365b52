// @ts-check
/** Hosts that serve a folder from a process of their own: nginx where it is installed, so that the host is never what is measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './peers.js';

/**
 * @typedef {object} Host
 * @property {string} origin
 * @property {() => Promise<void>} stop
 */

/**
 * Serves the stage's shelf, as fast as it can be; one for all cases.
 * @param {import('./stage.js').Stage} stage
 * @returns {Promise<Host>}
 */
export function fastHost(stage) {
  const { shelf, scratch } = stage;
  return stage.once('fast host', async () =>
    stage.closing(await (isInstalled('nginx') ? startNginx(shelf, scratch) : slowHost(shelf, {}))),
  );
}

/**
 * @param {string} folder   what is served
 * @param {string} scratch  for the host's own files
 * @returns {Promise<Host>}
 */
async function startNginx(folder, scratch) {
  const port = await freePort();
  const state = path.join(scratch, 'nginx');
  mkdirSync(state, { recursive: true });
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off; worker_processes auto; pid ${state}/pid; error_log ${state}/error.log;
    events {}
    http {
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
      ${kinds.map((kind) => `${kind}_temp_path ${state}/${kind};`).join(' ')}
      server { listen 127.0.0.1:${port}; root ${folder}; autoindex on; }
    }`;
  writeFileSync(path.join(state, 'nginx.conf'), configuration);
  const child = spawn('nginx', ['-c', path.join(state, 'nginx.conf'), '-e', path.join(state, 'error.log')], {
    stdio: 'ignore',
  });
  const origin = `http://127.0.0.1:${port}`;
  await answering(origin, child);
  return { origin, stop: () => stopped(child) };
}

/**
 * A host of ours, with a rate for each connection and a delay before every answer. It has the files that are there when it starts.
 * @param {string} folder
 * @param {import('../hosts/file-host.js').HostOptions} pace
 * @returns {Promise<Host>}
 */
export async function slowHost(folder, pace) {
  const script = fileURLToPath(new URL('./serve-folder.js', import.meta.url));
  const child = spawn(process.execPath, [script, folder, JSON.stringify(pace)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [origin] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { origin: origin.trim(), stop: () => stopped(child) };
}

/** @param {import('node:child_process').ChildProcess} child */
async function stopped(child) {
  const end = once(child, 'exit');
  if (child.exitCode === null) child.kill('SIGTERM');
  else return;
  await end;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * @param {string} origin
 * @param {import('node:child_process').ChildProcess} child
 */
async function answering(origin, child) {
  for (;;) {
    const answer = await fetch(origin).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined) return;
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
