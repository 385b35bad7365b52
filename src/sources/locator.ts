/** Datasets that no registry holds, named by where they are: `zenodo:3723295`, `doi:10.5281/zenodo.3723295`, `https://host/file.zip`. */
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { Dataset, SourceEntry } from '../registry/schema.js';
import { redactUrl } from '../transfer/redact.js';

/** What other access methods' locators look like, so that they are not taken for mistyped ids. */
const OTHERS: [RegExp, string][] = [
  [/^hf:/i, 'Hugging Face'],
  [/^kaggle:/i, 'Kaggle'],
  [/^tcia:/i, 'TCIA'],
  [/^idc:/i, 'Imaging Data Commons'],
  [/^s3:/i, 'Amazon S3'],
  [/^(gdrive|google-drive):/i, 'Google Drive'],
  [/^(figshare|dataverse|osf|github|synapse|nitrc|box|dropbox):/i, 'this host'],
  [/\.tcia$/i, 'TCIA manifests'],
];

/** Zenodo's record number in a DOI, a page's address or a short form. */
const ZENODO =
  /^(?:zenodo:|(?:doi:|https?:\/\/(?:dx\.)?doi\.org\/)10\.5281\/zenodo\.|https?:\/\/(?:www\.)?zenodo\.org\/records?\/)(\d+)\/?(?:[?#].*)?$/i;

/** The dataset that a locator stands for; undefined when the text is no locator, and so an id. @throws UsageError */
export function datasetOfLocator(argument: string): Dataset | undefined {
  const record = ZENODO.exec(argument)?.[1];
  if (record !== undefined) {
    return made(argument, `zenodo-${record}`, `Zenodo record ${record}`, { method: 'zenodo', record });
  }
  if (/^(doi:|https?:\/\/(dx\.)?doi\.org\/)/i.test(argument)) {
    throw new UsageError(`${printable(argument)} is not a DOI of a host that this version can fetch from`, {
      hint: 'Zenodo DOIs look like doi:10.5281/zenodo.3723295.',
    });
  }
  for (const [form, name] of OTHERS) {
    if (form.test(argument)) throw new UsageError(`${printable(argument)}: fetching from ${name} is not available yet`);
  }
  if (/^https?:\/\//i.test(argument)) return ofUrl(argument);
  if (/^[a-z][a-z0-9+.-]*:/i.test(argument)) {
    throw new UsageError(`${printable(argument)} is no address that medds knows`, {
      hint: 'Known are https://…, zenodo:RECORD and doi:10.5281/zenodo.RECORD.',
    });
  }
  return undefined;
}

function ofUrl(text: string): Dataset {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`${printable(text)} is no valid address`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('An address must not hold a user name or password: they would end up in logs and manifests');
  }
  const last = url.pathname.split('/').filter(Boolean).at(-1);
  const name = last === undefined ? url.host : decode(last);
  // A query may hold a signature or a token: it is used now, and written down nowhere.
  return made(redactUrl(url), name.replace(ENDINGS, ''), name, {
    method: 'direct',
    files: [{ url: url.href, path: safeName(name) }],
  });
}

const ENDINGS = /(\.nii|\.tar)?\.(zip|gz|tgz|tar|bz2|tbz2?|xz|txz|zst|7z|nii|nrrd|mha|dcm|csv|json)$/i;

function made(argument: string, id: string, name: string, source: SourceEntry): Dataset {
  return { id: asId(id), name: printable(name), registry: 'argument', argument, sources: [source] };
}

/** An id as the library needs it, from any name. */
function asId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[-.]+$/g, '')
    .slice(0, 100);
  return id === '' ? 'download' : id;
}

function safeName(name: string): string {
  return name.replace(/[/\\\u0000-\u001f\u007f]/g, '_').replace(/^\.+/, '_') || 'download';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
