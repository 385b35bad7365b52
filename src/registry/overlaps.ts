/** Which datasets hold the same cases, as the registry knows it: one of two says it, and it is known of both. */
import type { Dataset, Overlap } from './schema.js';

export interface KnownOverlap {
  /** Id of the other dataset, where a registry knows it. */
  dataset?: string;
  name: string;
  /** What this one's cases are to the other: `source-of` is what the other was derived from. */
  relation: Overlap['relation'] | 'source-of';
  cases?: number;
  note?: string;
  evidence?: string[];
}

const INVERSE: Record<Overlap['relation'], KnownOverlap['relation']> = {
  'part-of': 'contains',
  contains: 'part-of',
  'derived-from': 'source-of',
  shares: 'shares',
};

/** @param datasets of all registries */
export function overlapsOf(dataset: Dataset, datasets: readonly Dataset[]): KnownOverlap[] {
  const byId = new Map(datasets.map((one) => [one.id, one]));
  const own = (dataset.overlaps ?? []).map(({ name, relation, ...overlap }) => {
    const other = overlap.dataset === undefined ? undefined : byId.get(overlap.dataset);
    return known(relation, { ...overlap, name: other?.name ?? name ?? (overlap.dataset as string) });
  });
  const said = new Set(own.map((overlap) => overlap.dataset));
  const others = datasets.flatMap((other) =>
    other.id === dataset.id || said.has(other.id)
      ? []
      : (other.overlaps ?? [])
          .filter((overlap) => overlap.dataset === dataset.id)
          .map((overlap) => known(INVERSE[overlap.relation], { ...overlap, dataset: other.id, name: other.name })),
  );
  return [...own, ...others];
}

/** Datasets that both of two overlap with: through them, the two may share cases of which nobody has said so. */
export function sharedKin(a: Dataset, b: Dataset, datasets: readonly Dataset[]): string[] {
  const kin = (one: Dataset) => overlapsOf(one, datasets).map(({ dataset, name }) => dataset ?? name);
  const of = new Set(kin(b));
  return kin(a).filter((name) => of.has(name) && name !== a.id && name !== b.id);
}

function known(
  relation: KnownOverlap['relation'],
  { dataset, name, cases, note, evidence }: Omit<Overlap, 'relation' | 'name'> & { name: string },
): KnownOverlap {
  return {
    ...(dataset === undefined ? {} : { dataset }),
    name,
    relation,
    ...(cases === undefined ? {} : { cases }),
    ...(note === undefined ? {} : { note }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}
