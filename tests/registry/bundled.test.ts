/** The registry that comes with medds is not checked when it is loaded; it is checked here. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cite, isCitable } from '../../src/registry/cite.js';
import { registryJsonSchema } from '../../src/registry/json-schema.js';
import { BUNDLED_REGISTRY, loadRegistry } from '../../src/registry/load.js';
import { validateRegistry } from '../../src/registry/validate.js';

const doc = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('it is valid', () => {
  const registry = validateRegistry(readFileSync(BUNDLED_REGISTRY, 'utf8'), BUNDLED_REGISTRY);
  expect(Object.keys(registry.datasets).length).toBeGreaterThan(0);
});

test('its aliases and ids are clear, and every citation can be printed', async () => {
  const warnings: string[] = [];
  const { datasets } = await loadRegistry({ onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual([]);
  for (const dataset of datasets.filter(isCitable)) expect(await cite([dataset], 'bibtex')).toMatch(/^@\w+\{/);
});

test('docs/registry.schema.json is what the code says (npm run schema)', () => {
  expect(JSON.parse(doc('registry.schema.json'))).toEqual(registryJsonSchema());
});

test('the example of docs/registry-format.md is valid', () => {
  const [, example] = /## A small registry\s+```json\n([\s\S]*?)```/.exec(doc('registry-format.md')) ?? [];
  expect(Object.keys(validateRegistry(example as string, 'docs/registry-format.md').datasets)).toEqual(['our-lungs']);
});

test('docs/registry-format.md explains every access method and every member of a dataset', () => {
  const text = doc('registry-format.md');
  const schema = JSON.stringify(registryJsonSchema());
  const methods = [...schema.matchAll(/"type":"string","const":"([a-z0-9-]+)"/g)].map(([, name]) => name as string);
  expect(methods).toContain('zenodo');
  const registry = registryJsonSchema() as {
    properties: { datasets: { additionalProperties: { properties: object } } };
  };
  const members = Object.keys(registry.properties.datasets.additionalProperties.properties);
  for (const name of [...methods, ...members]) expect(text, name).toContain(`\`${name}\``);
});
