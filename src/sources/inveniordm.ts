import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const inveniordm: Source<'inveniordm'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
