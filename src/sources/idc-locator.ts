/** What a user types for data of IDC: a collection or a part of it, a series, a manifest. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asDiskError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { printableArgument, redactUrl } from '../transfer/redact.js';
import { readS5cmd } from './idc-manifest.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';
import { UID } from './tcia-manifest.js';

/** @throws UsageError, NotFoundError (no such file), DiskError */
export function locateIdc(typed: string): Located | undefined {
  const named = /^idc:(.*)$/is.exec(typed)?.[1];
  if (named !== undefined) return ofName(named.trim(), typed);
  if (/^https?:\/\//i.test(typed)) return ofAddress(typed);
  return /\.s5cmd$/i.test(typed) ? ofFile(typed) : undefined;
}

function ofName(name: string, typed: string): Located {
  if (UID.test(name))
    return { id: `idc-${name}`, name: `IDC series ${name}`, entry: { method: 'idc', series: [name] } };
  // A name that holds a slash is typed with %2F.
  const parts = name.split('/').map(percentDecoded);
  const [collection = '', patient, study, series] = parts;
  if (parts.length > 4 || parts.includes('') || !parts.slice(2).every((uid) => UID.test(uid))) {
    throw new UsageError(`${printableArgument(typed)} names no collection of IDC, nor a part of one`, {
      hint: 'It is idc:COLLECTION, idc:COLLECTION/PATIENT, and so on with the UIDs of a study and of a series; or idc: and the UID of a series alone.',
    });
  }
  const last = parts.length === 1 ? undefined : parts.at(-1);
  return {
    id: `idc-${collection}${last === undefined ? '' : `-${last}`}`,
    name: last === undefined ? collection : `${collection} ${last}`,
    entry: {
      method: 'idc',
      collection,
      ...(patient === undefined ? {} : { patients: [patient] }),
      ...(study === undefined ? {} : { studies: [study] }),
      ...(series === undefined ? {} : { series: [series] }),
    },
  };
}

function ofAddress(typed: string): Located | undefined {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !/\.s5cmd$/i.test(url.pathname)) return undefined;
  const file = percentDecoded(url.pathname.split('/').at(-1) ?? '');
  return { ...called(file), entry: { method: 'idc', manifest: url.href }, argument: redactUrl(url) };
}

/** A manifest on this machine is read at once: the entry holds its series. */
function ofFile(typed: string): Located {
  const file = path.resolve(typed);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asDiskError(error);
    throw new NotFoundError(`There is no manifest ${printable(file)}`, {
      hint: 'Name the path of a .s5cmd file, or its address.',
    });
  }
  const name = path.basename(file);
  return { ...called(name), entry: { method: 'idc', locations: readS5cmd(text, name) }, argument: file };
}

function called(file: string): Pick<Located, 'id' | 'name'> {
  return { id: file.replace(/\.s5cmd$/i, ''), name: file };
}
