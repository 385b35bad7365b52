/**
 * Collections of NCI's Imaging Data Commons (https://learn.canceridc.dev), series by series: chosen by its API, read from its
 * public buckets, image by image.
 */
import { createHash } from 'node:crypto';
import { NotFoundError } from '../errors.js';
import { remoteFile } from './facts.js';
import { IdcApi, type IdcCollection } from './idc-api.js';
import { choose, nameOf } from './idc-choice.js';
import { imagesOf } from './idc-images.js';
import { citationOf } from './idc-license.js';
import { locateIdc } from './idc-locator.js';
import { foldersOf } from './series-layout.js';
import type { RemoteFile, Resolution, Source } from './source.js';
import { globs } from './tree.js';

export const idc: Source<'idc'> = {
  locate: locateIdc,

  async resolve(entry, context) {
    const api = new IdcApi(context);
    const version = await api.version();
    const { series, collections, notes } = await choose(entry, api, context);
    const folders = foldersOf(series, entry.layout);
    const wanted = globs(entry);
    const chosen = series.flatMap((one, at) => {
      const folder = folders[at] as string;
      return wanted(folder)
        ? [{ series: one, folder: entry.into === undefined ? folder : `${entry.into}/${folder}` }]
        : [];
    });
    if (chosen.length === 0) {
      throw new NotFoundError(`${nameOf(entry)} has no series whose folder fits the entry's include and exclude`);
    }
    const { notes: remarks, ...citation } = citationOf(chosen.map(({ series: one }) => one));
    const [only, ...others] = collections;
    const images = await imagesOf(chosen, context);
    return {
      label: nameOf(entry),
      ...(version === undefined ? {} : { revision: `idc-index-data:${version}` }),
      ...citation,
      ...(only?.name === undefined || others.length > 0 ? {} : { title: only.name }),
      files: [...images, ...collections.map((collection) => aboutCollection(collection, entry.into))],
      notes: [...notes, ...remarks],
    } satisfies Resolution;
  },
};

/** What IDC tells of a collection, its licences among it, kept beside the images. */
function aboutCollection({ id, url, text }: IdcCollection, into: string | undefined): RemoteFile {
  const listed = {
    path: `IDC-${id}.json`,
    size: Buffer.byteLength(text),
    checksums: [`sha256:${createHash('sha256').update(text).digest('hex')}`],
    request: async () => ({ url }),
  };
  return remoteFile(listed, { unpack: false, ...(into === undefined ? {} : { into }) });
}
