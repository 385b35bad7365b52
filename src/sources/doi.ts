/**
 * Where DOIs lead. The resolver's own interface tells the address without following it, so no landing page has to let programs in
 * (https://www.doi.org/the-identifier/resources/factsheets/doi-resolution-documentation, REST API).
 */
import { NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { refuseStatus } from '../transfer/conversation.js';
import type { SourceContext } from './source.js';

/** What the resolver knows of a DOI. */
interface Handle {
  /** 1: found. 100: no such DOI, with 404. 200: it has no value of the type that was asked for. */
  responseCode?: number;
  values?: { type?: string; data?: { value?: unknown } }[];
}

/**
 * The address that a DOI stands for, as its registrants wrote it.
 * @param doi without a scheme: `10.34894/ABCDEF`
 * @throws NotFoundError, NetworkError
 */
export async function addressOfDoi(
  doi: string,
  { http, endpoint, signal }: Pick<SourceContext, 'http' | 'endpoint' | 'signal'>,
): Promise<string> {
  const path = doi.split('/').map(encodeURIComponent).join('/');
  const url = `${endpoint('doi', 'https://doi.org')}/api/handles/${path}?type=URL`;
  const answer = await http.ask({ url }, signal);
  const { host } = new URL(url);
  if (answer.status === 404) {
    throw new NotFoundError(`There is no DOI ${printable(doi)}`, {
      host,
      hint: 'Look for a misprint, or fetch by another address of the dataset.',
    });
  }
  refuseStatus(answer, `DOI ${printable(doi)}`);
  const { responseCode, values = [] } = answer.json<Handle>();
  const address = values.find(({ type }) => type === 'URL')?.data?.value;
  if (typeof address === 'string' && /^https?:\/\//i.test(address) && URL.canParse(address)) return address;
  if (responseCode === 1 || responseCode === 200) {
    throw new NotFoundError(`The DOI ${printable(doi)} leads to no page`, { host });
  }
  throw new NetworkError(`${host} says nothing of where the DOI ${printable(doi)} leads`, { host });
}
