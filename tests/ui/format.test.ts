import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMany,
  formatRate,
  formatRelative,
} from '../../src/ui/format.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [66_337_930_718, '66.3 GB'],
  [99_949_999, '99.9 MB'],
  [99_960_000, '100 MB'],
  [118_000_000_000, '118 GB'],
  // Rounded, it would be 1000 MB.
  [999_600_000, '1.0 GB'],
  [3.2e15, '3.2 PB'],
  [5e18, '5000 PB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [88_400_000, '88 MB/s'],
  [9_940_000, '9.9 MB/s'],
  [9_960_000, '10 MB/s'],
  [512, '512 B/s'],
])('%d bytes a second are %s', (rate, text) => expect(formatRate(rate)).toBe(text));

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [240, '4 min'],
  [3599, '1 h'],
  [4800, '1 h 20 min'],
  [86_400, '1 d'],
  [183_600, '2 d 3 h'],
])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

describe('relative dates', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  test.each([
    ['2026-03-10T11:59:30Z', 'just now'],
    ['2026-03-10T12:00:20Z', 'just now'],
    ['2026-03-10T11:59:00Z', '1 minute ago'],
    ['2026-03-10T09:00:00Z', '3 hours ago'],
    ['2026-03-07T11:00:00Z', '3 days ago'],
    ['2026-01-02T00:00:00Z', '2026-01-02'],
    ['2026-05-01T00:00:00Z', '2026-05-01'],
  ])('%s is %s', (date, text) => expect(formatRelative(new Date(date), now)).toBe(text));
});

test('counts', () => {
  expect([0, 999, 1782, 112_120, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,782', '112,120', '1,234,567']);
  expect(formatMany(1, 'file')).toBe('1 file');
  expect(formatMany(1782, 'file')).toBe('1,782 files');
  expect(formatMany(2, 'copy', 'copies')).toBe('2 copies');
});
