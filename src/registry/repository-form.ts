/** The registry's form of sources that are research data repositories: what they hold has an id, often a version and a DOI. */
import { z } from 'zod';
import { common, file, named, place, tree, webUrl } from './form.js';

export const zenodo = z.strictObject({
  method: z.literal('zenodo'),
  ...common,
  /** Record number of one version. A concept number means the newest version and is refused in a registry entry that gives checksums. */
  record: z.string().regex(/^\d+$/, 'must be a record number'),
  /** Which files of the record, with what is known of them; all files when absent. */
  files: z.array(file).min(1).optional(),
  place: place.optional(),
});
export const figshare = z
  .strictObject({
    method: z.literal('figshare'),
    ...common,
    article: z.string().regex(/^\d+$/, 'must be the number of an article').optional(),
    /** All articles of a collection, each in a folder of its own. */
    collection: z.string().regex(/^\d+$/, 'must be the number of a collection').optional(),
    /** One file of which no article is known. */
    file: z.string().regex(/^\d+$/, 'must be the number of a file').optional(),
    /** Of the article; the newest when absent. A collection has its articles' newest versions. */
    version: z.number().int().positive().optional(),
    files: z.array(file).min(1).optional(),
    ...tree,
  })
  .refine(
    ({ article, collection, file }) => [article, collection, file].filter((one) => one !== undefined).length === 1,
    'needs one of article, collection and file',
  )
  .refine((s) => s.article !== undefined || s.version === undefined, 'version is of an article');
export const dataverse = z.strictObject({
  method: z.literal('dataverse'),
  ...common,
  /** Address of the installation: `https://dataverse.harvard.edu`. */
  server: webUrl,
  /** DOI of the dataset, or of one of its files; other persistent ids with their scheme, `hdl:…`. */
  doi: z.string().regex(/^(doi:|hdl:|perma:|10\.)\S+$/i, 'must be a DOI, or hdl: or perma: and an id'),
  /** `2.0`; the newest that is published when absent. */
  version: z
    .string()
    .regex(/^(\d+(\.\d+)?|:latest-published|:latest|:draft)$/, 'must be a version number such as 2.0')
    .optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
export const osf = z.strictObject({
  method: z.literal('osf'),
  ...common,
  /** Id of a project, a component, a registration or a file. */
  node: z.string().regex(/^[a-z0-9]{5,}$/, 'must be an id of OSF'),
  /** False leaves out the components of a project; each is in a folder of its own. */
  components: z.boolean().optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
export const synapse = z.strictObject({
  method: z.literal('synapse'),
  ...common,
  /** Id of a project, folder, file or dataset; `syn123.4` is version 4 of a file or dataset, the newest when absent. */
  entity: z.string().regex(/^syn\d+(\.\d+)?$/, 'must be an id such as syn123'),
  files: z.array(file).min(1).optional(),
  ...tree,
});
export const nitrc = z
  .strictObject({
    method: z.literal('nitrc'),
    ...common,
    /** Project whose releases are meant: its number, as in `frs/?group_id=48`, or the name that its page's address ends with. */
    group: z
      .string()
      .regex(/^[A-Za-z0-9][\w-]*$/, 'must be the number or name of a project')
      .optional(),
    files: z
      .array(
        z.strictObject({
          ...named,
          /** As in `frs/download.php/5731/NAME`. */
          id: z.string().regex(/^\d+$/, 'must be the number of a file'),
          /** True for what is listed as a link to elsewhere, `frs/downloadlink.php/9088`. */
          link: z.boolean().optional(),
        }),
      )
      .min(1)
      .optional(),
    ...tree,
  })
  .refine((s) => (s.group ?? s.files) !== undefined, 'needs a group or files')
  .refine(
    (s) => s.files?.every(({ path, link }) => path !== undefined || link === true) !== false,
    'needs the path of every file that is no link',
  );
export const physionet = z.strictObject({
  method: z.literal('physionet'),
  ...common,
  /** As in physionet.org/content/PROJECT/VERSION/. */
  project: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be the name of a project'),
  version: z.string().regex(/^\d+(\.\d+)*$/, 'must be a version such as 1.0.0'),
  files: z.array(file).min(1).optional(),
  ...tree,
});
export const mendeley = z.strictObject({
  method: z.literal('mendeley'),
  ...common,
  /** As in data.mendeley.com/datasets/ID/VERSION. */
  dataset: z.string().regex(/^[a-z0-9]{10}$/, 'must be the id of a dataset, ten letters and digits'),
  /** The newest when absent. */
  version: z.number().int().positive().optional(),
  files: z.array(file).min(1).optional(),
  ...tree,
});
export const inveniordm = z.strictObject({
  method: z.literal('inveniordm'),
  ...common,
  /** Address of the repository: `https://fdat.uni-tuebingen.de`. */
  server: webUrl,
  /** As in SERVER/records/RECORD. */
  record: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be the id of a record'),
  files: z.array(file).min(1).optional(),
  ...tree,
});
