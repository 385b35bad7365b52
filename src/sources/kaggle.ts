/**
 * Datasets and competition data on Kaggle. A dataset of few files is fetched file by file: each is resumed and checked by itself, and only
 * what is chosen comes. One of many files comes as the zip that Kaggle keeps of all: Kaggle refuses those who ask for some
 * hundred single files in a row (github.com/Kaggle/kaggle-cli issue 494), and the zip is resumed as a whole and has an MD5. Lists
 * tell no checksums; Google's storage, which sends the bytes, tells one beside them.
 */
import { type KaggleSecret, kaggleSecret } from '../credentials/kaggle.js';
import { ActionRequiredError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { statedChecksum } from '../transfer/stated.js';
import { type Listed, remoteFile } from './facts.js';
import { Kaggle, type KaggleAbout, type KaggleFile } from './kaggle-api.js';
import { licenseOnKaggle } from './kaggle-license.js';
import { locateOnKaggle } from './kaggle-locator.js';
import { KaggleSecretRefusedError, loginNeeded } from './kaggle-refusal.js';
import type { RemoteFile, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'kaggle' }>;

/** The most files that are asked for one by one when all are wanted. */
const FEW = 50;

export const kaggle: Source<'kaggle'> = {
  locate: locateOnKaggle,

  async resolve(entry, context) {
    const secret = await kaggleSecret(context.env);
    try {
      return await resolveAs(entry, context, secret);
    } catch (refusal) {
      if (!(refusal instanceof KaggleSecretRefusedError) || entry.dataset === undefined) throw refusal;
      // A key that has expired must not keep anybody from what is public.
      const resolution = await resolveAs(entry, context).catch((error) => {
        throw error instanceof ActionRequiredError ? refusal : error;
      });
      return { ...resolution, notes: [`${refusal.message}. It was asked without.`, ...resolution.notes] };
    }
  },
};

async function resolveAs(entry: Entry, context: SourceContext, secret?: KaggleSecret): Promise<Resolution> {
  const host = new Kaggle(context, entry, secret);
  if (entry.competition !== undefined && secret === undefined) throw loginNeeded(host.asked);
  const about: KaggleAbout = entry.dataset === undefined ? {} : await host.about();
  const version = entry.version ?? about.version;
  const held = await host.files(version);
  const files = await (isWhole(entry, held) ? zipOfAll : oneByOne)(entry, host, held, version);
  const license = licenseOnKaggle(about.license);
  const where = entry.dataset ?? entry.competition;
  const number = version === undefined ? '' : `@${version}`;
  const superseded =
    version !== undefined && about.version !== undefined && version < about.version
      ? `Kaggle has a newer version (${about.version}) of ${where}; ${version} is fetched.`
      : undefined;
  return {
    label: `Kaggle ${where}${number}`,
    revision: `kaggle:${entry.dataset === undefined ? 'competitions/' : ''}${where}${number}`,
    ...(about.title === undefined ? {} : { title: printable(about.title) }),
    ...(license === undefined ? {} : { license }),
    files,
    notes: [...(secret?.note === undefined ? [] : [secret.note]), ...(superseded === undefined ? [] : [superseded])],
    ...(superseded === undefined ? {} : { superseded }),
  };
}

/** Nothing is chosen, moved or unpacked by itself, so that the zip of all gives the same tree. */
function isWhole({ files, include, exclude, place, unpack }: Entry, held: readonly KaggleFile[]): boolean {
  return (files ?? include ?? exclude ?? place ?? unpack) === undefined && held.length > FEW;
}

async function zipOfAll(
  { dataset, competition, into }: Entry,
  host: Kaggle,
  held: readonly KaggleFile[],
  version?: number,
): Promise<RemoteFile[]> {
  const request = host.request(version);
  const { size, answer } = await host.knock(request);
  const checksum = statedChecksum(answer.headers);
  const sizes = held.map((file) => file.size);
  const unpackedSize = sizes.reduce((sum: number, one) => sum + (one ?? 0), 0);
  const zip: Listed = {
    path: `${dataset?.split('/')[1] ?? competition}.zip`,
    ...(size === undefined ? {} : { size }),
    checksums: checksum === undefined ? [] : [checksum],
    request: async () => request,
  };
  return [{ ...remoteFile(zip, into === undefined ? {} : { into }), ...(unpackedSize > 0 ? { unpackedSize } : {}) }];
}

async function oneByOne(
  entry: Entry,
  host: Kaggle,
  held: readonly KaggleFile[],
  version?: number,
): Promise<RemoteFile[]> {
  const listing = held.map(({ name, size }): Listed => {
    const request = host.request(version, name);
    return {
      path: name,
      ...(size === undefined ? {} : { size }),
      checksums: [],
      // What is empty is sent as it is.
      ...(size === 0 ? {} : { wrapped: name }),
      request: async () => request,
    };
  });
  const chosen = chooseTree(listing, entry, host.asked.title);
  // Any file will do, but one that is empty has no byte to ask for.
  const door = chosen.reduce((least, file) => ((file.size || Infinity) < (least.size || Infinity) ? file : least));
  await host.knock(await door.request());
  return chosen;
}
