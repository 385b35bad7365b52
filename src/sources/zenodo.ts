/**
 * Zenodo records (InvenioRDM's REST API, https://developers.zenodo.org). Bytes are asked for at /records/ID/files/KEY, which
 * honours ranges; the API's own /content links do not (github.com/zenodo/zenodo issue 2593).
 */
import { secretOfEnv, storedSecret } from '../credentials/store.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { refuseStatus } from '../transfer/conversation.js';
import { chooseFiles, type Listed } from './facts.js';
import { placeOf } from './place.js';
import type { FileRequest, Resolution, Source, SourceContext } from './source.js';

/** The part of a record that is used, in the API's default JSON form. */
interface Record {
  id: number;
  conceptrecid?: string;
  doi?: string;
  title?: string;
  metadata?: {
    title?: string;
    access_right?: string;
    embargo_date?: string;
    license?: { id?: string };
    version?: string;
    relations?: { version?: { is_last?: boolean }[] };
  };
  files?: { key: string; size?: number; checksum?: string }[];
}

/** Zenodo's record number in a DOI, a page's address or a short form. */
const LOCATOR = /^(?:zenodo:|doi:10\.5281\/zenodo\.|https?:\/\/(?:www\.)?zenodo\.org\/records?\/)(\d+)\/?(?:[?#].*)?$/i;

export const zenodo: Source<'zenodo'> = {
  locate(typed) {
    const record = LOCATOR.exec(typed)?.[1];
    if (record === undefined) return undefined;
    return { id: `zenodo-${record}`, name: `Zenodo record ${record}`, entry: { method: 'zenodo', record } };
  },

  async resolve(entry, context) {
    const base = context.endpoint('zenodo', 'https://zenodo.org');
    const credentials = await authorization(context);
    const record = await readRecord(base, entry.record, credentials, context);
    const id = String(record.id);
    const files = record.files ?? [];
    if (files.length === 0) throw noFiles(record, base, credentials !== undefined);
    const listing = files.map((file): Listed => {
      const request: FileRequest = { url: `${base}/records/${id}/files/${encodeKey(file.key)}?download=1` };
      if (credentials !== undefined) request.credentials = credentials;
      return {
        path: file.key,
        ...(file.size === undefined ? {} : { size: file.size }),
        // Always md5; another algorithm that may come one day is left to the registry's own checksum.
        checksums: /^md5:[0-9a-f]{32}$/.test(file.checksum ?? '') ? [file.checksum as string] : [],
        request: async () => request,
      };
    });
    const chosen = chooseFiles(listing, entry.files, `Zenodo record ${id}`);
    return {
      label: `Zenodo ${id}`,
      revision: `zenodo:${id}`,
      ...optional('doi', record.doi),
      ...optional('title', record.metadata?.title ?? record.title),
      ...optional('license', licenseOf(record)),
      ...optional('superseded', supersededBy(record)),
      files: chosen.map((file) => ({ ...file, path: placeOf(file.path, entry.place) })),
      notes: notesOf(record, entry.record),
    } satisfies Resolution;
  },
};

/** Public records need none. The variables are those that other Zenodo clients read. */
async function authorization({ env }: SourceContext): Promise<FileRequest['credentials']> {
  const token =
    secretOfEnv(env, 'ZENODO_TOKEN', 'ZENODO_ACCESS_TOKEN', 'ZENODO_API_TOKEN') ?? (await storedSecret('zenodo', env));
  return token === undefined ? undefined : { authorization: `Bearer ${token.value}` };
}

async function readRecord(
  base: string,
  number: string,
  credentials: FileRequest['credentials'],
  context: SourceContext,
): Promise<Record> {
  const answer = await context.http.ask(
    {
      url: `${base}/api/records/${number}`,
      headers: { accept: 'application/json' },
      ...(credentials === undefined ? {} : { credentials }),
    },
    context.signal,
  );
  if (answer.status === 404) {
    throw new NotFoundError(`There is no Zenodo record ${number}`, { hint: `Look at ${base}/records/${number}.` });
  }
  if (answer.status === 410) {
    throw new NotFoundError(`Zenodo record ${number} was deleted by its owners`, {
      hint: `${base}/records/${number} may say why.`,
    });
  }
  refuseStatus(answer, `Zenodo record ${number}`);
  const record = answer.json<Record>();
  if (record?.id === undefined) {
    throw new NetworkError(`Zenodo record ${number}: ${new URL(base).host} sent something else`, {
      host: new URL(base).host,
    });
  }
  return record;
}

function noFiles(record: Record, base: string, hasToken: boolean): Error {
  const { access_right: access = 'closed', embargo_date: until } = record.metadata ?? {};
  const page = `${base}/records/${record.id}`;
  if (access === 'open')
    return new NotFoundError(`Zenodo record ${record.id} holds no files`, { hint: `Look at ${page}.` });
  if (access === 'embargoed') {
    return new ActionRequiredError(
      `Zenodo record ${record.id} is under embargo until ${printable(until ?? 'a later day')}`,
      {
        url: page,
        hint: 'Its files cannot be downloaded before.',
      },
    );
  }
  return new ActionRequiredError(
    `The files of Zenodo record ${record.id} are ${printable(access)}${hasToken ? ', also with your token' : ''}`,
    {
      url: page,
      steps: [
        `Log in and ask for access at ${page}.`,
        'Once it is granted, make a token at https://zenodo.org/account/settings/applications/tokens/new/ .',
        'Put it into the environment as ZENODO_TOKEN and run the same command again.',
      ],
    },
  );
}

function notesOf(record: Record, asked: string): string[] {
  const notes: string[] = [];
  if (String(record.id) !== asked) {
    notes.push(
      `${asked} stands for all versions of this record; the newest is ${record.id}, and that is what is fetched.`,
    );
  }
  const superseded = supersededBy(record);
  return superseded === undefined ? notes : [...notes, superseded];
}

function supersededBy({ id, metadata }: Record): string | undefined {
  const isLast = metadata?.relations?.version?.[0]?.is_last;
  return isLast === false ? `Zenodo has a newer version of record ${id}.` : undefined;
}

function licenseOf(record: Record): Resolution['license'] {
  const id = record.metadata?.license?.id;
  if (id === undefined) return undefined;
  // Zenodo writes SPDX ids of the Creative Commons family in lower case.
  return /^cc-/.test(id) ? { name: id.toUpperCase(), spdx: id.toUpperCase() } : { name: printable(id) };
}

/** A key may hold slashes, which stay; everything else that a path may not hold is encoded. */
function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
