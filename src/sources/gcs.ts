import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const gcs: Source<'gcs'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
