/**
 * The registry's form, in one place. `docs/registry.schema.json` is generated from it (`npm run schema`), the types are
 * inferred from it, and every registry that a user adds is held against it. docs/registry-format.md explains it.
 */
import { z } from 'zod';
import {
  bytes,
  casePath,
  type file,
  ID_FORM,
  type place,
  type requirement,
  text,
  type unpack,
  webUrl,
} from './form.js';
import { type single, source } from './source-form.js';

export { ID_FORM };

const paper = z.strictObject({
  title: text,
  doi: z
    .string()
    .regex(/^10\.\d{4,9}\/\S+$/, 'must be a DOI such as 10.1000/xyz')
    .optional(),
  url: webUrl.optional(),
  year: z.number().int().min(1900).max(2100).optional(),
});

const split = z.strictObject({
  /** `train`, `validation`, `test`, `fold 0`. */
  name: text,
  cases: z.number().int().nonnegative().optional(),
  summary: text.optional(),
  /** Globs over the paths in the dataset. */
  paths: z.array(text).min(1).optional(),
});

const problem = z.strictObject({
  /** What is wrong and what to do about it, in a sentence or two. */
  summary: text,
  /** Names of the cases that it is about. */
  cases: z.array(text).min(1).optional(),
  /** Paths or globs of the files that it is about. */
  files: z.array(text).min(1).optional(),
  evidence: z.array(text).min(1).optional(),
});

const overlap = z
  .strictObject({
    /** Id of the other dataset, where a registry knows it. */
    dataset: z.string().regex(ID_FORM).optional(),
    /** Its name, where none does. */
    name: text.optional(),
    /** This one's cases are `part-of` the other, or it `contains` the other's; it is `derived-from` it (processed); it `shares` some. */
    relation: z.enum(['part-of', 'contains', 'derived-from', 'shares']),
    /** How many, where it is known. */
    cases: z.number().int().positive().optional(),
    /** Which cases, or how one finds them, in a sentence. */
    note: text.optional(),
    evidence: z.array(text).min(1).optional(),
  })
  .refine(({ dataset, name }) => (dataset === undefined) !== (name === undefined), 'needs either dataset or name');

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
    /** Whether it may be used for profit; where absent, what the licence says by its SPDX id. */
    commercialUse: z.enum(['allowed', 'forbidden', 'unknown']).optional(),
    /** Bytes to download. */
    size: bytes.optional(),
    /** Bytes on disk when unpacked. */
    unpackedSize: bytes.optional(),
    /** What is known of the size where the exact figure is not, or how it was found. */
    sizeNote: text.optional(),
    cases: z.number().int().nonnegative().optional(),
    casesNote: text.optional(),
    /** What a case is: `scans/{case}.mhd`. Files that no pattern fits belong to all of them. */
    casePaths: z.array(casePath).min(1).optional(),
    formats: z.array(text).optional(),
    /** What the tree looks like once it is here. */
    layout: text.optional(),
    /** BibTeX, one entry. */
    citation: text.optional(),
    /** Splits that the owners made, for comparable results. */
    splits: z.array(split).min(1).optional(),
    /** What is known to be wrong: cases to leave out, broken files, wrong labels. */
    problems: z.array(problem).min(1).optional(),
    /** Datasets that hold some of the same cases: not to be trained on the one and tested on the other. */
    overlaps: z.array(overlap).min(1).optional(),
    /** Things to know before use, a sentence each. */
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
export type Seen = NonNullable<SingleSourceEntry['seen']>;
export type Overlap = z.infer<typeof overlap>;
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
