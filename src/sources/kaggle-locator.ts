/** Datasets and competitions of Kaggle in what people paste: `kaggle:owner/slug`, pages, and the addresses of its API. */

import { UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { printableArgument } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';

type Entry = Extract<SourceEntry, { method: 'kaggle' }>;

/** `owner/slug`, `owner/slug@3`, `owner/slug/versions/3` (kagglehub's handle), each with a file behind it. */
const DATASET = /^([\w-]+)\/([\w-]+)(?:@(\d+)|\/versions\/(\d+))?(?:\/(.+))?$/;
const COMPETITION = /^(?:competitions|c)\/([\w-]+)(?:\/(.+))?$/;

/** First parts of addresses that are no user's name. */
const PAGES =
  /^(api|account|c|code|competitions|datasets|discussions|docs|kernels|learn|models|organizations|settings|work)$/;

export function locateOnKaggle(typed: string): Located | undefined {
  const short = /^kaggle:(.*)$/i.exec(typed)?.[1];
  if (short !== undefined) return located(short.replace(/^datasets\//, ''), typed);
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const { hostname, pathname, searchParams } = new URL(typed);
  if (!/^(www\.)?kaggle\.com$/i.test(hostname)) return undefined;
  const place = pathname.replace(/^\/|\/$/g, '');
  const api = /^api\/v1\/(datasets\/download|competitions\/data\/download(?:-all)?)\/(.+)$/.exec(place);
  const version = searchParams.get('datasetVersionNumber');
  if (api !== null) {
    const [, kind = '', rest = ''] = api;
    if (kind.startsWith('c')) return located(`competitions/${rest}`, typed);
    const [owner, slug, ...file] = rest.split('/');
    return located([owner, version === null ? slug : `${slug}@${version}`, ...file].join('/'), typed);
  }
  const competition = /^(?:competitions|c)\/[^/]+/.exec(place)?.[0];
  if (competition !== undefined) return located(competition, typed);
  const page = place.replace(/^datasets\//, '').replace(/\/(data|code|discussion|suggestions|settings)$/, '');
  if (page === place && PAGES.test(place.split('/')[0] ?? '')) throw nothing(typed);
  const file = searchParams.get('select');
  return located(file === null ? page : `${page}/${file}`, typed);
}

function located(place: string, typed: string): Located {
  const competition = COMPETITION.exec(place);
  if (competition !== null) {
    const [, slug = '', file] = competition;
    return found(`kaggle-${slug}`, slug, { method: 'kaggle', competition: slug }, file);
  }
  const [, owner, slug, short, long, file] = DATASET.exec(place) ?? [];
  const version = Number(short ?? long ?? Number.NaN);
  if (owner === undefined || slug === undefined || version === 0) throw nothing(typed);
  const entry: Entry = { method: 'kaggle', dataset: `${owner}/${slug}` };
  return found(`kaggle-${owner}-${slug}`, entry.dataset as string, version > 0 ? { ...entry, version } : entry, file);
}

function found(id: string, name: string, entry: Entry, file: string | undefined): Located {
  const path = file === undefined ? undefined : percentDecoded(file);
  return {
    id: path === undefined ? id : `${id}-${path}`,
    name: `Kaggle ${name}${path === undefined ? '' : `, ${path}`}`,
    entry: path === undefined ? entry : { ...entry, files: [{ path }] },
  };
}

function nothing(typed: string): UsageError {
  return new UsageError(`${printableArgument(typed)} names no dataset and no competition of Kaggle`, {
    hint: 'Known are kaggle:OWNER/SLUG[@VERSION][/FILE], kaggle:competitions/SLUG[/FILE] and the addresses of their pages.',
  });
}
