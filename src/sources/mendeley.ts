import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const mendeley: Source<'mendeley'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
