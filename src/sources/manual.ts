/** Datasets that only a person may get: the page, the steps, the files to end up with. `medds import` takes them from there. */
import { ActionRequiredError } from '../errors.js';
import type { Source } from './source.js';

export const manual: Source<'manual'> = {
  async resolve(entry, { dataset = 'it' }) {
    const files = (entry.files ?? []).map((file) => file.pattern ?? file.path);
    throw new ActionRequiredError(`${dataset} cannot be downloaded by a program: ${reason(entry.requires ?? [])}`, {
      url: entry.url,
      steps: entry.steps,
      host: entry.host,
      hint: `${files.length === 0 ? '' : `Files to end up with: ${files.join(', ')}. `}Then: medds import ${dataset} FILES${files.length === 0 ? '' : `, or before: medds fetch ${dataset} --wait FOLDER`}`,
    });
  },
};

const REASONS: Record<string, string> = {
  agreement: 'its owners want a signed agreement first',
  approval: 'its owners approve each request',
  email: 'its owners send it on request',
  registration: 'one has to register with its owners first',
  account: 'one has to log in on a web page',
  terms: 'its terms have to be accepted on a web page',
};

function reason(requires: readonly string[]): string {
  const strictest = Object.keys(REASONS).find((requirement) => requires.includes(requirement));
  return strictest === undefined ? 'its owners offer it on a web page only' : (REASONS[strictest] as string);
}
