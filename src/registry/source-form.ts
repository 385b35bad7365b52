/** The registry's form of a source: one variant an access method. docs/access-methods.md explains them. */
import { z } from 'zod';
import { LOCATION } from '../sources/idc-manifest.js';
import { BUCKET, REGION } from '../sources/s3-address.js';
import { common, file, fileFacts, layout, named, relativePath, text, tree, uid, webUrl, webUrlOfMany } from './form.js';
import {
  dataverse,
  figshare,
  inveniordm,
  mendeley,
  nitrc,
  osf,
  physionet,
  synapse,
  zenodo,
} from './repository-form.js';

/** As Google Cloud Storage allows it. */
const GCS_BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const girderId = z.string().regex(/^[0-9a-f]{24}$/, 'must be an id of Girder, 24 hexadecimal digits');

const direct = z.strictObject({
  method: z.literal('direct'),
  ...common,
  /** `url` and `path` may hold one number range each, `{000..299}`, both of the same length. */
  files: z
    .array(
      z
        .strictObject({
          ...fileFacts,
          url: webUrlOfMany,
          /** Other addresses of the same bytes, for which there must be a checksum. */
          mirrors: z.array(webUrl).min(1).optional(),
        })
        .refine(
          (f) => f.mirrors === undefined || f.checksum !== undefined,
          'needs a checksum, so that mirrors can be told from others',
        )
        .refine(
          (f) => f.mirrors === undefined || !/\{\d+\.\.\d+\}/.test(f.url),
          'has either a number range or mirrors',
        ),
    )
    .min(1),
});
const s3 = z.strictObject({
  method: z.literal('s3'),
  ...common,
  bucket: z.string().regex(BUCKET, 'must be the name of a bucket'),
  /** Folder in the bucket, all of it when absent; or the key of one object. */
  prefix: z
    .string()
    .refine((prefix) => !prefix.startsWith('/'), 'must not begin with a slash')
    .optional(),
  region: z.string().regex(REGION, 'must be a region such as us-west-2').optional(),
  /** Base URL of a host that is not Amazon's and speaks as S3 does. */
  endpoint: webUrl.optional(),
  /** Path, from the prefix on, of the owners' list of MD5s, as md5sum writes it; its paths count from its own folder. */
  checksumFile: relativePath.optional(),
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
    /** Of the dataset; the newest when absent. */
    version: z.number().int().positive().optional(),
    files: z.array(file).min(1).optional(),
    ...tree,
  })
  .refine((s) => (s.dataset === undefined) !== (s.competition === undefined), 'needs either dataset or competition')
  .refine((s) => s.competition === undefined || s.version === undefined, 'version is of a dataset');
const huggingface = z.strictObject({
  method: z.literal('huggingface'),
  ...common,
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  /** Default: dataset. */
  type: z.enum(['dataset', 'model', 'space']).optional(),
  /** Commit, tag or branch; the main branch when absent. Only a commit pins what is fetched. */
  revision: text.optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
/** What a source of DICOM series takes of its collection. */
const choiceOfSeries = {
  patients: z.array(text).min(1).optional(),
  studies: z.array(uid).min(1).optional(),
  series: z.array(uid).min(1).optional(),
  modalities: z.array(text).min(1).optional(),
  layout: layout.optional(),
};
/** Over the folders of the series, as `layout` names them. */
const foldersOfSeries = { include: tree.include, exclude: tree.exclude, into: tree.into };
const tcia = z
  .strictObject({
    method: z.literal('tcia'),
    ...common,
    /** As NBIA spells it, `CT Lymph Nodes`. */
    collection: text.optional(),
    /** URL of a .tcia manifest that names the series. */
    manifest: webUrl.optional(),
    ...choiceOfSeries,
    /** Masks, spreadsheets and the like that the collection's page offers beside the images. */
    companions: z.array(z.strictObject({ ...fileFacts, url: webUrl })).optional(),
    ...foldersOfSeries,
  })
  .refine(
    (s) => s.collection !== undefined || s.manifest !== undefined || s.series !== undefined,
    'needs a collection, a manifest or series',
  );
const idc = z
  .strictObject({
    method: z.literal('idc'),
    ...common,
    /** As IDC spells it, `ct_lymph_nodes`. */
    collection: text.optional(),
    /** URL of a .s5cmd manifest that names the series. */
    manifest: webUrl.optional(),
    /** Folders of series in IDC's buckets, as a manifest names them: one version of each, for good. */
    locations: z.array(z.string().regex(LOCATION, 'must be s3://BUCKET/ and the UUID of a series')).min(1).optional(),
    ...choiceOfSeries,
    ...foldersOfSeries,
  })
  .refine(
    (s) => (s.collection ?? s.manifest ?? s.locations ?? s.series) !== undefined,
    'needs a collection, a manifest, locations or series',
  );
const driveRef = { id: text, resourceKey: text.optional() };
const googleDrive = z
  .strictObject({
    method: z.literal('google-drive'),
    ...common,
    folders: z
      .array(z.strictObject({ ...driveRef, into: relativePath.optional() }))
      .min(1)
      .optional(),
    files: z
      .array(z.strictObject({ ...named, ...driveRef }))
      .min(1)
      .optional(),
    /** A file or a folder of which only the id is known. */
    item: z.strictObject(driveRef).optional(),
    ...tree,
  })
  .refine((s) => (s.folders ?? s.files ?? s.item) !== undefined, 'needs files, folders or an item');
const github = z
  .strictObject({
    method: z.literal('github'),
    ...common,
    repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
    /** Commit, tag or branch; the main branch when absent. Only a commit pins what is fetched. */
    ref: text.optional(),
    /** Tag of a release, or `latest`: what is attached to it, in place of the repository's own files. */
    release: text.optional(),
    files: z.array(file).min(1).optional(),
    ...tree,
  })
  .refine((s) => s.ref === undefined || s.release === undefined, 'has either a ref or a release');
const box = z
  .strictObject({
    method: z.literal('box'),
    ...common,
    /** Shared links, one a file. */
    files: z
      .array(z.strictObject({ ...named, url: webUrl }))
      .min(1)
      .optional(),
    /** A shared link to a file or a folder; folders are listed. */
    item: z.strictObject({ url: webUrl }).optional(),
    ...tree,
  })
  .refine((s) => (s.files ?? s.item) !== undefined, 'needs files or an item');
const dropbox = z.strictObject({
  method: z.literal('dropbox'),
  ...common,
  /** Shared links; a folder's stands for a zip of all that is in it. */
  files: z.array(z.strictObject({ ...named, url: webUrl })).min(1),
});
const gcs = z.strictObject({
  method: z.literal('gcs'),
  ...common,
  bucket: z.string().regex(GCS_BUCKET, 'must be the name of a bucket'),
  /** Folder in the bucket, all of it when absent; or the name of one object. */
  prefix: z
    .string()
    .refine((prefix) => !prefix.startsWith('/'), 'must not begin with a slash')
    .optional(),
  /** True where the bucket's owners let those pay who read it: the user names a project of his own. */
  requesterPays: z.boolean().optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const girder = z
  .strictObject({
    method: z.literal('girder'),
    ...common,
    /** Address of the programming interface: `https://host/database/api/v1`. */
    api: webUrl,
    collection: girderId.optional(),
    folder: girderId.optional(),
    item: girderId.optional(),
    files: z.array(file).min(1).optional(),
    ...tree,
  })
  .refine(
    ({ collection, folder, item }) => [collection, folder, item].filter((one) => one !== undefined).length === 1,
    'needs one of collection, folder and item',
  );
const nextcloud = z.strictObject({
  method: z.literal('nextcloud'),
  ...common,
  /** Address of a public share: `https://b2drop.bsc.es/index.php/s/TOKEN`. */
  share: webUrl.regex(/\/s\/[\w-]+\/?$/, 'must be the address of a share, …/s/TOKEN'),
  files: z.array(file).min(1).optional(),
  ...tree,
});
const croissant = z.strictObject({
  method: z.literal('croissant'),
  ...common,
  /** Address of the description, JSON-LD. */
  url: webUrl,
  files: z.array(file).min(1).optional(),
  ...tree,
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

export const single = z.discriminatedUnion('method', [
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
  physionet,
  gcs,
  mendeley,
  inveniordm,
  girder,
  nextcloud,
  croissant,
  manual,
]);
/** Several sources that make up the dataset only together. */
const all = z.strictObject({ method: z.literal('all'), ...common, of: z.array(single).min(2) });
export const source = z.union([single, all]);
