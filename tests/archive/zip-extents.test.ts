import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RandomAccess } from '../../src/archive/random-access.js';
import { type Extent, joinExtents, ZipExtents } from '../../src/archive/zip-extents.js';
import { buildZip, type ZipPart } from './build-zip.js';

/** A zip in memory that counts how often its bytes are asked for. */
function inMemory(zip: Buffer): RandomAccess & { reads: number } {
  return {
    size: zip.length,
    starts: [0],
    reads: 0,
    async read(position, length) {
      this.reads += 1;
      return zip.subarray(position, position + length);
    },
    async close() {},
  };
}

async function membersOf(parts: readonly ZipPart[], shape = {}) {
  const zip = buildZip(parts, shape);
  const listed = await ZipExtents.open(inMemory(zip));
  const members = [];
  for await (const member of listed.members()) members.push(member);
  return { zip, listed, members };
}

describe('the extents of members', () => {
  it('go from one local header to the next, and the index goes to the end', async () => {
    const { zip, listed, members } = await membersOf([
      { name: 'scans/' },
      { name: 'scans/a.raw', data: 'a'.repeat(1000), deflate: true },
      { name: 'scans/b.raw', data: 'b'.repeat(50), descriptor: true },
      { name: 'scans/link', data: 'a.raw', mode: 0o120777 },
    ]);
    expect(listed).toMatchObject({ files: 3, bytes: 1055 });
    const [a, b, link] = members;
    expect(members.map(({ path }) => path)).toEqual(['scans/a.raw', 'scans/b.raw', 'scans/link']);
    expect(a).toMatchObject({ size: 1000, end: b?.start });
    expect(b).toMatchObject({ size: 50, packed: 50, end: link?.start });
    expect(link?.end).toBe(listed.index.start);
    expect(listed.index.end).toBe(zip.length);
    for (const { start } of members) expect(zip.toString('latin1', start, start + 4)).toBe('PK\u0003\u0004');
    expect(zip.toString('latin1', listed.index.start, listed.index.start + 4)).toBe('PK\u0001\u0002');
  });

  it('count what stands before the zip', async () => {
    const { zip, members } = await membersOf([{ name: 'a', data: 'aa' }], { prefix: Buffer.alloc(77) });
    expect(members).toMatchObject([{ path: 'a', start: 77 }]);
    expect(zip.toString('latin1', 77, 81)).toBe('PK\u0003\u0004');
  });

  it('end where a member must have ended when junk lies behind it', async () => {
    const junk = Buffer.alloc(300_000);
    const { members } = await membersOf([
      // Half of what is there is said to belong to it.
      { name: 'a', raw: Buffer.concat([Buffer.from('aa'), junk]), data: 'aa', compressedSize: 2 },
      { name: 'b', data: 'bb' },
    ]);
    expect(members[0]).toMatchObject({ start: 0, end: 30 + 1 + 64 * 1024 + 2 });
    expect(members[1]).toMatchObject({ path: 'b' });
  });

  it('are refused where members overlap', async () => {
    const parts = [
      { name: 'a', data: 'a'.repeat(100) },
      { name: 'b', data: 'b'.repeat(100), offset: 40 },
    ];
    await expect(membersOf(parts)).rejects.toThrow('overlap');
  });
});

describe('joined extents', () => {
  const extents = fc.array(
    fc.tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 50_000 })).map(([start, length]) => ({
      start,
      end: start + length,
    })),
    { minLength: 1, maxLength: 30 },
  );
  const bytesOf = (ranges: readonly Extent[]) => ranges.reduce((sum, { start, end }) => sum + end - start, 0);

  it('ascend, are apart, hold all, and close gaps within the slack only', () => {
    fc.assert(
      fc.property(extents, fc.nat(200_000), (given, slack) => {
        const united = joinExtents(given, 0);
        const joined = joinExtents(given, slack);
        for (const [index, { start, end }] of joined.entries()) {
          expect(start).toBeLessThan(end);
          if (index > 0) expect(start).toBeGreaterThan((joined[index - 1] as Extent).end);
        }
        for (const { start, end } of given)
          expect(joined.some((one) => one.start <= start && end <= one.end)).toBe(true);
        expect(bytesOf(joined) - bytesOf(united)).toBeLessThanOrEqual(slack);
        // Whatever gap is left would not fit any more, with all that were closed.
        const gaps = joined.slice(1).map(({ start }, index) => start - (joined[index] as Extent).end);
        if (gaps.length > 0) expect(bytesOf(joined) - bytesOf(united) + Math.min(...gaps)).toBeGreaterThan(slack);
      }),
      { numRuns: 200 },
    );
  });

  it('close the smallest gaps first', () => {
    const given = [
      { start: 1000, end: 1100 },
      { start: 0, end: 100 },
      { start: 1110, end: 1200 },
      { start: 1250, end: 1300 },
    ];
    expect(joinExtents(given, 60)).toEqual([
      { start: 0, end: 100 },
      { start: 1000, end: 1300 },
    ]);
    expect(joinExtents(given, 59)).toHaveLength(3);
  });
});
