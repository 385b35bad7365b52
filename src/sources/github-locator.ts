/** Repositories of GitHub in what people type and paste: `github:owner/name@ref/path`, and the addresses of pages and files. */

import { UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { printableArgument } from '../transfer/redact.js';
import { globOf } from './common-folder.js';
import { LATEST } from './github-api.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;
type Chosen = Omit<Entry, 'method' | 'repo'>;

/** What github.com's addresses begin with that is nobody's name. */
const NO_OWNERS =
  /^(about|apps|codespaces|collections|contact|customer-stories|enterprise|events|explore|features|issues|join|login|marketplace|new|notifications|orgs|organizations|pricing|pulls|search|security|settings|site|sponsors|stars|topics|trending|user-attachments)$/i;

/** Endings of the archives that GitHub makes of a revision. */
const ARCHIVE = /\.(zip|tar\.gz|tgz)$/i;

/** @throws UsageError */
export function locateOnGitHub(typed: string): Located | undefined {
  const short = /^github:(?!\/\/)(.*)$/i.exec(typed)?.[1];
  if (short !== undefined) return ofShort(short, typed);
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(percentDecoded);
  switch (url.hostname.toLowerCase()) {
    case 'github.com':
    case 'www.github.com':
      return ofPage(parts, typed);
    case 'raw.githubusercontent.com':
      // A private file's address holds a key of its own.
      return url.searchParams.has('token') ? undefined : ofFile(parts, typed);
    case 'media.githubusercontent.com':
      return parts.shift() === 'media' ? ofFile(parts, typed) : undefined;
    case 'codeload.github.com':
      return ofArchive(parts, typed);
    case 'api.github.com':
      return parts.shift() === 'repos' ? ofArchive(parts, typed) : undefined;
    default:
      return undefined;
  }
}

/** `owner/name`, `owner/name@ref`, `owner/name@ref/path`; a slash in a ref is written `%2F`. */
function ofShort(text: string, typed: string): Located {
  const [owner = '', last = '', ...path] = text.replace(/\/+$/, '').split('/');
  const [, name = '', ref] = /^([^@]*)(?:@(.*))?$/.exec(last) ?? [];
  if (ref === '') throw unknown(typed);
  const glob = globOf(path.join('/'));
  return located(owner, name, [ref ?? [], path].flat(), typed, {
    ...(ref === undefined ? {} : { ref: percentDecoded(ref) }),
    ...(path.length === 0 ? {} : { include: [glob, `${glob}/**`] }),
  });
}

/** Undefined for pages that are no repository's, and for files that people attach to what they write. */
function ofPage(parts: string[], typed: string): Located | undefined {
  const [owner = '', name, view, ...rest] = parts;
  if (name === undefined || NO_OWNERS.test(owner) || view === 'files' || view === 'assets') return undefined;
  switch (view) {
    case undefined:
      return located(owner, name, [], typed, {});
    case 'tree':
    case 'commit':
      return ofFolder(owner, name, rest, typed);
    case 'blob':
    case 'raw':
    case 'blame':
      return ofFile([owner, name, ...rest], typed);
    case 'releases':
      return ofRelease(owner, name, rest, typed);
    case 'archive':
    case 'zipball':
    case 'tarball':
      return ofArchive(parts, typed);
    default:
      throw unknown(typed);
  }
}

function ofFolder(owner: string, name: string, parts: string[], typed: string): Located {
  const ref = takeRef(parts);
  if (ref === '') throw unknown(typed);
  const glob = globOf(parts.join('/'));
  return located(owner, name, [ref, ...parts], typed, {
    ref,
    ...(parts.length === 0 ? {} : { include: [`${glob}/**`] }),
  });
}

function ofFile([owner = '', name = '', ...parts]: string[], typed: string): Located {
  const ref = takeRef(parts);
  if (parts.length === 0) throw unknown(typed);
  return located(owner, name, [ref, ...parts], typed, { ref, files: [{ path: parts.join('/') }] });
}

/** `latest`, `tag/TAG`, `download/TAG/FILE`, `latest/download/FILE`; a tag may hold slashes. */
function ofRelease(owner: string, name: string, parts: string[], typed: string): Located {
  const [first = LATEST, second] = parts;
  if (first === LATEST) {
    const file = second === 'download' ? parts[2] : undefined;
    return released(owner, name, LATEST, file, typed);
  }
  const file = first === 'download' ? parts.pop() : undefined;
  const tag = parts.slice(1).join('/');
  if (!/^(tag|download)$/.test(first) || tag === '') throw unknown(typed);
  return released(owner, name, tag, file, typed);
}

function released(owner: string, name: string, release: string, file: string | undefined, typed: string): Located {
  const chosen = { release, ...(file === undefined ? {} : { files: [{ path: file }] }) };
  return located(owner, name, [release, file ?? []].flat(), typed, chosen);
}

/** The archive that GitHub makes of a revision stands for its files. */
function ofArchive([owner = '', name = '', kind = '', ...parts]: string[], typed: string): Located | undefined {
  if (!/^(archive|zipball|tarball|(legacy\.)?(zip|tar\.gz))$/.test(kind)) return undefined;
  const last = parts.pop() ?? '';
  parts.push(kind === 'archive' ? last.replace(ARCHIVE, '') : last);
  const named = parts[0] === 'refs' ? parts.slice(1) : parts;
  const ref = named.join('/');
  if (ref === '') throw unknown(typed);
  return located(owner, name, [ref], typed, { ref });
}

/** A branch, tag or commit: one part of an address, unless it says `refs/heads/…`. Whether a slash belongs to a branch only GitHub knows. */
function takeRef(parts: string[]): string {
  if (parts[0] !== 'refs') return parts.shift() ?? '';
  return parts.splice(0, 3).slice(1).join('/');
}

function located(owner: string, repo: string, more: readonly string[], typed: string, chosen: Chosen): Located {
  const name = repo.replace(/\.git$/, '');
  if (![owner, name].every((part) => /^[\w.-]*\w[\w.-]*$/.test(part))) throw unknown(typed);
  return {
    id: ['github', owner, name, ...more].join('-'),
    name: `${owner}/${name}`,
    entry: { method: 'github', repo: `${owner}/${name}`, ...chosen },
  };
}

function unknown(typed: string): UsageError {
  return new UsageError(`${printableArgument(typed)} names no files of GitHub`, {
    hint: 'Known are github:OWNER/NAME[@REF][/PATH], and the addresses of repositories, folders, files and releases.',
  });
}
