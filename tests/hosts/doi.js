// @ts-check
/** The DOI resolver's REST API on loopback (doi.org/api/handles): where DOIs lead, without following them. */
import { FileHost } from './file-host.js';
import { jsonReply } from './reply.js';

export class DoiHost extends FileHost {
  /** @type {Map<string, string | undefined>} */
  #addresses = new Map();

  /** @param {string} doi @param {string} [address]  undefined: it has none */
  register(doi, address) {
    this.#addresses.set(doi.toUpperCase(), address);
    return this;
  }

  /** @override @param {import('./host-log.js').RequestRecord} request */
  answer({ path, query }) {
    const doi = decodeURIComponent(/^\/api\/handles\/(.+)$/.exec(path)?.[1] ?? '');
    if (doi === '') this.violate(`${path} is no question to the resolver's API`);
    // DOIs know no case.
    const known = doi.toUpperCase();
    if (!this.#addresses.has(known)) return jsonReply(404, { responseCode: 100, handle: doi });
    const address = this.#addresses.get(known);
    const timestamp = '2020-09-25T16:02:07Z';
    const url = { index: 1, type: 'URL', data: { format: 'string', value: address }, ttl: 86400, timestamp };
    const admin = { index: 100, type: 'HS_ADMIN', data: { format: 'admin', value: {} }, ttl: 86400, timestamp };
    const values = [...(address === undefined ? [] : [url]), admin].filter(
      ({ type }) => query.get('type') === null || query.get('type') === type,
    );
    return jsonReply(200, { responseCode: values.length === 0 ? 200 : 1, handle: doi, values });
  }
}

/** The resolver, listening. */
export function startDoi() {
  return new DoiHost().start();
}
