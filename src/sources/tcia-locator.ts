/** What a user types for data of TCIA: a collection or a part of it, a manifest, a collection's page. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asDiskError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { printableArgument, redactUrl } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';
import { readManifest, UID } from './tcia-manifest.js';

const PAGE =
  /^https?:\/\/(?:www\.)?cancerimagingarchive\.net\/(?:collection|analysis-result)\/([a-z0-9_-]+)\/?(?:[?#].*)?$/i;

/** @throws UsageError, NotFoundError (no such file), DiskError */
export function locateTcia(typed: string): Located | undefined {
  const page = PAGE.exec(typed)?.[1];
  if (page !== undefined) return ofCollection([page]);
  const named = /^tcia:(.*)$/is.exec(typed)?.[1];
  if (named !== undefined) return ofName(named.trim(), typed);
  if (/^https?:\/\//i.test(typed)) return ofAddress(typed);
  return /\.tcia$/i.test(typed) ? ofFile(typed) : undefined;
}

function ofName(name: string, typed: string): Located {
  if (UID.test(name))
    return { id: `tcia-${name}`, name: `TCIA series ${name}`, entry: { method: 'tcia', series: [name] } };
  // A name that holds a slash is typed with %2F.
  const parts = name.split('/').map(percentDecoded);
  const uids = parts.slice(2);
  if (parts.length > 4 || parts.some((part) => part === '') || !uids.every((uid) => UID.test(uid))) {
    throw new UsageError(`${printableArgument(typed)} names no collection of TCIA, nor a part of one`, {
      hint: 'It is tcia:COLLECTION, tcia:COLLECTION/PATIENT, and so on with the UIDs of a study and of a series; or tcia: and the UID of a series alone.',
    });
  }
  return ofCollection(parts);
}

function ofCollection([collection = '', patient, study, series]: string[]): Located {
  const last = [patient, study, series].filter((part) => part !== undefined).at(-1);
  return {
    id: `tcia-${collection}${last === undefined ? '' : `-${last}`}`,
    name: last === undefined ? collection : `${collection} ${last}`,
    entry: {
      method: 'tcia',
      collection,
      ...(patient === undefined ? {} : { patients: [patient] }),
      ...(study === undefined ? {} : { studies: [study] }),
      ...(series === undefined ? {} : { series: [series] }),
    },
  };
}

function ofAddress(typed: string): Located | undefined {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !/\.tcia$/i.test(url.pathname)) return undefined;
  const name = percentDecoded(url.pathname.split('/').at(-1) ?? '');
  return { ...named(name), entry: { method: 'tcia', manifest: url.href }, argument: redactUrl(url) };
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
      hint: 'Name the path of a .tcia file, or its address.',
    });
  }
  return {
    ...named(path.basename(file)),
    entry: { method: 'tcia', series: readManifest(text, path.basename(file)) },
    argument: file,
  };
}

function named(file: string): Pick<Located, 'id' | 'name'> {
  return { id: file.replace(/\.tcia$/i, ''), name: file };
}
