/** The result of `medds info`. */

import type { Described, Listed } from '../catalogue.js';
import { candidates, sourceName } from '../choose.js';
import { printable } from '../printable.js';
import { whyByName } from '../registry/by-name.js';
import { isCitable, paperText } from '../registry/cite.js';
import type { Dataset, SourceEntry } from '../registry/schema.js';
import { useOf } from '../registry/use.js';
import { describeSource } from '../sources/table.js';
import { needsText } from './access.js';
import { hereText } from './dataset-list.js';
import { formatBytes, formatCount } from './format.js';
import { overlapText, problemText, splitText } from './known.js';
import { type Measure, measureFor } from './measure.js';
import { type Terminal, textWidth } from './terminal.js';
import { labelled, wrap } from './wrap.js';

/** The page, without a newline at its end. */
export async function pageText(
  { dataset, status, overlaps = [], shadows = [] }: Listed & Partial<Described>,
  terminal: Terminal,
): Promise<string> {
  const measure = await measureFor([JSON.stringify(dataset), status?.path ?? '']);
  const page = new Page(terminal, measure);
  page.title(dataset);
  page.facts(factsOf(dataset, status, shadows));
  page.section('Licence and terms', () => page.facts(lawOf(dataset)));
  page.section('How it is obtained', () => addSources(page, dataset));
  page.section('Known problems', () => page.list((dataset.problems ?? []).map(problemText)));
  page.section('Overlaps', () => page.list(overlaps.map(overlapText)));
  page.section('Splits', () => page.list((dataset.splits ?? []).map(splitText)));
  page.section('Good to know', () => page.list(dataset.notes ?? []));
  page.section('Papers', () => {
    page.list((dataset.papers ?? []).map(paperText));
    if (isCitable(dataset)) page.item('  ', `To cite: medds info ${dataset.id} --cite bibtex`);
  });
  page.section('Links', () =>
    page.facts([
      ['Homepage', dataset.homepage],
      ['Leaderboard', dataset.leaderboard],
    ]),
  );
  return page.text();
}

type Fact = readonly [label: string, text: string | undefined];

const LABEL_WIDTH = 16;

/** Collects lines; everything that goes in is made printable here. */
class Page {
  readonly #lines: string[] = [];
  readonly #width: number;

  constructor(
    readonly terminal: Terminal,
    readonly measure: Measure,
  ) {
    this.#width = textWidth(terminal);
  }

  title({ id, name, title, description }: Dataset): void {
    const { bold, dim } = this.terminal.style;
    const whole = title === undefined || title === name ? name : `${name} · ${title}`;
    const [first = '', ...rest] = wrap(clean(whole), this.#width, this.measure);
    this.#lines.push(bold(first), ...rest.map(bold), dim(id));
    if (description !== undefined) this.#lines.push('', ...wrap(clean(description), this.#width, this.measure));
    this.#lines.push('');
  }

  /** A headed part of the page; left out when it would be empty. */
  section(heading: string, fill: () => void): void {
    const before = this.#lines.length;
    fill();
    if (this.#lines.length === before) return;
    this.#lines.splice(before, 0, '', this.terminal.style.bold(heading));
  }

  facts(facts: readonly Fact[]): void {
    for (const [label, text] of facts) {
      if (text !== undefined && text !== '') this.item(`  ${label.padEnd(LABEL_WIDTH)}`, text);
    }
  }

  list(items: readonly string[]): void {
    for (const text of items) this.item('  - ', text);
  }

  item(label: string, text: string): void {
    this.#lines.push(labelled(label, clean(text), this.#width, this.measure));
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

/** Line breaks of running text are spaces; what else steers a terminal is made visible. */
function clean(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

function factsOf(dataset: Dataset, status: Listed['status'], shadows: readonly string[]): Fact[] {
  const { modalities, anatomy, tasks, cases, casesNote, formats, section, layout, registry } = dataset;
  const count = cases === undefined ? undefined : formatCount(cases);
  return [
    ['Modality', modalities?.join(', ')],
    ['Anatomy', anatomy?.join(', ')],
    ['Tasks', tasks?.join(', ')],
    ['Cases', withNote(count, casesNote)],
    ['Size', sizeOf(dataset)],
    ['Formats', formats?.join(', ')],
    ['Tree', layout],
    ['Section', section],
    ['Registry', registryText(registry, shadows)],
    ['Here', status === undefined ? `no (medds fetch ${dataset.id})` : withNote(hereText(status), status.path)],
  ];
}

/** Where the entry is from, and which others it takes the place of. */
function registryText(registry: string, shadows: readonly string[]): string | undefined {
  if (registry === 'bundled' && shadows.length === 0) return undefined;
  const others = shadows.map((place) => (place === 'bundled' ? 'that medds brings along' : place));
  return shadows.length === 0 ? registry : `${registry}, in place of the entry of ${others.join(' and of ')}`;
}

function sizeOf({ size, unpackedSize, sizeNote }: Dataset): string | undefined {
  const parts = [
    size === undefined ? undefined : `${formatBytes(size)} to download`,
    unpackedSize === undefined ? undefined : `${formatBytes(unpackedSize)} unpacked`,
  ].filter((part) => part !== undefined);
  return withNote(parts.length === 0 ? undefined : parts.join(', '), sizeNote);
}

function withNote(text: string | undefined, remark: string | undefined): string | undefined {
  if (text === undefined || remark === undefined) return text ?? remark;
  return `${text} (${remark.replace(/\.$/, '')})`;
}

const SHARING = { allowed: 'allowed', forbidden: 'forbidden', unknown: 'not known' } as const;

function lawOf(dataset: Dataset): Fact[] {
  const { license, terms } = dataset;
  const { redistribution, commercial } = useOf(dataset);
  const name =
    license?.spdx === undefined || license.spdx === license.name ? license?.name : `${license.spdx}, ${license.name}`;
  return [
    ['Licence', joined(name ?? 'not known', license?.url)],
    ['Terms', joined(terms?.summary, terms?.url)],
    ['Redistribution', SHARING[redistribution]],
    ['Commercial use', SHARING[commercial]],
  ];
}

function joined(text: string | undefined, url: string | undefined): string | undefined {
  return [text, url].filter((part) => part !== undefined).join(' ') || undefined;
}

function addSources(page: Page, dataset: Dataset): void {
  const usual = candidates(dataset);
  for (const [index, source] of usual.entries()) {
    const remark = index === 0 ? `medds fetch ${dataset.id} ${source.method === 'manual' ? 'shows' : 'uses'} it` : '';
    addSource(page, `  ${index + 1}. `, source, remark);
  }
  const byName = dataset.sources.filter((source) => whyByName(dataset, source) !== undefined);
  if (byName.length > 0) page.item('  ', `Only by name (medds fetch ${dataset.id} --source NAME):`);
  for (const source of byName) addSource(page, '  - ', source, whyByName(dataset, source) ?? '');
}

function addSource(page: Page, label: string, source: SourceEntry, remark: string): void {
  const indent = ' '.repeat(label.length);
  const needs = needsText(source);
  page.item(label, `${sourceName(source)}: ${describeSource(source)}${source.official === true ? ' (official)' : ''}`);
  if (remark !== '') page.item(indent, remark);
  if (source.provides !== undefined) page.item(indent, `holds ${source.provides.join('; ')}`);
  if (needs !== undefined) page.item(indent, `needs ${needs}`);
  if (source.method === 'manual') {
    page.item(indent, source.url);
    for (const [index, step] of source.steps.entries()) page.item(`${indent}${index + 1}) `, step);
  }
  for (const text of source.notes ?? []) page.item(indent, text);
}
