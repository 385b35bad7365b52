/** Writes into a registry on which day its sources were last seen to work, and changes nothing else of its text. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { applyEdits, type JSONPath, modify, parse } from 'jsonc-parser';
import { asDiskError, UsageError } from '../errors.js';
import { writeWhole } from '../library/atomic.js';
import { printable } from '../printable.js';
import type { SourceCheck } from '../registry-check.js';
import type { DatasetEntry, Registry } from './schema.js';

/** Only what works as the registry says has been seen to work. */
const WORKS: readonly SourceCheck['state'][] = ['ok', 'moved'];

/**
 * @param place a registry file, or a folder with one file a dataset (`luna16.json`)
 * @returns how many sources got a new date
 * @throws UsageError when there is no registry, DiskError
 */
export async function writeChecked(place: string, checks: readonly SourceCheck[]): Promise<number> {
  const works = checks.filter(({ state }) => WORKS.includes(state));
  try {
    const isFolder = (await fs.stat(place)).isDirectory();
    if (!isFolder) return await inFile(place, (text) => inRegistry(text, works));
    let written = 0;
    for (const id of new Set(works.map(({ dataset }) => dataset))) {
      const file = path.join(place, `${id}.json`);
      if (existsSync(file)) written += await inFile(file, (text) => inEntry(text, [], parse(text), id, works));
    }
    return written;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`There is no registry ${printable(place)}`, {
        hint: 'Name its file, or the folder with one file a dataset.',
      });
    }
    throw asDiskError(error, { file: place, hint: 'Correct its permissions.' });
  }
}

interface Edited {
  text: string;
  written: number;
}

async function inFile(file: string, edit: (text: string) => Edited): Promise<number> {
  const before = await fs.readFile(file, 'utf8');
  const { text, written } = edit(before);
  if (text !== before) await writeWhole(file, text);
  return written;
}

function inRegistry(text: string, works: readonly SourceCheck[]): Edited {
  const edited = { text, written: 0 };
  for (const [id, entry] of Object.entries((parse(text) as Registry | undefined)?.datasets ?? {})) {
    const { text: next, written } = inEntry(edited.text, ['datasets', id], entry, id, works);
    edited.text = next;
    edited.written += written;
  }
  return edited;
}

function inEntry(text: string, at: JSONPath, entry: DatasetEntry, id: string, works: readonly SourceCheck[]): Edited {
  const edited = { text, written: 0 };
  const set = (index: number, member: string, value: unknown): void => {
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    const edits = modify(edited.text, [...at, 'sources', index, member], value, { formattingOptions });
    edited.text = applyEdits(edited.text, edits);
  };
  for (const [index, source] of (entry.sources ?? []).entries()) {
    const name = source.name ?? source.method;
    const check = works.find(({ dataset, source }) => dataset === id && source === name);
    if (check === undefined) continue;
    set(index, 'checked', check.at.slice(0, 10));
    if (check.seen !== undefined) set(index, 'seen', check.seen);
    edited.written += 1;
  }
  return edited;
}
