import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const nextcloud: Source<'nextcloud'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
