/** Running text in lines. */
import type { Measure } from './measure.js';

/** Lines no wider than `width`, broken between words; a word that is wider (a URL) stands whole on a line of its own. */
export function wrap(text: string, width: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || measure(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Text after a label; further lines stand under the text. */
export function labelled(label: string, text: string, width: number, measure: Measure): string {
  const indent = ' '.repeat(measure(label));
  const lines = wrap(text, Math.max(20, width - indent.length), measure);
  return lines.map((line, index) => (index === 0 ? label : indent) + line).join('\n');
}
