/**
 * A dataset as Croissant JSON-LD (http://mlcommons.org/croissant/1.0): what the registry knows, and for what is in the library the
 * checksums of what came. Nothing is made up: there are no record sets, no creators, no dates that nobody told.
 */
import { archiveName } from './archive/names.js';
import type { Described } from './catalogue.js';
import { candidates } from './choose.js';
import { UsageError } from './errors.js';
import { layoutOf } from './library/layout.js';
import { readFiles, readManifest, readRemotes } from './library/manifest.js';
import { CONFORMS_TO, CROISSANT_CONTEXT } from './registry/croissant-context.js';
import type { Dataset, FileFacts, SingleSourceEntry, SourceEntry } from './registry/schema.js';
import { checksumsOf } from './sources/facts.js';
import { known } from './sources/json-api.js';
import { describeSource } from './sources/table.js';

type Node = Record<string, unknown>;

/** Files that a range of numbers may be written out to. */
const MOST = 10_000;

/** Checksums and sizes of remote files that came, by place. */
type Came = ReadonlyMap<string, { size: number; checksums: readonly string[] }>;

/** @param home the library's root */
export async function croissantOf(
  { dataset, status }: Pick<Described, 'dataset' | 'status'>,
  home: string,
): Promise<Node> {
  const layout = layoutOf(home);
  const manifest = status?.path === undefined ? undefined : await readManifest(layout, dataset.id);
  const came = new Map<string, { size: number; checksums: string[] }>();
  const endings = new Map<string, number>();
  if (manifest !== undefined) {
    for await (const { remote, size, checksums } of readRemotes(layout, dataset.id))
      came.set(remote, { size, checksums });
    for await (const { path, from } of readFiles(layout, dataset.id))
      if (from !== undefined) countEnding(endings, path);
  }
  const source = manifest?.entry ?? mainSource(dataset);
  const files = source === undefined ? [] : distribution(source, dataset, came);
  const archives = files.filter(({ name }) => archiveName(String(name)));
  const sets = [...endings.keys()].sort().map((ending) => fileSet(ending, archives));
  const nodes = unique([...files, ...(archives.length === 0 ? [] : sets)]);
  // Without a checksum for every file, nobody can say that it stays as it is.
  const isLive = nodes.some(
    (node) => node['@type'] === 'cr:FileObject' && node.sha256 === undefined && node.md5 === undefined,
  );
  const { name, description, title, homepage, license, keywords, modalities = [], anatomy = [], citation } = dataset;
  const words = [...new Set([...(keywords ?? []), ...modalities, ...anatomy])];
  const doi = manifest?.doi?.split(' ')[0];
  return {
    '@context': CROISSANT_CONTEXT,
    '@type': 'sc:Dataset',
    name,
    ...known('alternateName', title),
    description: description ?? title ?? name,
    conformsTo: CONFORMS_TO,
    ...known(
      'license',
      license?.url ?? (license?.spdx === undefined ? license?.name : `https://spdx.org/licenses/${license.spdx}.html`),
    ),
    url: homepage ?? (doi === undefined ? pageOf(source, dataset) : `https://doi.org/${doi}`),
    ...known('version', manifest?.revision),
    ...known('identifier', doi === undefined ? undefined : `https://doi.org/${doi}`),
    ...known('citeAs', citation),
    ...(words.length === 0 ? {} : { keywords: words }),
    ...(isLive ? { isLiveDataset: true } : {}),
    distribution: nodes,
  };
}

/** The first source that a program can use, or the first at all. */
function mainSource(dataset: Dataset): SourceEntry | undefined {
  const usual = candidates(dataset);
  return usual.find(({ method }) => method !== 'manual') ?? usual[0] ?? dataset.sources[0];
}

function distribution(source: SourceEntry, dataset: Dataset, came: Came): Node[] {
  if (source.method === 'all') return source.of.flatMap((part) => distribution(part, dataset, came));
  const prefix = source.method === 'zenodo' ? `https://zenodo.org/records/${source.record}/files/` : undefined;
  switch (source.method) {
    case 'direct':
      return source.files.flatMap(expanded).map((file) => fileObject(file, file.url, came));
    case 'box':
    case 'dropbox':
      return (source.files ?? []).map((file) =>
        fileObject({ ...file, path: file.path ?? nameIn(file.url) }, file.url, came),
      );
    case 'huggingface':
      return repository(source, `https://huggingface.co/datasets/${source.repo}${at('/tree/', source.revision)}`);
    case 'github':
      return repository(source, `https://github.com/${source.repo}${at('/tree/', source.ref)}`);
    case 'kaggle':
      if (source.dataset === undefined) return [page(source, dataset)];
      return [
        {
          ...base(`${source.dataset.replace('/', '-')}.zip`),
          contentUrl: `https://www.kaggle.com/api/v1/datasets/download/${source.dataset}${at('?datasetVersionNumber=', source.version)}`,
          encodingFormat: 'application/zip',
        },
      ];
    default: {
      const listed = prefix === undefined ? [] : [...came].map(([path]) => ({ path }));
      const files = prefix === undefined ? [] : ((source as { files?: FileFacts[] }).files ?? listed);
      if (files.length === 0) return [page(source, dataset)];
      return files.map((file) =>
        fileObject(file, `${prefix}${file.path.split('/').map(encodeURIComponent).join('/')}?download=1`, came),
      );
    }
  }
}

/** A number range of the registry, written out. */
function expanded(file: FileFacts & { url: string }): (FileFacts & { url: string })[] {
  const [range, first = '', last = ''] = /\{(\d+)\.\.(\d+)\}/.exec(file.url) ?? [];
  if (range === undefined) return [file];
  const count = Math.min(MOST, Number(last) - Number(first) + 1);
  return Array.from({ length: count }, (_, index) => {
    const number = String(Number(first) + index).padStart(first.length, '0');
    const { size: _size, checksum: _checksum, ...facts } = file;
    return { ...facts, url: file.url.replace(range, number), path: file.path.replace(/\{\d+\.\.\d+\}/, number) };
  });
}

function fileObject(facts: FileFacts, contentUrl: string, came: Came): Node {
  const here = came.get(facts.path);
  const size = here?.size ?? facts.size;
  const checksums = [...checksumsOf(facts), ...(here?.checksums ?? [])];
  const sha256 = hexOf(checksums, 'sha256');
  const md5 = hexOf(checksums, 'md5');
  return {
    ...base(facts.path),
    contentUrl,
    encodingFormat: mediaType(facts.path),
    ...(size === undefined ? {} : { contentSize: `${size} B` }),
    // One is enough, and both are refused.
    ...(sha256 !== undefined ? { sha256 } : known('md5', md5)),
  };
}

function repository(
  source: SingleSourceEntry & { include?: string[] | undefined; exclude?: string[] | undefined },
  contentUrl: string,
): Node[] {
  const { include = ['**/*'], exclude } = source;
  return [
    { ...base('repo'), contentUrl, encodingFormat: 'git+https' },
    {
      '@type': 'cr:FileSet',
      '@id': 'repo-files',
      name: 'repo-files',
      containedIn: { '@id': 'repo' },
      encodingFormat: 'application/octet-stream',
      includes: include,
      ...(exclude === undefined ? {} : { excludes: exclude }),
    },
  ];
}

/** Where no address of a file is known: the page that leads to them. */
function page(source: SourceEntry, dataset: Dataset): Node {
  return {
    ...base('landing-page'),
    description: `${describeSource(source)} leads to the files.`,
    contentUrl: pageOf(source, dataset),
    encodingFormat: 'text/html',
  };
}

/** @throws UsageError where nothing is known that a browser could open: nothing is made up */
function pageOf(source: SourceEntry | undefined, { id, homepage, papers = [] }: Dataset): string {
  const page = urlOf(source) ?? homepage ?? papers.find(({ url }) => url !== undefined)?.url;
  if (page !== undefined) return page;
  throw new UsageError(`No page is known of ${id}, and Croissant wants one`, {
    dataset: id,
    hint: 'Give its entry in your registry a homepage.',
  });
}

function urlOf(source: SourceEntry | undefined): string | undefined {
  switch (source?.method) {
    case 'manual':
      return source.url;
    case 'all':
      return source.of.map(urlOf).find((url) => url !== undefined);
    case 'direct':
    case 'box':
    case 'dropbox':
      return source.files?.[0]?.url.replace(/\{(\d+)\.\.\d+\}/, '$1');
    case 'google-drive':
      return source.folders === undefined
        ? undefined
        : `https://drive.google.com/drive/folders/${source.folders[0]?.id}`;
    case 'huggingface':
      return `https://huggingface.co/datasets/${source.repo}`;
    case 'github':
      return `https://github.com/${source.repo}`;
    case 'synapse':
      return `https://www.synapse.org/Synapse:${source.entity}`;
    case 'zenodo':
      return `https://zenodo.org/records/${source.record}`;
    case 'kaggle':
      return `https://www.kaggle.com/${source.dataset === undefined ? `competitions/${source.competition}` : `datasets/${source.dataset}`}`;
    case 'dataverse':
      return `https://doi.org/${source.doi.replace(/^doi:/i, '')}`;
    case 's3':
      return `https://${source.bucket}.s3.amazonaws.com/${source.prefix ?? ''}`;
    case 'gcs':
      return `https://storage.googleapis.com/${source.bucket}/${source.prefix ?? ''}`;
    case 'figshare':
      return source.article === undefined ? undefined : `https://figshare.com/articles/dataset/_/${source.article}`;
    case 'osf':
      return `https://osf.io/${source.node}/`;
    case 'physionet':
      return `https://physionet.org/content/${source.project}/${source.version}/`;
    case 'mendeley':
      return `https://data.mendeley.com/datasets/${source.dataset}${at('/', source.version)}`;
    case 'inveniordm':
      return `${source.server.replace(/\/+$/, '')}/records/${source.record}`;
    case 'nextcloud':
      return source.share;
    default:
      return undefined;
  }
}

function fileSet(ending: string, archives: readonly Node[]): Node {
  return {
    '@type': 'cr:FileSet',
    '@id': `files-${ending.replaceAll('.', '-') || 'other'}`,
    name: `files-${ending.replaceAll('.', '-') || 'other'}`,
    containedIn: archives.map((archive) => ({ '@id': archive['@id'] })),
    encodingFormat: mediaType(`x${ending === '' ? '' : `.${ending}`}`),
    includes: ending === '' ? '**/*' : `**/*.${ending}`,
  };
}

/** The ending of a path, two parts where the last one only says that it is packed. */
function countEnding(endings: Map<string, number>, path: string): void {
  const ending = /\.((?:[a-z0-9]{1,6}\.)?gz|[a-z0-9]{1,6})$/i.exec(path)?.[1] ?? '';
  if (endings.has(ending) || endings.size < 100) endings.set(ending, (endings.get(ending) ?? 0) + 1);
}

const base = (path: string): Node => ({ '@type': 'cr:FileObject', '@id': path, name: path });

const MEDIA: [RegExp, string][] = [
  [/\.zip$/i, 'application/zip'],
  [/\.(tgz|tar\.gz)$/i, 'application/x-tar'],
  [/\.tar$/i, 'application/x-tar'],
  [/\.gz$/i, 'application/gzip'],
  [/\.7z$/i, 'application/x-7z-compressed'],
  [/\.csv$/i, 'text/csv'],
  [/\.tsv$/i, 'text/tsv'],
  [/\.txt$/i, 'text/plain'],
  [/\.json$/i, 'application/json'],
  [/\.xml$/i, 'application/xml'],
  [/\.pdf$/i, 'application/pdf'],
  [/\.png$/i, 'image/png'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.tiff?$/i, 'image/tiff'],
  [/\.dcm$/i, 'application/dicom'],
];

const mediaType = (path: string): string => MEDIA.find(([form]) => form.test(path))?.[1] ?? 'application/octet-stream';

const hexOf = (checksums: readonly string[], algorithm: string): string | undefined =>
  checksums.find((checksum) => checksum.startsWith(`${algorithm}:`))?.slice(algorithm.length + 1);

const nameIn = (url: string): string =>
  decodeURIComponent(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? 'file');

const at = (before: string, value: string | number | undefined): string =>
  value === undefined ? '' : `${before}${value}`;

/** Ids must differ: parts of a dataset may have pages or repositories of one name. */
function unique(nodes: readonly Node[]): Node[] {
  const seen = new Map<unknown, number>();
  return nodes.map((node) => {
    const count = (seen.get(node['@id']) ?? 0) + 1;
    seen.set(node['@id'], count);
    return count === 1 ? node : { ...node, '@id': `${node['@id']}-${count}`, name: `${node.name}-${count}` };
  });
}
