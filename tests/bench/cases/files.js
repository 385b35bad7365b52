// @ts-check
/** Downloads: one large file, unthrottled and at a host with limits, and many small ones. */
import { existsSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../support/tree.js';
import { quoted } from '../contest.js';
import { noiseFile, smallFiles } from '../corpus.js';
import { fastHost, slowHost } from '../hosts.js';
import { checked, fetched, fetching } from './medds.js';

/** @typedef {import('../contest.js').Contest} Contest @typedef {import('../stage.js').Stage} Stage */

const MB = 1_000_000;

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function largeFile(stage) {
  const held = await noiseFile(stage.shelf, 'large.bin', stage.size * MB);
  const { origin } = await fastHost(stage);
  return {
    title: 'One large file',
    work: `${stage.size} MB from loopback, SHA-256 checked`,
    targets: { best: 0.8 },
    cause:
      'each run starts Node and its modules (about 0.4 s) and ends with a flush to the disk, which the peers leave to the system. In a profile of the rest, the busiest thread spends most on the CRC-32 of each block, which the journal needs to tell after a kill what is on disk, then on taking bytes from sockets; SHA-256 runs beside it. Of two cores the host and the kernel take their part.',
    ...downloads(stage, held, `${origin}/${held.name}`),
  };
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function limitedHost(stage) {
  const held = await noiseFile(stage.shelf, 'limited.bin', stage.size * MB);
  const { origin } = await limited(stage);
  const contest = downloads(stage, held, `${origin}/${held.name}`);
  // As long as the connections take at their rate and not a moment longer.
  const ideal = stage.size / (CONNECTIONS * RATE) / 0.95;
  return {
    title: 'A host with limits',
    work: `${stage.size} MB over ${CONNECTIONS} connections of ${RATE} MB/s each, with 50 ms before each answer, SHA-256 checked`,
    ...contest,
    targets: { 'the host, at 0.95 of its rate': 1 },
    cause:
      'the target includes starting Node (about 0.4 s) and placing the dataset (about 0.1 s), which weigh less the longer a download lasts; between first and last byte it is the 50 ms before each of the few answers.',
    medds: { ...contest.medds, env: { ...contest.medds.env, MEDDS_CONNECTIONS: String(CONNECTIONS) } },
    peers: [
      ...contest.peers.filter(({ name }) => !name.includes('-x16')),
      { name: 'the host, at 0.95 of its rate', command: `sleep ${ideal.toFixed(3)}` },
    ],
  };
}

/** MB/s a connection, and connections, at a host with limits. */
export const RATE = 30;
export const CONNECTIONS = 4;

/** A host that gives each connection so much, after a delay; one for all cases, with the files that are there by then. @param {Stage} stage */
export const limited = async (stage) =>
  stage.closing(await slowHost(stage.shelf, { latency: 50, bytesPerSecond: RATE * MB }));

/** Two hosts with the same file. @param {Stage} stage @returns {Promise<Contest>} */
export async function mirrors(stage) {
  const held = await noiseFile(stage.shelf, 'mirrored.bin', stage.size * MB);
  const hosts = [await limited(stage), await limited(stage)];
  const [url = '', mirror = ''] = hosts.map(({ origin }) => `${origin}/${held.name}`);
  const { name, size, sha256 } = held;
  const env = { MEDDS_CONNECTIONS: '2' };
  const facts = { url, path: name, size, checksum: `sha256:${sha256}` };
  const [alone, both] = [
    fetching(stage.scratch, 'alone', [facts]),
    fetching(stage.scratch, 'both', [{ ...facts, mirrors: [mirror] }]),
  ];
  return {
    title: 'Two mirrors',
    work: `${stage.size} MB from two hosts, each with two connections of ${RATE} MB/s`,
    targets: { 'medds, one host': 0.6 },
    medds: { ...both, name: 'medds, both hosts', env: { ...both.env, ...env } },
    peers: [
      { ...alone, name: 'medds, one host', env: { ...alone.env, ...env } },
      {
        name: 'aria2c, both hosts, sha256sum',
        needs: ['aria2c', 'sha256sum'],
        command: `aria2c -q -x2 -s4 -k1M --file-allocation=none -o ${name} ${url} ${mirror} && ${checked(held)}`,
      },
    ],
    verify: async (folder) => {
      const file = ['both', 'alone'].map((id) => path.join(fetched(folder, id), name)).find(existsSync);
      if ((await sha256Of(file ?? path.join(folder, name))) !== sha256) throw new Error('not what the hosts have');
    },
  };
}

/**
 * @param {Stage} stage
 * @param {import('../corpus.js').Held} held
 * @param {string} url
 * @returns {Pick<Contest, 'medds' | 'peers' | 'verify'>}
 */
function downloads({ scratch }, held, url) {
  const { name, size, sha256 } = held;
  const id = path.parse(name).name;
  const check = checked(held);
  const aria2c = (/** @type {number} */ connections) => ({
    name: `aria2c -x${connections}, sha256sum`,
    needs: ['aria2c', 'sha256sum'],
    command: `aria2c -q -x${connections} -s${connections} -k1M --file-allocation=none -o ${name} ${url} && ${check}`,
  });
  return {
    medds: fetching(scratch, id, [{ url, path: name, size, checksum: `sha256:${sha256}` }]),
    peers: [
      { name: 'curl, sha256sum', needs: ['curl', 'sha256sum'], command: `curl -sSfO ${url} && ${check}` },
      {
        name: 'curl | tee | sha256sum',
        needs: ['curl', 'sha256sum'],
        command: `curl -sSf ${url} | tee ${name} | sha256sum | grep -q ${sha256}`,
      },
      { name: 'wget, sha256sum', needs: ['wget', 'sha256sum'], command: `wget -q ${url} && ${check}` },
      aria2c(4),
      aria2c(16),
    ],
    async verify(folder) {
      if ((await readdir(folder)).length === 0) return; // A measure has done nothing.
      const ours = path.join(fetched(folder, id), name);
      const file = existsSync(ours) ? ours : path.join(folder, name);
      if ((await sha256Of(file)) !== sha256) throw new Error(`${file} is not what the host has`);
    },
  };
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function manySmallFiles(stage) {
  const [count, size] = [stage.files, 64 * 1024];
  const names = await smallFiles(stage.shelf, count, size);
  const { origin } = await fastHost(stage);
  const range = `{0000..${String(count - 1).padStart(4, '0')}}`;
  const list = path.join(stage.scratch, 'urls');
  const config = path.join(stage.scratch, 'curl-config');
  writeFileSync(list, names.map((name) => `${origin}/${name}\n`).join(''));
  writeFileSync(config, names.map((name) => `url = "${origin}/${name}"\nremote-name\n`).join(''));
  return {
    title: 'Many small files',
    work: `${count} files of 64 KiB from loopback`,
    targets: { 'curl -Z': 1.2 },
    cause:
      'the HTTP client of Node alone takes about 1.4 s of CPU for so many requests. The rest is spent on a SHA-256 and a record for every file, and on creating the files, where the file system varies much from run to run.',
    medds: fetching(stage.scratch, 'small', [{ url: `${origin}/small/${range}.bin`, path: `${range}.bin`, size }]),
    peers: [
      {
        name: 'curl -Z',
        needs: ['curl'],
        command: `curl -sSf -Z --parallel-max 16 --config ${quoted(config)}`,
      },
      {
        name: 'aria2c -j16',
        needs: ['aria2c'],
        command: `aria2c -q -j16 --file-allocation=none -i ${quoted(list)}`,
      },
      { name: 'wget', needs: ['wget'], command: `wget -q -i ${quoted(list)}` },
      {
        name: 'rclone copy',
        needs: ['rclone', 'nginx'],
        command: `rclone copy --config '' --transfers 16 --checkers 16 ':http,url="${origin}/small/":' .`,
      },
    ],
    async verify(folder) {
      const ours = fetched(folder, 'small');
      const place = existsSync(ours) ? ours : folder;
      const found = (await readdir(place)).filter((name) => name.endsWith('.bin'));
      const sizes = await Promise.all(found.map(async (name) => (await stat(path.join(place, name))).size));
      if (found.length !== count || sizes.some((one) => one !== size)) throw new Error(`${place} is not complete`);
    },
  };
}
