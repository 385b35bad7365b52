// @ts-check
/** The programs that medds is held against, where they are installed. */
import { spawnSync } from 'node:child_process';

/** How each tells its version. @type {Record<string, string[]>} */
const VERSIONS = {
  curl: ['--version'],
  wget: ['--version'],
  aria2c: ['--version'],
  rclone: ['version'],
  unzip: ['-v'],
  bsdtar: ['--version'],
  '7z': [],
  tar: ['--version'],
  pigz: ['--version'],
  sha256sum: ['--version'],
  nginx: ['-v'],
};

/** @type {Map<string, string | undefined>} */
const found = new Map();

/**
 * The line that a program says of its version; undefined when it is not installed.
 * @param {string} name
 */
export function versionOf(name) {
  if (!found.has(name)) {
    const { error, stdout, stderr } = spawnSync(name, VERSIONS[name] ?? ['--version'], { encoding: 'utf8' });
    const said = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').find((line) => /\d\.\d|\d{2}/.test(line));
    found.set(name, error === undefined ? (said?.trim() ?? name) : undefined);
  }
  return found.get(name);
}

/** @param {string} name */
export const isInstalled = (name) => versionOf(name) !== undefined;

/** The version of every peer that is installed here. */
export const installed = () => Object.keys(VERSIONS).flatMap((name) => versionOf(name) ?? []);
