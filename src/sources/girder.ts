import { NotFoundError } from '../errors.js';
import type { Source } from './source.js';

export const girder: Source<'girder'> = {
  async resolve() {
    throw new NotFoundError('not built yet');
  },
};
