/** What a user types for data on OSF: the id that its pages end with, as it is, in an address or in a DOI. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { Located } from './source.js';

/** Five letters and digits, or more; of a file that was never looked at in a browser, 24. */
const ID = '([a-z0-9]{5,24})';

const FORMS = [
  new RegExp(`^osf:${ID}$`, 'i'),
  new RegExp(`^doi:10\\.17605/osf\\.io/${ID}$`, 'i'),
  /^https?:\/\/osf\.io\/[a-z0-9]{5}\/files\/osfstorage\/([0-9a-f]{24})\/?(?:[?#].*)?$/i,
  // Pages may go on (/wiki, /files), and a registry of registrations may stand before the id.
  new RegExp(`^https?://(?:www\\.)?osf\\.io/(?:registries/[\\w-]+/|download/|project/)?${ID}(?:/.*)?(?:[?#].*)?$`, 'i'),
  new RegExp(`^https?://api\\.osf\\.io/v2/(?:nodes|registrations|files|guids)/${ID}(?:/.*)?(?:[?#].*)?$`, 'i'),
];

/** Words that OSF's own pages begin with, and ids never are. */
const PAGES = /^(preprints|registries|meetings|institutions|search|dashboard|login|register|support|collections)$/i;

/** @throws UsageError */
export function locateOnOsf(typed: string): Located | undefined {
  for (const form of FORMS) {
    const id = form.exec(typed)?.[1]?.toLowerCase();
    if (id !== undefined && !PAGES.test(id)) {
      return { id: `osf-${id}`, name: `OSF ${id}`, entry: { method: 'osf', node: id } };
    }
  }
  if (!/^osf:/i.test(typed)) return undefined;
  throw new UsageError(`${printableArgument(typed)} names nothing on OSF`, {
    hint: 'It is osf:ID, with the five letters and digits that the page of a project, component, registration or file ends with.',
  });
}
