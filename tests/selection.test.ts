import { describe, expect, it } from 'vitest';
import { caseOf, chooseCases, naturalOrder } from '../src/cases.js';
import { ChoiceError, UsageError } from '../src/errors.js';
import { archiveFilter, parseSelection, pathFilter, reachBelow, selectionText } from '../src/selection.js';

describe('flags', () => {
  it('say what they say, and are nothing when none is given', () => {
    expect(parseSelection({})).toBeUndefined();
    expect(parseSelection({ include: [], exclude: undefined })).toBeUndefined();
    expect(parseSelection({ include: ['a/**'], exclude: ['*.csv'], cases: '3', archives: ['a.zip'] })).toEqual({
      include: ['a/**'],
      exclude: ['*.csv'],
      cases: { count: 3 },
      archives: ['a.zip'],
    });
  });

  it.each([
    ['17', { count: 17 }],
    ['17,', { names: ['17'] }],
    ['a, b,a', { names: ['a', 'b'] }],
    ['003,004', { names: ['003', '004'] }],
    ['Case00', { names: ['Case00'] }],
  ])('--cases %s', (cases, expected) => expect(parseSelection({ cases })?.cases).toEqual(expected));

  it.each([
    [{ cases: '0' }, '--cases 0 chooses nothing'],
    [{ cases: ' ,' }, 'names no case'],
    [{ cases: '' }, 'names no case'],
    [{ include: [' '] }, '--include is empty'],
    [{ exclude: ['/scans/**'] }, 'begins with a slash'],
    [{ archives: ['a'.repeat(70_000)] }, 'is no glob'],
  ])('%j is refused', (flags, message) => {
    const parse = () => parseSelection(flags);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  it.each([
    [{ cases: '3' }, '--cases 3'],
    [{ cases: '17,' }, '--cases 17,'],
    [{ include: ['*.csv', "it's"] }, "--include '*.csv' --include 'it'\\''s'"],
    [{ exclude: ['masks/a.mhd'], archives: ['subset{0,1}.zip'] }, "--exclude masks/a.mhd --archives 'subset{0,1}.zip'"],
  ])('%j comes back as %s', (flags, text) => expect(selectionText(parseSelection(flags) ?? {})).toBe(text));
});

describe('paths', () => {
  it('fit as picomatch has it, with names that begin with a dot', () => {
    const wants = pathFilter({ include: ['scans/**', '*.csv', 'a [1].txt'], exclude: ['**/*_mask.*'] });
    expect(['scans/a/b.mhd', 'scans/.hidden', 'list.csv', 'a [1].txt'].filter(wants)).toHaveLength(4);
    expect(['masks/a.mhd', 'scans/a_mask.mhd', 'tables/list.csv'].filter(wants)).toEqual([]);
  });

  it('of remote files fit by name or as a whole', () => {
    const wants = archiveFilter({ archives: ['subset[01].zip', 'labels/*.zip'] });
    expect(['subset0.zip', 'data/subset1.zip', 'labels/a.zip'].filter(wants)).toHaveLength(3);
    expect(['subset2.zip', 'images/a.zip'].filter(wants)).toEqual([]);
  });
});

describe('what can be told of a folder without its list', () => {
  it.each([
    [{}, 'scans', 'all'],
    [{ include: ['scans/**'] }, 'scans', 'all'],
    [{ include: ['**'] }, '', 'all'],
    [{ include: ['scans/**'] }, 'scans/train', 'all'],
    [{ include: ['masks/**'] }, 'scans', 'none'],
    [{ include: ['scans/train/*.mhd'] }, 'scans', 'some'],
    [{ include: ['*.csv'] }, 'scans', 'some'],
    [{ include: ['masks/**'] }, '', 'some'],
    [{ exclude: ['scans/**'] }, 'scans', 'none'],
    [{ exclude: ['masks/**'] }, 'scans', 'all'],
    [{ exclude: ['**/*.raw'] }, 'scans', 'some'],
    [{ cases: { count: 1 } }, 'scans', 'some'],
  ] as const)('%j below %j: %s', (selection, folder, reach) => expect(reachBelow(selection, folder)).toBe(reach));
});

describe('cases', () => {
  const PATHS = ['data/{case}/imaging.nii.gz', 'masks/{case}_mask.tif', 'fold{fold}/{case}.mhd'];

  it.each([
    ['data/case_00001/imaging.nii.gz', 'case_00001'],
    ['masks/tumor_001_mask.tif', 'tumor_001'],
    ['fold3/1.2.3.mhd', '1.2.3'],
    ['data/kits.json', undefined],
    ['data/case_00001/more/imaging.nii.gz', undefined],
  ])('%s belongs to %s', (path, expected) => expect(caseOf(path, PATHS)).toBe(expected));

  it('are in natural order', () => {
    const names = ['Pat10', 'Pat2', 'Pat1', 'pat1', '1.3.10', '1.3.9'];
    expect(names.sort(naturalOrder)).toEqual(['1.3.9', '1.3.10', 'pat1', 'Pat1', 'Pat2', 'Pat10']);
  });

  const all = new Set(['Case10', 'Case9', 'Case1']);
  it('are counted among those that the other flags leave', () => {
    const known = { all, offered: new Set(['Case10', 'Case9']), more: false };
    expect([...chooseCases({ count: 1 }, known, 'x')]).toEqual(['Case9']);
  });

  it('that do not exist are told, with what may have been meant', () => {
    const choose = () => chooseCases({ names: ['Case9', 'case_10'] }, { all, offered: all, more: false }, 'x');
    expect(choose).toThrow(ChoiceError);
    expect(choose).toThrow('x has no case called case_10');
    expect(choose).toThrow(expect.objectContaining({ exitCode: 3, hint: expect.stringContaining('Case10') }));
  });

  it('may be in archives that nobody can look into', () => {
    const known = { all: new Set<string>(), offered: new Set<string>(), more: true };
    expect([...chooseCases({ names: ['a'] }, known, 'x')]).toEqual(['a']);
    expect(() => chooseCases({ count: 2 }, known, 'x')).toThrow(UsageError);
  });
});
