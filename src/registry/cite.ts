/** How a dataset is cited: as its owners wish, in the form that is wanted. */
import { NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { Dataset } from './schema.js';

export const CITATION_FORMS = ['bibtex', 'apa', 'csl-json', 'text'] as const;

export type CitationForm = (typeof CITATION_FORMS)[number];

type Paper = NonNullable<Dataset['papers']>[number];

/**
 * The papers of several datasets, each once. `csl-json` is the text of a JSON array (Citation Style Language, which Zotero, Pandoc and
 * others read); `apa` is a line for each paper.
 * @throws NotFoundError when the registry knows no paper of one of them
 */
export async function cite(datasets: readonly Dataset[], form: CitationForm): Promise<string> {
  if (form === 'text') return unique(datasets.flatMap(plainCitation)).join('\n');
  const entries = unique(datasets.map(bibtex));
  if (form === 'bibtex') return entries.join('\n\n');
  return styled(entries.join('\n'), form);
}

export function isCitable({ citation, papers = [] }: Dataset): boolean {
  return citation !== undefined || papers.length > 0;
}

/** By citation.js, which has the styles; loaded only when it is asked for. */
async function styled(entries: string, form: 'apa' | 'csl-json'): Promise<string> {
  const { Cite } = await import('@citation-js/core');
  await Promise.all([import('@citation-js/plugin-bibtex'), import('@citation-js/plugin-csl')]);
  // What the text is, is said: it would ask the network about an address.
  const cited = new Cite(entries, { forceType: '@bibtex/text' });
  const seen = new Set<string>();
  cited.data = cited.data.filter(({ id, title }) => {
    const isNew = !seen.has(`${id} ${title}`);
    seen.add(`${id} ${title}`);
    return isNew;
  });
  if (form === 'csl-json') return cited.format('data', { format: 'text' });
  return cited.format('bibliography', { format: 'text', template: 'apa', lang: 'en-US' }).trim();
}

/** The entry's own citation, or one made of what is known about the first paper. @throws NotFoundError */
function bibtex(dataset: Dataset): string {
  if (dataset.citation !== undefined) return dataset.citation.trim();
  const paper = dataset.papers?.[0];
  if (paper === undefined) throw unknown(dataset);
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

function plainCitation(dataset: Dataset): string[] {
  const { papers = [] } = dataset;
  if (papers.length === 0) throw unknown(dataset);
  return papers.map(paperText);
}

function unknown({ id, homepage }: Dataset): NotFoundError {
  return new NotFoundError(`The registry has no citation for ${id}`, {
    dataset: id,
    hint: homepage === undefined ? 'Ask the owners of the data.' : `Its page may tell: ${printable(homepage)}`,
  });
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** `The LUNA16 challenge (2017). https://doi.org/10.1016/j.media.2017.06.015` */
export function paperText({ title, year, doi, url }: Paper): string {
  const when = year === undefined ? '' : ` (${year})`;
  const where = doi === undefined ? url : `https://doi.org/${doi}`;
  const sentence = /[.!?]$/.test(title) && when === '' ? title : `${title.replace(/\.$/, '')}${when}.`;
  return where === undefined ? sentence : `${sentence} ${where}`;
}
