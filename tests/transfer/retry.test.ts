import { expect, test } from 'vitest';
import { askedWait } from '../../src/transfer/retry.js';

const NOW = Date.parse('2026-11-01T12:00:00Z');

test.each<[string, Record<string, string>, number | undefined]>([
  ['seconds', { 'retry-after': '120' }, 120_000],
  ['a date', { 'retry-after': 'Sun, 01 Nov 2026 12:01:00 GMT' }, 60_000],
  ['a date that is over', { 'retry-after': 'Sun, 01 Nov 2026 11:00:00 GMT' }, 0],
  ['seconds since 1970', { 'retry-after': String(NOW / 1000 + 90) }, 90_000],
  ['seconds since 1970 that are over', { 'retry-after': String(NOW / 1000 - 90) }, 0],
  ['seconds since 1970 and a fraction', { 'retry-after': `${NOW / 1000 + 90}.5` }, 90_500],
  ['nonsense', { 'retry-after': '-1' }, undefined],
  ['a limit that is used up', { ratelimit: '"default";r=0;t=30' }, 30_000],
  ['a limit that is not', { ratelimit: '"default";r=1;t=30' }, undefined],
  ['nothing', {}, undefined],
])('a host asks to wait by %s', (_, headers, wait) => {
  expect(askedWait(headers, NOW)).toBe(wait);
});

test("a host's times are by its own clock, however wrong this machine's is", () => {
  const headers = { date: 'Sat, 01 Jan 2000 12:00:00 GMT', 'retry-after': 'Sat, 01 Jan 2000 12:01:00 GMT' };
  expect(askedWait(headers)).toBe(60_000);
});
