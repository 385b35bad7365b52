/**
 * The registry's form, in one place. `docs/registry.schema.json` is generated from it (`npm run schema`), the types are
 * inferred from it, and every registry that a user adds is held against it. docs/registry-format.md explains it.
 */
import { z } from 'zod';
import { isChecksum } from '../checksum.js';

/** An id is a folder's name on every file system, so: lower case, digits, dashes and dots, no dot first. */
export const ID_FORM = /^[a-z0-9][a-z0-9._-]{0,99}$/;

const text = z.string().trim().min(1);
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), 'must not hold a user name or password');

/** Relative POSIX path inside a dataset. The archive's safety check holds it again before anything is written. */
const relativePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path), 'must be relative, not absolute')
  .refine((path) => !path.split(/[/\\]/).includes('..'), 'must not climb with ..')
  .refine((path) => !/[\u0000-\u001f\u007f\\]/.test(path), 'must not hold control characters or backslashes')
  .refine((path) => !path.split('/').some((part) => part === '' || part === '.'), 'must not hold empty or . parts');

const checksum = z
  .string()
  .refine(isChecksum, 'must be algorithm:hex with md5, sha1, sha256, sha512 or crc32c and the right number of digits');
const checksums = z.union([checksum, z.array(checksum).min(1)]);
const bytes = z.number().int().nonnegative();
const date = z.iso.date();

/** How a file is unpacked: not at all, by what its first bytes say, or as the kind named. */
const unpack = z.union([z.boolean(), z.enum(['zip', 'tar', 'gz', '7z'])]);

/** Facts about one file that a source offers, known before the host is asked. */
const fileFacts = {
  path: relativePath,
  /** Glob over the name that the host or a browser gives, where it is not always `path`. */
  pattern: text.optional(),
  size: bytes.optional(),
  checksum: checksums.optional(),
  unpack: unpack.optional(),
  /** Folder inside the dataset that the file, or what is in it, goes to. */
  into: relativePath.optional(),
};
const file = z.strictObject(fileFacts);

/**
 * Where files of a tree land: `{ "from": "images/{case}.nii.gz", "to": "data/{case}/imaging.nii.gz" }`. A `{name}` stands
 * for any characters but a slash. The first rule that fits wins; a file that none fits keeps its path.
 */
const place = z.array(z.strictObject({ from: relativePath, to: relativePath })).min(1);

const requirement = z.enum(['account', 'token', 'registration', 'terms', 'approval', 'agreement', 'email']);

const common = {
  /** Name for `--source`; needed where a dataset has two sources of one method. Default: the method. */
  name: z.string().regex(ID_FORM).optional(),
  /** True when the dataset's owners offer it here. */
  official: z.boolean().optional(),
  /** What it holds when that is not the whole dataset. */
  provides: z.array(text).optional(),
  /** What the user needs first. */
  requires: z.array(requirement).optional(),
  /** Why this source is used only when asked for by name with --source (a re-upload against the terms, say). */
  onlyByName: text.optional(),
  notes: z.array(text).optional(),
  /** What this rests on. */
  evidence: z.array(text).optional(),
  confidence: z.enum(['high', 'medium', 'low']).optional(),
  /** Day on which the source was last seen to work, or null. */
  checked: date.nullable().optional(),
};

/** Selection and placing for sources that list a tree of files themselves. Globs as in picomatch. */
const tree = {
  include: z.array(text).optional(),
  exclude: z.array(text).optional(),
  place: place.optional(),
  /** Default for the files of a tree: false. */
  unpack: unpack.optional(),
  into: relativePath.optional(),
};

const direct = z.strictObject({
  method: z.literal('direct'),
  ...common,
  /** `url` and `path` may hold one number range each, `{000..299}`, both of the same length. */
  files: z.array(z.strictObject({ ...fileFacts, url: text })).min(1),
});
const zenodo = z.strictObject({
  method: z.literal('zenodo'),
  ...common,
  /** Record number of one version. A concept number means the newest version and is refused in a registry entry that gives checksums. */
  record: z.string().regex(/^\d+$/, 'must be a record number'),
  /** Which files of the record, with what is known of them; all files when absent. */
  files: z.array(file).min(1).optional(),
  place: place.optional(),
});
const s3 = z.strictObject({
  method: z.literal('s3'),
  ...common,
  bucket: text,
  prefix: z.string().optional(),
  region: text.optional(),
  /** Base URL of an S3-compatible host that is not Amazon's. */
  endpoint: webUrl.optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const kaggle = z
  .strictObject({
    method: z.literal('kaggle'),
    ...common,
    dataset: z
      .string()
      .regex(/^[\w-]+\/[\w-]+$/, 'must be owner/slug')
      .optional(),
    competition: z
      .string()
      .regex(/^[\w-]+$/)
      .optional(),
    version: z.number().int().positive().optional(),
    files: z.array(file).min(1).optional(),
    ...tree,
  })
  .refine((s) => (s.dataset === undefined) !== (s.competition === undefined), 'needs either dataset or competition');
const huggingface = z.strictObject({
  method: z.literal('huggingface'),
  ...common,
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  type: z.enum(['dataset', 'model', 'space']).optional(),
  revision: text.optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const tcia = z.strictObject({
  method: z.literal('tcia'),
  ...common,
  collection: text,
  /** URL of a .tcia manifest that names the series. */
  manifest: webUrl.optional(),
  /** Masks, spreadsheets and the like that the collection's page offers beside the images. */
  companions: z.array(z.strictObject({ ...fileFacts, url: webUrl })).optional(),
  ...tree,
});
const idc = z.strictObject({ method: z.literal('idc'), ...common, collection: text, ...tree });
const googleDrive = z
  .strictObject({
    method: z.literal('google-drive'),
    ...common,
    folders: z
      .array(z.strictObject({ id: text, resourceKey: text.optional(), into: relativePath.optional() }))
      .min(1)
      .optional(),
    files: z
      .array(z.strictObject({ ...fileFacts, id: text, resourceKey: text.optional() }))
      .min(1)
      .optional(),
    ...tree,
  })
  .refine((s) => s.folders !== undefined || s.files !== undefined, 'needs files or folders');
const figshare = z.strictObject({
  method: z.literal('figshare'),
  ...common,
  article: z.string().regex(/^\d+$/),
  version: z.number().int().positive().optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const dataverse = z.strictObject({
  method: z.literal('dataverse'),
  ...common,
  server: webUrl,
  doi: text,
  version: text.optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const osf = z.strictObject({
  method: z.literal('osf'),
  ...common,
  node: z.string().regex(/^[a-z0-9]{5,}$/),
  files: z
    .array(z.strictObject({ ...fileFacts, id: text.optional() }))
    .min(1)
    .optional(),
  ...tree,
});
const github = z.strictObject({
  method: z.literal('github'),
  ...common,
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  /** Commit or tag. */
  ref: text.optional(),
  release: text.optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const box = z.strictObject({
  method: z.literal('box'),
  ...common,
  /** Shared links, one a file. */
  files: z.array(z.strictObject({ ...fileFacts, url: webUrl })).min(1),
});
const dropbox = z.strictObject({
  method: z.literal('dropbox'),
  ...common,
  files: z.array(z.strictObject({ ...fileFacts, url: webUrl })).min(1),
});
const synapse = z.strictObject({
  method: z.literal('synapse'),
  ...common,
  entity: z.string().regex(/^syn\d+$/),
  ...tree,
});
const nitrc = z.strictObject({
  method: z.literal('nitrc'),
  ...common,
  group: text,
  files: z
    .array(z.strictObject({ ...fileFacts, id: text }))
    .min(1)
    .optional(),
});
const manual = z.strictObject({
  method: z.literal('manual'),
  ...common,
  host: text,
  /** Page to begin at. */
  url: webUrl,
  /** What a person does, one sentence each, in order. The last brings the files to disk; `medds import` follows by itself. */
  steps: z.array(text).min(1),
  /** Files the person ends up with. `pattern` is a glob over the name that the browser gives. */
  files: z
    .array(z.strictObject({ ...fileFacts, pattern: text.optional(), optional: z.boolean().optional() }))
    .optional(),
});

const single = z.discriminatedUnion('method', [
  direct,
  zenodo,
  s3,
  kaggle,
  huggingface,
  tcia,
  idc,
  googleDrive,
  figshare,
  dataverse,
  osf,
  github,
  box,
  dropbox,
  synapse,
  nitrc,
  manual,
]);
/** Several sources that make up the dataset only together. */
const all = z.strictObject({ method: z.literal('all'), ...common, of: z.array(single).min(2) });
const source = z.union([single, all]);

const paper = z.strictObject({
  title: text,
  doi: z
    .string()
    .regex(/^10\.\d{4,9}\/\S+$/, 'must be a DOI such as 10.1000/xyz')
    .optional(),
  url: webUrl.optional(),
  year: z.number().int().min(1900).max(2100).optional(),
});

export const datasetSchema = z
  .strictObject({
    name: text,
    aliases: z.array(z.string().regex(ID_FORM)).optional(),
    title: text.optional(),
    description: text.optional(),
    section: text.optional(),
    modalities: z.array(text).optional(),
    anatomy: z.array(text).optional(),
    tasks: z.array(text).optional(),
    keywords: z.array(text).optional(),
    homepage: webUrl.optional(),
    leaderboard: webUrl.optional(),
    papers: z.array(paper).optional(),
    license: z.strictObject({ name: text, spdx: text.optional(), url: webUrl.optional() }).optional(),
    terms: z.strictObject({ summary: text, url: webUrl.optional() }).optional(),
    /** Whether others may pass the data on. */
    redistribution: z.enum(['allowed', 'forbidden', 'unknown']).optional(),
    /** Bytes to download. */
    size: bytes.optional(),
    /** Bytes on disk when unpacked. */
    unpackedSize: bytes.optional(),
    /** What is known of the size where the exact figure is not, or how it was found. */
    sizeNote: text.optional(),
    cases: z.number().int().nonnegative().optional(),
    casesNote: text.optional(),
    formats: z.array(text).optional(),
    /** What the tree looks like once it is here. */
    layout: text.optional(),
    /** BibTeX, one entry. */
    citation: text.optional(),
    /** Known problems and things to know before use, a sentence each. */
    notes: z.array(text).optional(),
    sources: z.array(source).min(1),
  })
  .superRefine((dataset, ctx) => {
    const seen = new Set<string>();
    for (const [index, entry] of dataset.sources.entries()) {
      const name = entry.name ?? entry.method;
      if (seen.has(name)) {
        ctx.addIssue({ code: 'custom', path: ['sources', index, 'name'], message: `two sources are called ${name}` });
      }
      seen.add(name);
    }
  });

export const registrySchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  datasets: z.record(
    z.string().regex(ID_FORM, 'an id holds lower-case letters, digits, dots and dashes'),
    datasetSchema,
  ),
});

export type Registry = z.infer<typeof registrySchema>;
/** An entry as it is written in the file, without its id. */
export type DatasetEntry = z.infer<typeof datasetSchema>;
export type SourceEntry = z.infer<typeof source>;
export type SingleSourceEntry = z.infer<typeof single>;
export type Method = SourceEntry['method'];
export type FileFacts = z.infer<typeof file>;
export type PlaceRule = z.infer<typeof place>[number];
export type Requirement = z.infer<typeof requirement>;
export type UnpackRule = z.infer<typeof unpack>;

/** A dataset as medds handles it: the entry, its id, and where it was read from. */
export interface Dataset extends DatasetEntry {
  id: string;
  /** Path or URL of the registry; 'bundled' for the one that comes with medds, 'argument' for a locator typed by the user. */
  registry: string;
  /** The locator as it was typed. */
  argument?: string;
}
