/** How many columns a text takes on a terminal. */

export type Measure = (text: string) => number;

const PLAIN = /^[ -~]*$/;

/** A measure for these texts: their length where all is ASCII, which spares loading `string-width` (half of what `node -e 0` takes). */
export async function measureFor(texts: Iterable<string>): Promise<Measure> {
  for (const text of texts) {
    if (!PLAIN.test(text)) return (await import('string-width')).default;
  }
  return (text) => text.length;
}

/** The beginning of a text that fits, with `…` when something is left out. */
export function truncate(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let columns = 1;
  for (const character of text) {
    columns += measure(character);
    if (columns > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
