// @ts-check
/** medds as a contestant: a registry that knows the file, a library of its own in the folder of the run. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { node, program, quoted } from '../contest.js';

/**
 * @param {string} folder   where the registry is written
 * @param {string} id
 * @param {object[]} files  of a `direct` source
 * @returns {import('../contest.js').Contestant}
 */
export function fetching(folder, id, files) {
  const registry = path.join(folder, `${id}.json`);
  const datasets = { [id]: { name: id, sources: [{ method: 'direct', files }] } };
  writeFileSync(registry, JSON.stringify({ version: 1, datasets }));
  return { name: 'medds fetch', command: `${node} ${program} fetch ${id} --quiet`, env: isolated(registry) };
}

/**
 * Nothing of the user's own settings, and a library beside them.
 * @param {string} [registry]
 * @param {string} [home]
 */
export function isolated(registry, home = 'library') {
  return {
    MEDDS_HOME: home,
    MEDDS_CONFIG_DIR: 'config',
    ...(registry === undefined ? {} : { MEDDS_REGISTRY: registry }),
  };
}

/** Where `fetching` puts a dataset. @param {string} folder @param {string} id */
export const fetched = (folder, id) => path.join(folder, 'library', 'datasets', id);

/** A command that fails unless the file has this checksum. @param {import('../corpus.js').Held} held */
export const checked = ({ name, sha256 }) => `echo ${quoted(`${sha256}  ${name}`)} | sha256sum --check --status`;
