/** What all images of a dataset come to: how many of which format, how large, of what; and which cannot be read. */
import { FORMATS, type Format, type ImageFacts } from './image.js';

export interface FormatSummary {
  count: number;
  /** The most frequent, as `512 x 512 x 120`, with how many there are of each; and how many others. */
  dimensions: { size: string; count: number }[];
  otherDimensions: number;
  /** Least and most, axis by axis, of those that tell. */
  spacing?: { least: number[]; most: number[] };
  types: Record<string, number>;
}

export interface ImageSummary {
  /** Files that are images, and those that belong to one. */
  images: number;
  parts: number;
  /** Files that are none. */
  others: number;
  formats: Partial<Record<Format, FormatSummary>>;
  /** Of DICOM. */
  modalities: Record<string, number>;
  patients?: number;
  studies?: number;
  series?: number;
  /** Where the registry tells what a case is. */
  cases?: number;
  unreadable: { path: string; why: string }[];
  unreadableCount: number;
}

const NAMED = 1000;
/** Sizes that are named. */
const SIZES = 5;
/** Sizes and types that are counted: of a hostile set, not all. */
const MOST = 10_000;

interface Counted {
  count: number;
  sizes: Map<string, number>;
  types: Map<string, number>;
  spacing?: { least: number[]; most: number[] };
}

/** Gathers what is found file by file, in bounded memory but for ids of patients, studies and series. */
export class Summary {
  #images = 0;
  #files = 0;
  readonly #parts = new Set<string>();
  readonly #formats = new Map<Format, Counted>();
  readonly #modalities = new Map<string, number>();
  readonly #ids = { patients: new Set<string>(), studies: new Set<string>(), series: new Set<string>() };
  readonly #unreadable: ImageSummary['unreadable'] = [];
  #unreadableCount = 0;

  /** @param facts undefined for what is no image */
  add(facts: ImageFacts | undefined): void {
    this.#files += 1;
    if (facts === undefined) return;
    // Of a gzip of something else only the stream was read: it is no image.
    if (facts.format !== 'gzip') this.#images += 1;
    for (const part of facts.parts ?? []) this.#parts.add(part);
    const format: Counted = this.#formats.get(facts.format) ?? { count: 0, sizes: new Map(), types: new Map() };
    this.#formats.set(facts.format, format);
    format.count += 1;
    if (facts.dimensions.length > 0) countIn(format.sizes, facts.dimensions.join(' x '));
    if (facts.type !== undefined) countIn(format.types, facts.type);
    if (facts.modality !== undefined) countIn(this.#modalities, facts.modality);
    if (facts.patient !== undefined) this.#ids.patients.add(facts.patient);
    if (facts.study !== undefined) this.#ids.studies.add(facts.study);
    if (facts.series !== undefined) this.#ids.series.add(facts.series);
    const { spacing } = facts;
    if (spacing === undefined) return;
    const { least, most } = format.spacing ?? { least: spacing, most: spacing };
    // Axes that only some have are left out.
    const axes = Math.min(spacing.length, least.length);
    const at = (values: readonly number[], axis: number) => values[axis] as number;
    format.spacing = {
      least: Array.from({ length: axes }, (_, axis) => Math.min(at(least, axis), at(spacing, axis))),
      most: Array.from({ length: axes }, (_, axis) => Math.max(at(most, axis), at(spacing, axis))),
    };
  }

  fail(path: string, why: string): void {
    this.#files += 1;
    this.#unreadableCount += 1;
    if (this.#unreadable.length < NAMED) this.#unreadable.push({ path, why });
  }

  result(cases: number | undefined): ImageSummary {
    const { patients, studies, series } = this.#ids;
    const formats: ImageSummary['formats'] = {};
    for (const name of FORMATS) {
      const found = this.#formats.get(name);
      if (found === undefined) continue;
      const sizes = [...found.sizes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      formats[name] = {
        count: found.count,
        dimensions: sizes.slice(0, SIZES).map(([size, count]) => ({ size, count })),
        otherDimensions: Math.max(0, sizes.length - SIZES),
        ...(found.spacing === undefined ? {} : { spacing: found.spacing }),
        types: Object.fromEntries([...found.types].sort()),
      };
    }
    return {
      images: this.#images,
      parts: this.#parts.size,
      others: Math.max(0, this.#files - this.#images - this.#unreadableCount - this.#parts.size),
      formats,
      modalities: Object.fromEntries([...this.#modalities].sort()),
      ...(patients.size === 0 ? {} : { patients: patients.size }),
      ...(studies.size === 0 ? {} : { studies: studies.size }),
      ...(series.size === 0 ? {} : { series: series.size }),
      ...(cases === undefined ? {} : { cases }),
      unreadable: this.#unreadable.sort((a, b) => (a.path < b.path ? -1 : 1)),
      unreadableCount: this.#unreadableCount,
    };
  }
}

function countIn(counts: Map<string, number>, key: string): void {
  if (counts.has(key) || counts.size < MOST) counts.set(key, (counts.get(key) ?? 0) + 1);
}
