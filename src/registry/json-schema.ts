/** The registry's form as JSON Schema (2020-12), for editors and for other programs. `npm run schema` writes it to docs/. */
import { z } from 'zod';
import { registrySchema } from './schema.js';

/** Rules that JSON Schema cannot say (paths that climb, two sources of one name) are left out; medds checks them itself. */
export function registryJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(registrySchema, { io: 'input', reused: 'ref' });
  return {
    $schema,
    title: 'medds registry',
    description: 'Medical imaging datasets and where they can be had.',
    ...schema,
  };
}
