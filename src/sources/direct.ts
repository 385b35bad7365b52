/** Files at addresses that the registry or the user gives. */
import { UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { printableArgument, redactUrl } from '../transfer/redact.js';
import { remoteFile } from './facts.js';
import { percentDecoded } from './percent.js';
import type { RemoteFile, Source } from './source.js';
import { describeSource } from './table.js';

type Direct = Extract<SourceEntry, { method: 'direct' }>;

/** `{000..299}` */
const RANGE = /\{(\d+)\.\.(\d+)\}/;

/** Files that one entry may stand for. */
const MOST = 1_000_000;

const ENDINGS = /(\.nii|\.tar)?\.(zip|gz|tgz|tar|bz2|tbz2?|xz|txz|zst|7z|nii|nrrd|mha|dcm|csv|json)$/i;

export const direct: Source<'direct'> = {
  locate(typed) {
    const url = parse(typed);
    const last = url.pathname.split('/').filter(Boolean).at(-1);
    const name = last === undefined ? url.host : percentDecoded(last);
    return {
      id: name.replace(ENDINGS, ''),
      name,
      entry: { method: 'direct', files: [{ url: url.href, path: safeName(name) }] },
      // A query may hold a signature or a token: it is used now, and written down nowhere.
      argument: redactUrl(url),
    };
  },

  async resolve(entry) {
    const files: RemoteFile[] = [];
    for (const file of entry.files) for (const one of expand(file)) files.push(toRemote(one));
    return { label: describeSource(entry), files, notes: [] };
  },
};

function toRemote({ url, path, mirrors, ...facts }: Direct['files'][number]): RemoteFile {
  const file = remoteFile({ path, checksums: [], request: async () => ({ url }) }, facts);
  if (mirrors !== undefined) file.mirrors = mirrors.map((mirror) => ({ request: async () => ({ url: mirror }) }));
  return file;
}

/** Writes a number range in `url` and `path` out. */
function* expand(file: Direct['files'][number]): Generator<Direct['files'][number]> {
  const inUrl = RANGE.exec(file.url);
  if (inUrl === null) {
    yield file;
    return;
  }
  const [, first = '', last = ''] = inUrl;
  const [from, to] = [Number(first), Number(last)];
  if (to < from || to - from >= MOST) throw new UsageError(`${redactUrl(file.url)}: ${first}..${last} is no range`);
  if (!RANGE.test(file.path)) {
    throw new UsageError(`${file.path} needs the same {${first}..${last}} as its address, or every file would be one`);
  }
  for (let number = from; number <= to; number++) {
    const digits = String(number).padStart(first.length, '0');
    yield { ...file, url: file.url.replace(RANGE, digits), path: file.path.replace(RANGE, digits) };
  }
}

function parse(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`${printableArgument(text)} is no valid address`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('An address must not hold a user name or password: they would end up in logs and manifests');
  }
  return url;
}

function safeName(name: string): string {
  return name.replace(/[/\\\u0000-\u001f\u007f]/g, '_').replace(/^\.+/, '_') || 'download';
}
