import { describe, expect, test } from 'vitest';
import { measureFor, truncate } from '../../src/ui/measure.js';
import { type Column, tableText } from '../../src/ui/table.js';
import { styleOf } from '../../src/ui/terminal.js';
import { labelled, wrap } from '../../src/ui/wrap.js';

const COLUMNS: Column[] = [
  { header: 'ID' },
  { header: 'TASK', least: 6, leaveOut: 1 },
  { header: 'SIZE', align: 'right' },
  { header: 'NOTE', least: 8, leaveOut: 2 },
];
const ROWS = [
  ['luna16', 'detection, segmentation', '66.3 GB', 'a note'],
  ['mitos-atypia-14', 'detection', '-', 'a longer note'],
];

const table = async (width: number, rows = ROWS): Promise<string[]> =>
  (await tableText(COLUMNS, rows, { width, style: styleOf(false) })).split('\n');

describe('tables', () => {
  test('are as wide as they need to be where there is room', async () => {
    expect(await table(200)).toEqual([
      'ID               TASK                        SIZE  NOTE',
      'luna16           detection, segmentation  66.3 GB  a note',
      'mitos-atypia-14  detection                      -  a longer note',
    ]);
  });

  test('shorten the widest cells first', async () => {
    expect(await table(50)).toEqual([
      'ID               TASK            SIZE  NOTE',
      'luna16           detection,…  66.3 GB  a note',
      'mitos-atypia-14  detection          -  a longer n…',
    ]);
  });

  test('leave out whole columns then, and never shorten an id', async () => {
    expect(await table(40)).toEqual([
      'ID               TASK               SIZE',
      'luna16           detection, se…  66.3 GB',
      'mitos-atypia-14  detection             -',
    ]);
    expect(await table(30)).toEqual([
      'ID                  SIZE',
      'luna16           66.3 GB',
      'mitos-atypia-14        -',
    ]);
    expect((await table(5))[2]).toBe('mitos-atypia-14        -');
  });

  test.each([200, 90, 80, 60, 50, 40, 33, 30])('fit %d columns', async (width) => {
    for (const line of await table(width)) expect(line.length).toBeLessThanOrEqual(width);
  });

  test('count columns, not characters', async () => {
    const lines = await table(200, [['日本', 'e\u0301', '1', 'x']]);
    // Two ideographs are four columns, a letter with a combining accent is one.
    expect(lines[1]).toBe('日本  e\u0301        1  x');
  });

  test('have a bold header where there is colour', async () => {
    const [header, ...rows] = (await tableText(COLUMNS, ROWS, { width: 80, style: styleOf(true) })).split('\n');
    expect(header).toMatch(/^\u001b\[1mID.*\u001b\[22m$/);
    expect(rows.join('')).not.toContain('\u001b');
  });
});

describe('running text', () => {
  const measure = (text: string): number => text.length;

  test('is broken between words', () => {
    expect(wrap('one two  three\nfour', 9, measure)).toEqual(['one two', 'three', 'four']);
    expect(wrap('', 9, measure)).toEqual([]);
  });

  test('leaves an address whole, so that it can be clicked', () => {
    expect(wrap('see https://host.example/long/path now', 10, measure)).toEqual([
      'see',
      'https://host.example/long/path',
      'now',
    ]);
  });

  test('stands under its beginning, beside the label', () => {
    expect(labelled('  1. ', 'one two three four five', 25, measure)).toBe('  1. one two three four\n     five');
  });

  test('is cut where it must be, by columns', async () => {
    const wide = await measureFor(['日本語テキスト']);
    expect(truncate('日本語テキスト', 7, wide)).toBe('日本語…');
    expect(truncate('short', 7, measure)).toBe('short');
    expect(truncate('a longer text', 9, measure)).toBe('a longer…');
    expect(truncate('ab', 1, measure)).toBe('…');
    expect(truncate('ab', 0, measure)).toBe('');
  });
});
