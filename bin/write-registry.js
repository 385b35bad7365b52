#!/usr/bin/env node
// Part of `npm run build`: writes registry.json from src/registry/datasets, which has one file a dataset, by id.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const folder = new URL('src/registry/datasets/', root);
const ids = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length))
  .sort();
const datasets = Object.fromEntries(ids.map((id) => [id, JSON.parse(readFileSync(new URL(`${id}.json`, folder)))]));
const registry = { $schema: './docs/registry.schema.json', version: 1, datasets };
writeFileSync(new URL('registry.json', root), `${JSON.stringify(registry, null, 1)}\n`);
