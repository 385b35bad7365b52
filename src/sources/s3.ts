/**
 * Folders of public buckets (Amazon S3, and hosts that speak as it does): listed by ListObjectsV2, read without signing
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
 */
import { eachAtMost } from '../library/each.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import type { Listed } from './facts.js';
import { inColdStorage, isCold, PublicBucket } from './s3-bucket.js';
import { KEPT, md5OfEtag, readMd5List } from './s3-checksums.js';
import { locateS3 } from './s3-locator.js';
import type { S3Object } from './s3-xml.js';
import type { RemoteFile, Resolution, Source } from './source.js';
import { chooseTree, globs } from './tree.js';

type S3 = Extract<SourceEntry, { method: 's3' }>;

/** Objects that are looked at one by one, at a time. */
const AT_A_TIME = 8;

export const s3: Source<'s3'> = {
  locate: locateS3,

  async resolve(entry, context) {
    const bucket = new PublicBucket(entry, context);
    const where = printable(`s3://${entry.bucket}/${entry.prefix ?? ''}`);
    const notes: string[] = [];
    const files = await filesOf(bucket, entry, where, notes);
    return { label: `S3 ${where.slice('s3://'.length).replace(/\/+$/, '')}`, files, notes } satisfies Resolution;
  },
};

async function filesOf(bucket: PublicBucket, entry: S3, where: string, notes: string[]): Promise<RemoteFile[]> {
  const { prefix = '', files } = entry;
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  // Files whose names are known need no list, which a bucket may keep to itself.
  if (files?.every(({ pattern }) => pattern === undefined)) {
    const listing = await lookAtAll(
      bucket,
      folder,
      files.map(({ path }) => path),
      where,
    );
    return chooseTree(await withMd5List(listing, bucket, entry, folder, notes), entry, where);
  }
  // A prefix without a slash at its end may be a file's name; an empty object may stand for a folder.
  const object = prefix === folder ? undefined : await bucket.find(prefix);
  if (object !== undefined && object.size !== 0) {
    const path = prefix.slice(prefix.lastIndexOf('/') + 1);
    if (isCold(object)) throw inColdStorage(where);
    const listing = [{ ...object, path, request: async () => bucket.request(prefix) }];
    return chooseTree(listing, { ...entry, files: files ?? [{ path }] }, where);
  }
  const listing = await listFolder(bucket, folder, entry, where);
  return chooseTree(await withMd5List(listing, bucket, entry, folder, notes), entry, where);
}

async function lookAtAll(
  bucket: PublicBucket,
  folder: string,
  paths: readonly string[],
  where: string,
): Promise<Listed[]> {
  const found = new Map<string, Listed>();
  await eachAtMost(AT_A_TIME, paths, async (path) => {
    const key = `${folder}${path}`;
    const object = await bucket.look(key);
    if (isCold(object)) throw inColdStorage(`${where}${path}`);
    found.set(path, { ...object, path, request: async () => bucket.request(key) });
  });
  return paths.flatMap((path) => found.get(path) ?? []);
}

async function listFolder(bucket: PublicBucket, folder: string, entry: S3, where: string): Promise<Listed[]> {
  const objects: S3Object[] = [];
  for await (const page of bucket.pages(folder)) objects.push(...page);
  const files = withoutFolders(objects);
  const pathOf = ({ key }: S3Object): string => key.slice(folder.length);
  const wanted = entry.files === undefined ? globs(entry) : () => true;
  // What is left out may be closed, or cold.
  const md5 = await bucket.showsMd5(files.filter((object) => wanted(pathOf(object))));
  const listing = files.map(
    (object): Listed => ({
      path: pathOf(object),
      size: object.size,
      checksums: md5 ? md5OfEtag(object.etag) : [],
      request: async () => bucket.request(object.key),
    }),
  );
  const chosen = files.flatMap((object, at) => {
    const listed = listing[at] as Listed;
    return wanted(listed.path) ? [{ object, listed }] : [];
  });
  const cold = chosen.find(({ object }) => isCold(object));
  if (cold !== undefined) throw inColdStorage(`${where}: ${printable(cold.listed.path)}`);
  await addKept(bucket, chosen);
  return listing;
}

/** Some programs mark a folder by an empty object of its name, without a slash behind it. */
function withoutFolders(objects: readonly S3Object[]): readonly S3Object[] {
  const empty = new Set(objects.filter(({ size }) => size === 0).map(({ key }) => key));
  if (empty.size === 0) return objects;
  const folders = new Set<string>();
  for (const { key } of objects) {
    for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) {
      if (empty.has(key.slice(0, at))) folders.add(key.slice(0, at));
    }
  }
  return objects.filter(({ key }) => !folders.has(key));
}

/** Checksums that S3 keeps of objects whose ETag says nothing are not in the list: such objects are looked at. */
async function addKept(bucket: PublicBucket, chosen: readonly { object: S3Object; listed: Listed }[]): Promise<void> {
  const open = chosen.filter(
    ({ object, listed }) =>
      listed.checksums.length === 0 && object.algorithms.some((algorithm) => KEPT[algorithm] !== undefined),
  );
  await eachAtMost(AT_A_TIME, open, async ({ object, listed }) => {
    listed.checksums.push(...(await bucket.look(object.key)).checksums);
  });
}

/** Adds what the owners' own list of MD5s says. It is a help, not a condition: without it files are checked as others are. */
async function withMd5List(
  listing: Listed[],
  bucket: PublicBucket,
  { checksumFile }: S3,
  folder: string,
  notes: string[],
): Promise<Listed[]> {
  if (checksumFile === undefined) return listing;
  const text = await bucket.text(`${folder}${checksumFile}`);
  const sums = readMd5List(text ?? '');
  const base = checksumFile.slice(0, checksumFile.lastIndexOf('/') + 1);
  let known = 0;
  const checked = listing.map((listed) => {
    const md5 = listed.path.startsWith(base) ? sums.get(listed.path.slice(base.length)) : undefined;
    if (md5 === undefined) return listed;
    known++;
    return { ...listed, checksums: [...new Set([...listed.checksums, `md5:${md5}`])] };
  });
  if (known === 0) {
    const why = text === undefined ? 'is not there (any more)' : 'names none of these files';
    notes.push(`The list of checksums ${checksumFile} ${why}: files are checked by what S3 itself tells.`);
  }
  return checked;
}
