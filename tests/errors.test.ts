import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as errors from '../src/errors.js';

const text = readFileSync(new URL('../docs/exit-codes.md', import.meta.url), 'utf8');

test('docs/exit-codes.md is the table of exit codes', () => {
  const rows = [...text.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]);
  expect(Object.fromEntries(rows)).toEqual(errors.EXIT);
  expect(rows).toHaveLength(Object.keys(errors.EXIT).length);
});

test('every kind of error has an exit code, and its code stands in docs/json-output.md', () => {
  const kinds = Object.values(errors).filter(
    (value): value is typeof errors.UsageError =>
      typeof value === 'function' && value.prototype instanceof errors.MeddsError,
  );
  const made = kinds.map((Kind) => new Kind('message'));
  expect(new Set(made.map(({ code }) => code)).size).toBe(kinds.length);
  // Kinds of others, to a script.
  const own = made.filter((error) => !(error instanceof errors.QuotaError || error instanceof errors.ChoiceError));
  expect(new Set(own.map(({ exitCode }) => exitCode)).size).toBe(own.length);
  expect(own).toHaveLength(Object.keys(errors.EXIT).length - 2); // All but ok and unexpected.
  const documented = readFileSync(new URL('../docs/json-output.md', import.meta.url), 'utf8');
  for (const { code } of made) expect(documented).toContain(`\`${code}\``);
});

test('where an error happened is added, never changed', () => {
  const error = new errors.NetworkError('m', { file: 'a' }).at({ dataset: 'd', file: 'b' });
  expect(error).toMatchObject({ dataset: 'd', file: 'a', exitCode: 5, name: 'NetworkError' });
});
