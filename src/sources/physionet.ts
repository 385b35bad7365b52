import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const physionet: Source<'physionet'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
