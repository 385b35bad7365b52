/**
 * Repositories of the Hugging Face Hub in what people type and paste: `hf:owner/name@revision/path`, the Hub's own URIs
 * (https://huggingface.co/docs/huggingface_hub/package_reference/hf_uris), and the addresses of its pages.
 */

import { UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { printableArgument } from '../transfer/redact.js';
import { globOf } from './common-folder.js';
import type { RepoType } from './huggingface-hub.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';

type Entry = Extract<SourceEntry, { method: 'huggingface' }>;

const TYPES: Readonly<Record<string, RepoType>> = { datasets: 'dataset', models: 'model', spaces: 'space' };

/** What the Hub's addresses begin with that is nobody's name. */
const NO_OWNERS =
  /^(api|blog|buckets|chat|collections|docs|enterprise|join|kernels|learn|login|models|new|organizations|papers|posts|pricing|settings|tasks)$/;

export function locateOnHub(typed: string): Located | undefined {
  const uri = /^(?:hf|huggingface):(\/\/)?(.*)$/i.exec(typed);
  if (uri !== null) return ofUri(uri[2] ?? '', uri[1] === undefined ? 'dataset' : 'model', typed);
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  return /^(www\.)?(huggingface|hf)\.co$/i.test(url.hostname) ? ofPage(url, typed) : undefined;
}

/** @param usual the type of a repository that is named without one: with slashes, as the Hub reads it, a model */
function ofUri(text: string, usual: RepoType, typed: string): Located {
  const parts = text.replace(/\/+$/, '').split('/');
  const named = TYPES[parts[0] ?? ''];
  if (named !== undefined) parts.shift();
  const [owner = '', last = ''] = parts.splice(0, 2);
  const [, name = '', revision] = /^([^@]*)(?:@(.*))?$/.exec(last) ?? [];
  if (revision !== undefined) parts.unshift(revision);
  const asked = revision === undefined ? undefined : percentDecoded(takeRevision(parts));
  const path = parts.join('/');
  if (asked === '') throw unknown(typed);
  return located({ type: named ?? usual, owner, name, revision: asked }, path, 'either', typed);
}

/** Undefined for pages that are no repository's. */
function ofPage({ pathname }: URL, typed: string): Located | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(percentDecoded);
  const [first = ''] = parts;
  const type = first === 'datasets' || first === 'spaces' ? TYPES[first] : undefined;
  if (type !== undefined) parts.shift();
  else if (NO_OWNERS.test(first)) return undefined;
  const [owner = '', name, view] = parts.splice(0, 3);
  if (name === undefined) return undefined;
  const repo = { type: type ?? ('model' as const), owner, name };
  const shows = /^(tree|commit)$/.test(view ?? '') ? 'folder' : /^(blob|resolve|raw)$/.test(view ?? '') ? 'file' : '';
  if (shows === '' || parts.length === 0) return located({ ...repo, revision: undefined }, '', 'either', typed);
  const revision = takeRevision(parts);
  return located({ ...repo, revision }, parts.join('/'), shows, typed);
}

/** A branch, tag or commit; `refs/pr/1` and `refs/convert/parquet` are the only ones whose slashes need no encoding. */
function takeRevision(parts: string[]): string {
  return parts.splice(0, parts[0] === 'refs' ? 3 : 1).join('/');
}

interface Named {
  type: RepoType;
  owner: string;
  name: string;
  revision: string | undefined;
}

/** @param kind what lies at `path` */
function located(repo: Named, path: string, kind: 'file' | 'folder' | 'either', typed: string): Located {
  const { type, owner, name, revision } = repo;
  if (![owner, name].every((part) => /^\w[\w.-]*$/.test(part))) throw unknown(typed);
  const entry: Entry = { method: 'huggingface', repo: `${owner}/${name}` };
  if (type !== 'dataset') entry.type = type;
  if (revision !== undefined) entry.revision = revision;
  const glob = globOf(path);
  if (path !== '' && kind === 'file') entry.files = [{ path }];
  else if (path !== '') entry.include = kind === 'folder' ? [`${glob}/**`] : [glob, `${glob}/**`];
  const what = [owner, name, ...[revision ?? [], path].flat()].filter((part) => part !== '');
  return { id: `hf-${what.join('-')}`, name: `${owner}/${name}`, entry };
}

function unknown(typed: string): UsageError {
  return new UsageError(`${printableArgument(typed)} names no repository of the Hugging Face Hub`, {
    hint: 'Known are hf:OWNER/NAME[@REVISION][/PATH] for a dataset, hf:models/… and hf:spaces/… for others, and the addresses of their pages.',
  });
}
