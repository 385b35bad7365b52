/** What a user types for data on a Dataverse installation, of which there are many: server and persistent id, or a page's address. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { Located } from './source.js';

/** `dataverse:dataverse.nl/doi:10.34894/ABCDEF@1.0`; without a server, Harvard's. */
const SHORT =
  /^dataverse:(?:(?:(https?:)\/\/)?([\w.-]+(?::\d+)?)\/)?((?:(?:doi:)?10\.|hdl:|perma:)[^@\s]+)(?:@(\d+(?:\.\d+)?))?$/i;

/** The prefix under which Harvard registers its DOIs; whose another is, doi.org knows. */
const DOI = /^doi:(10\.7910\/DVN\/\S+)$/i;

const HARVARD = 'https://dataverse.harvard.edu';

/** @throws UsageError */
export function locateOnDataverse(typed: string): Located | undefined {
  const doi = DOI.exec(typed)?.[1];
  // Harvard's are all upper-case, and its server tells case apart where DOIs do not.
  if (doi !== undefined) return located(HARVARD, doi.toUpperCase());
  const short = SHORT.exec(typed);
  if (short !== null) {
    const [, protocol = 'https:', host, id = '', version] = short;
    return located(host === undefined ? HARVARD : `${protocol}//${host}`, id, version);
  }
  if (/^dataverse:/i.test(typed)) {
    throw new UsageError(`${printableArgument(typed)} names no dataset of a Dataverse server`, {
      hint: 'It is dataverse:HOST/DOI, with @VERSION for one that is not the newest: dataverse:dataverse.harvard.edu/doi:10.7910/DVN/HMQKCK@2.0',
    });
  }
  return ofPage(typed);
}

/** `/dataset.xhtml?persistentId=…&version=1.0`, `/file.xhtml?persistentId=…`, `/citation?persistentId=…` and whatever else names one. */
function ofPage(typed: string): Located | undefined {
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const { origin, searchParams } = new URL(typed);
  const id = searchParams.get('persistentId');
  if (id === null || !isPersistentId(id)) return undefined;
  const version = /^\d+(\.\d+)?$/.exec(searchParams.get('version') ?? '')?.[0];
  return located(origin, id, version);
}

const isPersistentId = (id: string) => /^(doi:10\.|10\.|hdl:|perma:)\S+$/i.test(id);

function located(server: string, id: string, version?: string): Located {
  const doi = id.replace(/^doi:/i, '');
  return {
    id: `dataverse-${doi}${version === undefined ? '' : `-v${version}`}`,
    name: `Dataverse ${doi}`,
    entry: { method: 'dataverse', server, doi, ...(version === undefined ? {} : { version }) },
  };
}
