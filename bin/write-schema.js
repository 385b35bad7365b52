#!/usr/bin/env node
// `npm run schema`: writes docs/registry.schema.json from the built code. A test holds the two equal.
import { writeFileSync } from 'node:fs';
import { registryJsonSchema } from '../dist/registry/json-schema.js';

writeFileSync(
  new URL('../docs/registry.schema.json', import.meta.url),
  `${JSON.stringify(registryJsonSchema(), null, 2)}\n`,
);
