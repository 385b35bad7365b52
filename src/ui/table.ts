/** Tables that fit the terminal: cells are shortened first, then whole columns are left out. */
import { type Measure, measureFor, truncate } from './measure.js';
import type { Style } from './terminal.js';

export interface Column {
  header: string;
  align?: 'left' | 'right';
  /** Fewest columns of the terminal that it may be shortened to; without it, it is never shortened. */
  least?: number;
  /** Columns with a higher number are left out first where there is not enough room; without it, it always stays. */
  leaveOut?: number;
}

const GAP = 2;

/** The table with a header, without a newline at its end. Rows hold one cell a column, safe to print. */
export async function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: { width: number; style: Style },
): Promise<string> {
  const measure = await measureFor(rows.flat());
  const natural = columns.map(({ header }, index) =>
    rows.reduce((widest, row) => Math.max(widest, measure(row[index] as string)), header.length),
  );
  const shown = chooseColumns(columns, natural, width);
  const widths = shorten(columns, natural, shown, width);
  const line = (cells: readonly string[]): string =>
    shown
      .map((index) => cell(cells[index] as string, widths[index] as number, columns[index] as Column, measure))
      .join(' '.repeat(GAP))
      .trimEnd();
  return [style.bold(line(columns.map(({ header }) => header))), ...rows.map(line)].join('\n');
}

function cell(text: string, width: number, { align }: Column, measure: Measure): string {
  const shown = truncate(text, width, measure);
  const fill = ' '.repeat(Math.max(0, width - measure(shown)));
  return align === 'right' ? fill + shown : shown + fill;
}

/** Indexes of the columns for which there is room when every one is as short as it may be. */
function chooseColumns(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  let shown = columns.map((_, index) => index);
  const least = (index: number): number => leastWidth(columns[index] as Column, natural[index] as number);
  for (;;) {
    if (total(shown.map(least)) <= width) return shown;
    const [first] = shown
      .filter((index) => columns[index]?.leaveOut !== undefined)
      .sort((a, b) => (columns[b]?.leaveOut as number) - (columns[a]?.leaveOut as number));
    if (first === undefined) return shown;
    shown = shown.filter((index) => index !== first);
  }
}

/** Takes from the widest column that may be shortened until all fit. */
function shorten(
  columns: readonly Column[],
  natural: readonly number[],
  shown: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  let over = total(shown.map((index) => widths[index] as number)) - width;
  while (over > 0) {
    const slack = (index: number): boolean =>
      (widths[index] as number) > leastWidth(columns[index] as Column, natural[index] as number);
    const [widest] = shown.filter(slack).sort((a, b) => (widths[b] as number) - (widths[a] as number));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] as number) - 1;
    over--;
  }
  return widths;
}

function leastWidth({ header, least }: Column, natural: number): number {
  return least === undefined ? natural : Math.min(natural, Math.max(least, header.length));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

/** For pipes, as `gh` does it: no header, cells parted by tabs, nothing shortened. */
export function tabbedText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.join('\t')).join('\n');
}
