// @ts-check
/** What medds needs of memory where there is very much of something. */
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { node, program, quoted } from '../contest.js';
import { slowHost } from '../hosts.js';
import { fetched, fetching, isolated } from './medds.js';

/** @typedef {import('../contest.js').Contest} Contest @typedef {import('../stage.js').Stage} Stage */

const GB = 1_000_000_000;
const MOST = 200_000_000;
const FILES = 1_000_000;

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function manyFilesPlanned(stage) {
  const range = `{000000..${String(FILES - 1).padStart(6, '0')}}`;
  const file = { url: `http://127.0.0.1:9/${range}.dcm`, path: `${range}.dcm`, size: 500_000 };
  const { command, env = {} } = fetching(stage.scratch, 'million', [file]);
  return {
    title: 'A plan of a million files',
    work: `fetch --dry-run of ${FILES} files`,
    once: true,
    mostMemory: MOST,
    cause:
      'every planned file is an object in memory, with its path, address and key, about 0.7 kB; the plan is not streamed.',
    medds: { name: 'medds fetch --dry-run', command: `${command} --dry-run`, env },
    peers: [],
    verify: async () => {},
  };
}

/**
 * 100 GB that need not be moved: all but the end is a hole in a sparse file that a journal vouches for, as after an interruption. The
 * rest is fetched, and all of it hashed.
 * @param {Stage} stage
 * @returns {Promise<Contest>}
 */
export async function hugeFile(stage) {
  const size = 100 * GB;
  const name = 'huge.bin';
  const held = path.join(stage.shelf, name);
  writeFileSync(held, '');
  truncateSync(held, size);
  const { origin } = stage.closing(await slowHost(stage.shelf, {}));
  const { env = {} } = fetching(stage.scratch, 'huge', [{ url: `${origin}/${name}`, path: name, size }]);
  const prepare = path.join(import.meta.dirname, '..', 'huge-part.js');
  return {
    title: 'A file of 100 GB',
    work: 'the last GB of a sparse file fetched, all of it hashed',
    once: true,
    mostMemory: MOST,
    medds: {
      name: 'medds fetch',
      command: `NODE_OPTIONS= ${node} ${quoted(prepare)} library huge ${name} ${size} ${size - GB}; ${node} ${program} fetch huge --quiet`,
      env: { ...isolated(), ...env },
    },
    peers: [],
    verify: async (folder) => {
      if (statSync(path.join(fetched(folder, 'huge'), name)).size !== size) throw new Error('it is not whole');
    },
  };
}
