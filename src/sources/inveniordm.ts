/**
 * Records of repositories that run InvenioRDM, other than Zenodo (https://inveniordm.docs.cern.ch/reference/rest_api_drafts_records/).
 * Bytes are asked for at /records/ID/files/KEY, as a browser does, which gives ranges where the API's /content may not.
 */
import { ActionRequiredError, NetworkError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { refuseStatus } from '../transfer/conversation.js';
import { printableArgument } from '../transfer/redact.js';
import type { Listed } from './facts.js';
import { askApi, known } from './json-api.js';
import { statedLicense } from './license.js';
import type { Resolution, Source } from './source.js';
import { chooseTree } from './tree.js';

/** The parts of a record and of its list of files that are used. */
interface Record {
  id?: string;
  metadata?: {
    title?: string;
    rights?: { id?: string; title?: { en?: string }; link?: string; props?: { url?: string } }[];
  };
  pids?: { doi?: { identifier?: string } };
  access?: { files?: string; embargo?: { active?: boolean; until?: string } };
  versions?: { is_latest?: boolean };
}
interface Files {
  entries?: { key: string; size?: number; checksum?: string }[];
}

const ADDRESS =
  /^(?:inveniordm:)?(https?:\/\/[^/?#]+)\/(?:api\/)?records\/([a-z0-9]{5}-[a-z0-9]{5})(?:\/.*)?(?:[?#].*)?$/i;

export const inveniordm: Source<'inveniordm'> = {
  locate(typed) {
    const [found, server = '', record = ''] = ADDRESS.exec(typed) ?? [];
    if (found !== undefined) {
      const id = record.toLowerCase();
      const entry = { method: 'inveniordm' as const, server, record: id };
      return { id: `${new URL(server).host}-${id}`, name: `Record ${id} of ${new URL(server).host}`, entry };
    }
    if (!/^inveniordm:/i.test(typed)) return undefined;
    throw new UsageError(`${printableArgument(typed)} names no record`, {
      hint: 'It is inveniordm:https://HOST/records/RECORD, with the ten letters and digits of the page.',
    });
  },

  async resolve(entry, context) {
    const base = context.endpoint('inveniordm', entry.server);
    const { host } = new URL(base);
    const where = `Record ${entry.record} of ${new URL(entry.server).host}`;
    const page = `${entry.server.replace(/\/+$/, '')}/records/${entry.record}`;
    const ask = async <T>(path: string): Promise<T> => {
      const url = `${base}/api/records/${entry.record}${path}`;
      const answer = await askApi(context, { url, headers: { accept: 'application/json' } });
      if (answer.status === 404 || answer.status === 410) {
        const gone = answer.status === 410;
        throw new NotFoundError(gone ? `${where} was deleted by its owners` : `There is no ${where}`, {
          host,
          hint: `Look at ${page}.`,
        });
      }
      if (answer.status === 401 || answer.status === 403) throw restricted(where, page, host);
      refuseStatus(answer, where);
      return answer.json<T>();
    };
    const record = await ask<Record>('');
    const { files: access, embargo } = record.access ?? {};
    if (access === 'restricted') {
      throw restricted(where, page, host, embargo?.active === true ? embargo.until : undefined);
    }
    const { entries } = await ask<Files>('/files');
    const isList = Array.isArray(entries) && entries.every(({ key }) => typeof key === 'string');
    if (!isList) throw new NetworkError(`${host} sent something else than the files of ${where}`, { host });
    const listing = entries.map(({ key, size, checksum = '' }): Listed => {
      const url = `${base}/records/${entry.record}/files/${key.split('/').map(encodeURIComponent).join('/')}?download=1`;
      return {
        path: key,
        ...(typeof size === 'number' ? { size } : {}),
        checksums: /^md5:[0-9a-f]{32}$/.test(checksum) ? [checksum] : [],
        request: async () => ({ url }),
      };
    });
    const [right] = record.metadata?.rights ?? [];
    const superseded = record.versions?.is_latest === false ? `There is a newer version of ${where}.` : undefined;
    return {
      label: where,
      revision: `inveniordm:${page}`,
      ...known('doi', record.pids?.doi?.identifier),
      ...known('title', record.metadata?.title && printable(record.metadata.title)),
      ...known('license', statedLicense(right?.title?.en ?? right?.id, right?.props?.url ?? right?.link)),
      ...known('superseded', superseded),
      // What a record holds is meant to be unpacked, as at Zenodo.
      files: chooseTree(listing, { ...entry, unpack: entry.unpack ?? true }, where),
      notes: superseded === undefined ? [] : [superseded],
    } satisfies Resolution;
  },
};

function restricted(where: string, page: string, host: string, until?: string): ActionRequiredError {
  const why = until === undefined ? 'are not open to everybody' : `are under embargo until ${printable(until)}`;
  return new ActionRequiredError(`The files of ${where} ${why}`, {
    host,
    url: page,
    steps: [
      `Open ${page} , log in and ask for access.`,
      'Save the files in the browser, and give them to medds import.',
    ],
  });
}
