import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { validateRegistry } from '../../src/registry/validate.js';
import { entry } from './fixture.js';

/** The message with which a registry is refused, without the part that is always the same. */
function refusal(registry: unknown): string {
  const text = typeof registry === 'string' ? registry : JSON.stringify(registry);
  try {
    validateRegistry(text, 'r.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message.replace(/^The registry r\.json is not valid:\s+/, '');
  }
  return expect.fail('was accepted');
}

const one = (dataset: unknown): object => ({ version: 1, datasets: { x: dataset } });
const withFile = (file: object): object =>
  one(entry({ sources: [{ method: 'zenodo', record: '1', files: [file as never] }] }));
const withSource = (source: object): object => one({ name: 'X', sources: [source] });

test('a registry that is right is returned as it is', () => {
  const registry = one(entry({ aliases: ['y'], cases: 3 }));
  expect(validateRegistry(JSON.stringify(registry), 'r.json')).toEqual(registry);
});

test('a byte order mark is no fault', () => {
  expect(validateRegistry(`\ufeff${JSON.stringify(one(entry()))}`, 'r.json').version).toBe(1);
});

describe('the place and the reason are named', () => {
  test.each([
    [{ version: 2, datasets: {} }, 'version: expected 1'],
    [[], 'it: expected object, received array'],
    [one({ name: 'X', sources: [] }), 'datasets.x.sources: expected array to have >=1 items'],
    [one({ sources: [{ method: 'zenodo', record: '1' }] }), 'datasets.x.name: is missing'],
    [one(entry({ title: '' })), 'datasets.x.title: must not be empty'],
    [one({ ...entry(), licence: 'CC0' }), 'datasets.x.licence: is no member that medds knows'],
    [{ ...one(entry()), extra: 1 }, 'extra: is no member that medds knows'],
    [
      { version: 1, datasets: { 'A B': entry() } },
      'datasets["A B"]: an id holds lower-case letters, digits, dots and dashes',
    ],
    [withSource({ method: 'zenodo', record: 'ten' }), 'datasets.x.sources[0].record: must be a record number'],
    [
      withSource({ method: 'zenodo', record: '1', recrod: 1 }),
      'datasets.x.sources[0].recrod: is no member that medds knows',
    ],
    [withSource({ method: 'kaggle' }), 'datasets.x.sources[0]: needs either dataset or competition'],
    [withSource({ method: 'direct', files: [{ path: 'a' }] }), 'datasets.x.sources[0].files[0].url: is missing'],
    [
      withSource({
        method: 'all',
        of: [
          { method: 'zenodo', record: '1' },
          { method: 'zenodo', record: 'b' },
        ],
      }),
      'datasets.x.sources[0].of[1].record: must be a record number',
    ],
    [
      withFile({ path: 'a', checksum: 'md5:12' }),
      /^datasets\.x\.sources\[0\]\.files\[0\]\.checksum: must be algorithm:hex/,
    ],
    [withFile({ path: 'a', unpack: 'rar' }), /files\[0\]\.unpack: expected boolean.*, or expected one of "zip"\|"tar"/],
    [withFile({ path: 'a', size: -1 }), /files\[0\]\.size: expected number to be >=0/],
  ])('%j', (registry, reason) => {
    const message = refusal(registry);
    if (reason instanceof RegExp) expect(message).toMatch(reason);
    else expect(message).toBe(reason);
  });

  test('an access method that does not exist is answered with those that do', () => {
    const message = refusal(withSource({ method: 'zenod', record: '1' }));
    expect(message).toMatch(
      /^datasets\.x\.sources\[0\]\.method: must be an access method: direct, zenodo, .*manual, all$/,
    );
  });

  test('two sources of one name', () => {
    const twice = entry({
      sources: [
        { method: 'zenodo', record: '1' },
        { method: 'zenodo', record: '2' },
      ],
    });
    expect(refusal(one(twice))).toBe('datasets.x.sources[1].name: two sources are called zenodo');
  });

  test('several problems are listed, many are counted', () => {
    const broken = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`set${index}`, { name: 'X' }]));
    const lines = refusal({ version: 1, datasets: broken }).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]?.trim()).toBe('datasets.set0.sources: is missing');
    expect(lines[10]?.trim()).toBe('and 4 more');
  });
});

describe('what could do harm is refused', () => {
  test.each(['/etc/passwd', '../x', 'a/../../x', 'C:\\x', 'a\\b', 'a//b', './a', 'a\u0000b'])('path %j', (path) => {
    expect(refusal(withFile({ path }))).toContain('datasets.x.sources[0].files[0].path: must');
  });

  test('a URL with a password, or of another kind than http', () => {
    expect(refusal(one(entry({ homepage: 'https://me:secret@host.example/' })))).toContain(
      'datasets.x.homepage: must not hold',
    );
    expect(refusal(one(entry({ homepage: 'javascript:alert(1)' })))).toContain('datasets.x.homepage: must be an http');
  });

  test('names are shown without the characters that steer a terminal', () => {
    expect(refusal(one({ ...entry(), 'bad\u001b[31m': 1 }))).not.toMatch(/\u001b/);
  });

  test('a dataset called __proto__ is no dataset, and gives nothing to other objects', () => {
    const { datasets } = validateRegistry('{"version":1,"datasets":{"__proto__":{"name":"X"}}}', 'r.json');
    expect(Object.keys(datasets)).toEqual([]);
    expect((datasets as { name?: unknown }).name).toBeUndefined();
  });
});

describe('one name for two things', () => {
  test('a member that stands twice, at any depth', () => {
    expect(refusal('{"version":1,"datasets":{"x":{},"x":{}}}')).toBe('datasets.x: stands there twice');
    const source = '{"method":"zenodo","record":"1","files":[{"path":"a"},{"path":"b","size":1,"size":2}]}';
    expect(refusal(`{"version":1,"datasets":{"x":{"name":"X","sources":[${source}]}}}`)).toBe(
      'datasets.x.sources[0].files[1].size: stands there twice',
    );
  });

  test('written differently, it is still the same name', () => {
    expect(refusal('{"version":1,"\\u0076ersion":1,"datasets":{}}')).toBe('version: stands there twice');
  });

  test('text that only looks like members is not mistaken for them', () => {
    const tricky = one(entry({ notes: ['"a":1,"a":2', 'back\\slash"', '{"x":{', ']'], keywords: ['a', 'a'] }));
    expect(() => validateRegistry(JSON.stringify(tricky), 'r.json')).not.toThrow();
  });

  test('an alias that is an id, or the alias of another', () => {
    const registry = {
      version: 1,
      datasets: {
        a: entry({ aliases: ['b'] }),
        b: entry(),
        c: entry({ aliases: ['d'] }),
        e: entry({ aliases: ['f', 'd'] }),
      },
    };
    expect(
      refusal(registry)
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['datasets.a.aliases[0]: b is a name of b already', 'datasets.e.aliases[1]: d is a name of c already']);
  });
});
