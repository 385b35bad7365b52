/** How a dataset is cited. */
import { NotFoundError } from '../errors.js';
import type { Dataset } from './schema.js';

export const CITATION_FORMS = ['bibtex', 'text'] as const;

type Paper = NonNullable<Dataset['papers']>[number];

/** @throws NotFoundError when the registry knows no paper */
export function cite(dataset: Dataset, form: (typeof CITATION_FORMS)[number]): string {
  const text = form === 'bibtex' ? bibtex(dataset) : plainCitation(dataset);
  if (text !== undefined) return text;
  throw new NotFoundError(`The registry has no citation for ${dataset.id}`, {
    dataset: dataset.id,
    hint: dataset.homepage === undefined ? 'Ask the owners of the data.' : `Its page may tell: ${dataset.homepage}`,
  });
}

export function isCitable({ citation, papers = [] }: Dataset): boolean {
  return citation !== undefined || papers.length > 0;
}

/** The entry's own citation, or one made of what is known about the first paper. */
function bibtex(dataset: Dataset): string | undefined {
  if (dataset.citation !== undefined) return dataset.citation.trim();
  const paper = dataset.papers?.[0];
  if (paper === undefined) return undefined;
  const fields = [
    // Doubled braces keep the capitals, which BibTeX styles would lower.
    ['title', `{${escapeTex(paper.title)}}`],
    ['year', paper.year?.toString()],
    ['doi', paper.doi],
    ['url', paper.doi === undefined ? paper.url : undefined],
  ].filter((field): field is [string, string] => field[1] !== undefined);
  const lines = fields.map(([name, value]) => `  ${name} = {${value}},`);
  return [`@${paper.doi === undefined ? 'misc' : 'article'}{${citationKey(dataset, paper)},`, ...lines, '}'].join('\n');
}

function citationKey({ id }: Dataset, { year }: Paper): string {
  return `${id.replace(/[^a-z0-9]/g, '')}${year ?? ''}`;
}

function escapeTex(text: string): string {
  return text.replace(/[&%$#_]/g, '\\$&');
}

function plainCitation({ papers = [] }: Dataset): string | undefined {
  return papers.length === 0 ? undefined : papers.map(paperText).join('\n');
}

/** `The LUNA16 challenge (2017). https://doi.org/10.1016/j.media.2017.06.015` */
export function paperText({ title, year, doi, url }: Paper): string {
  const when = year === undefined ? '' : ` (${year})`;
  const where = doi === undefined ? url : `https://doi.org/${doi}`;
  const sentence = /[.!?]$/.test(title) && when === '' ? title : `${title.replace(/\.$/, '')}${when}.`;
  return where === undefined ? sentence : `${sentence} ${where}`;
}
