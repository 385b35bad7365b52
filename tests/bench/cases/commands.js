// @ts-check
/** Commands that only look: their time is mostly Node's own start. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { importDataset } from 'medds';
import { node, program } from '../contest.js';
import { isolated } from './medds.js';

/** @typedef {import('../contest.js').Contest} Contest @typedef {import('../stage.js').Stage} Stage */

const DATASETS = 200;

/** They take so little time that a few of them say little. */
const RUNS = 20;

/** @param {Stage} stage @returns {Promise<Contest>} */
export const list = async (stage) => startUp(stage, 'list', 2);

/** @param {Stage} stage @returns {Promise<Contest>} */
export const findPath = async (stage) => startUp(stage, 'path set-100', 1.6);

/** @param {Stage} stage @returns {Promise<Contest>} */
export const status = async (stage) => startUp(stage, 'status', 2.5);

/**
 * @param {Stage} stage
 * @param {string} command
 * @param {number} target
 * @returns {Promise<Contest>}
 */
async function startUp(stage, command, target) {
  const { env } = await stocked(stage);
  const name = `medds ${command}`;
  return {
    title: name,
    work: `${DATASETS} datasets in the library`,
    targets: { best: target },
    runs: RUNS,
    medds: { name, command: `${node} ${program} ${command}`, env },
    peers: [{ name: 'node -e 0', command: `${node} -e 0` }],
    verify: async () => {},
  };
}

/** Many files in each: a status that looked at their lists would take minutes. @param {Stage} stage @returns {Promise<Contest>} */
export async function bigStatus(stage) {
  const { home, env } = await stocked(stage);
  for (const id of readdirSync(path.join(home, 'state'))) {
    const manifest = path.join(home, 'state', id, 'manifest.json');
    const facts = JSON.parse(readFileSync(manifest, 'utf8'));
    writeFileSync(manifest, JSON.stringify({ ...facts, files: FILES, bytes: FILES * 500_000 }));
    truncateSync(path.join(home, 'state', id, 'files.ndjson'), FILES * 180);
  }
  const name = 'medds status';
  return {
    title: 'medds status of 10 million files',
    work: `${DATASETS} datasets whose manifests tell of ${FILES} files each; their lists have the size of real ones and are sparse`,
    targets: { 'node -e 0': 2.5 },
    runs: RUNS,
    medds: { name, command: `${node} ${program} status`, env },
    peers: [{ name: 'node -e 0', command: `${node} -e 0` }],
    verify: async () => {},
  };
}

const FILES = 50_000;

/** A library of many small datasets. @param {Stage} stage */
function stocked(stage) {
  return stage.once('stocked library', async () => {
    const home = path.join(stage.scratch, 'stocked');
    const env = isolated(undefined, home);
    const labels = path.join(stage.scratch, 'labels.csv');
    writeFileSync(labels, 'case,label\n1,0\n');
    for (let index = 0; index < DATASETS; index++) {
      const id = `set-${String(index).padStart(3, '0')}`;
      const source = {
        method: 'manual',
        host: 'example.org',
        url: 'https://example.org/',
        steps: ['Save labels.csv.'],
      };
      const sources = [{ ...source, files: [{ path: 'labels.csv' }] }];
      await importDataset(/** @type {any} */ ({ id, name: id, registry: 'bench', sources }), [labels], { home, env });
    }
    return { home, env };
  });
}
