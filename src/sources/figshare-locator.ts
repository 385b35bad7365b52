/** What a user types for data on Figshare: a number, a DOI, the page of an article or a collection, of any institution's portal. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { Located } from './source.js';

/** `figshare:123`, `figshare:123.v2`, `figshare:c.123` */
const SHORT = /^figshare:(c\.)?(\d+)(?:\.v([1-9]\d*))?$/i;

/** Figshare's own DOIs; portals have prefixes of their own, which doi.org knows. */
const DOI = /^doi:10\.6084\/m9\.figshare\.(c\.)?(\d+)(?:\.v([1-9]\d*))?$/i;

/**
 * `/articles/dataset/Some_title/123/2`, older `/articles/Some_title/123`. Portals have hosts of their own as well as
 * INSTITUTION.figshare.com; elsewhere only the newer form, with the kind of thing, is taken for Figshare's.
 */
const PAGE =
  /^https?:\/\/([\w.-]+)\/(articles|collections)\/((?:[^/?#]+\/)*?)(\d{4,})(?:\/([1-9]\d*))?\/?(?:[?#].*)?$/i;

/** A file's own address, of which programs hold many. With a private link's key in it, it is left as it is. */
const FILE =
  /^https?:\/\/(?:api\.figshare\.com\/v2\/file\/download|ndownloader\.figshare\.com\/files|(?:[\w-]+\.)*figshare\.com\/ndownloader\/files)\/(\d+)\/?(?:\?(?!.*\bprivate_link=).*)?$/i;

/** What an article may be, as the newer addresses have it. */
const KINDS =
  /^(dataset|figure|media|poster|presentation|paper|journal_contribution|conference_contribution|software|code|model|thesis|book|online_resource|preprint|workflow|educational_resource|composition|physical_object|data_management_plan|report|standard|performance|event|monograph|chapter|peer_review|registration)\/[^/]+\/$/i;

/** @throws UsageError */
export function locateOnFigshare(typed: string): Located | undefined {
  const file = FILE.exec(typed)?.[1];
  if (file !== undefined) {
    return { id: `figshare-file-${file}`, name: `Figshare file ${file}`, entry: { method: 'figshare', file } };
  }
  const short = SHORT.exec(typed) ?? DOI.exec(typed);
  if (short !== null) return located(short[2] as string, short[1] !== undefined, short[3]);
  const page = PAGE.exec(typed);
  if (page !== null) {
    const [, host = '', kind, between = '', number = '', version] = page;
    const isFigshares = /(^|\.)figshare\.com$/i.test(host);
    if (!isFigshares && !(kind?.toLowerCase() === 'articles' && KINDS.test(between))) return undefined;
    return located(number, kind?.toLowerCase() === 'collections', version);
  }
  if (/^https?:\/\/([\w-]+\.)*figshare\.com\/s\/\w+/i.test(typed)) {
    throw new UsageError('A private link of Figshare works in a browser only: Figshare lists its files to no program', {
      hint: 'Download them there, or ask the owners for the number of the published article.',
    });
  }
  if (!/^figshare:/i.test(typed)) return undefined;
  throw new UsageError(`${printableArgument(typed)} names no article of Figshare`, {
    hint: 'It is figshare:ARTICLE, figshare:ARTICLE.vVERSION, or figshare:c.COLLECTION, with the numbers that their pages end with.',
  });
}

function located(number: string, isCollection: boolean, version: string | undefined): Located {
  if (isCollection) {
    return {
      id: `figshare-c${number}`,
      name: `Figshare collection ${number}`,
      entry: { method: 'figshare', collection: number },
    };
  }
  return {
    id: `figshare-${number}`,
    name: `Figshare article ${number}`,
    entry: { method: 'figshare', article: number, ...(version === undefined ? {} : { version: Number(version) }) },
  };
}
