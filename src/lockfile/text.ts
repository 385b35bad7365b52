/** The text of a lock file: one order, and one line a remote file, so that versions of it compare and merge. */
import { writeWhole } from '../library/atomic.js';
import type { LockedDataset, LockFile } from './form.js';

export function lockText({ version, datasets }: LockFile): string {
  const entries = Object.keys(datasets)
    .sort()
    .map((id) => `    ${JSON.stringify(id)}: ${datasetText(datasets[id] as LockedDataset)}`);
  return `{\n  "version": ${version},\n  "datasets": {\n${entries.join(',\n')}\n  }\n}\n`;
}

/** Members in the order of the form. */
function datasetText({ remote, ...facts }: LockedDataset): string {
  const members = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}: ${indented(value, 6)}`);
  const lines = remote.map((file) => `\n        ${oneLine(file)}`);
  members.push(`"remote": [${lines.join(',')}${lines.length === 0 ? '' : '\n      '}]`);
  return `{\n${members.map((member) => `      ${member}`).join(',\n')}\n    }`;
}

function indented(value: unknown, spaces: number): string {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

const oneLine = (value: object): string =>
  `{ ${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`)
    .join(', ')} }`;

/** @throws file system errors */
export function writeLock(file: string, lock: LockFile): Promise<void> {
  return writeWhole(file, lockText(lock));
}
