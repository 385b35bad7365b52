/** What the remote files of a dataset hold, as far as that can be told without fetching them: zips are looked into from afar. */
import PQueue from 'p-queue';
import { asRefusal, FormatError } from './archive/refusal.js';
import { ZipExtents } from './archive/zip-extents.js';
import type { PlannedFile } from './plan.js';
import type { RemoteFile } from './sources/source.js';
import type { Engine } from './transfer/engine.js';
import { hasChanged, RemoteAccess } from './transfer/remote-access.js';

interface Held {
  planned: PlannedFile;
  /** Place in the dataset: of a file, of a folder, of what an archive is called. */
  path: string;
}

export type Contents =
  | (Held & {
      /** One file. */
      kind: 'file';
      /** Bytes in the dataset, where they are known. */
      size?: number;
    })
  | (Held & {
      /** A zip with a list of members. */
      kind: 'zip';
      zip: ZipExtents;
      access: RemoteAccess;
    })
  | (Held & {
      /** A DICOM series that its host sends as one: all of a folder. */
      kind: 'series';
      size?: number;
    })
  | (Held & {
      /** An archive that must be here before anybody can tell what is in it. */
      kind: 'opaque';
      /** Completes a sentence that begins with the archive's name. */
      why: string;
    });

export interface ListingOptions {
  engine: Engine;
  signal: AbortSignal;
}

/** Archives that are looked into at a time. */
const AT_A_TIME = 4;

/** Times that an archive is listed when it changes at its host meanwhile. */
const TRIES = 3;

/**
 * In the order of `files`; of a split archive the part that it goes by stands for all.
 * @throws IntegrityError when a zip's directory is broken or unsafe; NetworkError, NotFoundError, ActionRequiredError
 */
export async function contentsOf(files: readonly PlannedFile[], options: ListingOptions): Promise<Contents[]> {
  const queue = new PQueue({ concurrency: AT_A_TIME });
  const heads = files.filter((planned) => planned.split === undefined || planned.split.head === planned);
  return Promise.all(
    heads.map((planned) => {
      const known = withoutLook(planned);
      return known ?? queue.add(() => lookInto(planned, options));
    }),
  );
}

/** Place in the dataset of a remote file, or of what is in it. */
export function placeIn({ into }: Pick<RemoteFile, 'into'>, path: string): string {
  return into === '' ? path : `${into}/${path}`;
}

/** What is known beforehand; undefined for a zip that may be worth a look. */
function withoutLook(planned: PlannedFile): Contents | undefined {
  const { remote, unpack, split } = planned;
  const { path: name, into, size, unpackedSize } = remote;
  const path = placeIn(remote, name);
  const opaque = (why: string): Contents => ({ kind: 'opaque', planned, path, why });
  if (!unpack) return { kind: 'file', planned, path, ...(size === undefined ? {} : { size }) };
  if (split !== undefined) return opaque(`is split into ${split.parts.length} files`);
  if (remote.inspect !== undefined) {
    if (remote.unpack !== 'zip' || into === '') return opaque('is made by its host while it is sent');
    return { kind: 'series', planned, path: into, ...(unpackedSize === undefined ? {} : { size: unpackedSize }) };
  }
  if (remote.nested !== undefined) return opaque('holds archives that are unpacked, too');
  if (remote.unpack === 'gz' && !/\.(tar\.gz|tgz)$/i.test(name)) {
    return { kind: 'file', planned, path: path.replace(/\.gz$/i, '') };
  }
  if (remote.unpack === '7z' || /\.7z$/i.test(name)) return opaque('is a 7z, whose files are packed together');
  if (remote.unpack === 'zip' || (remote.unpack === true && /zip$/i.test(name))) return undefined;
  return opaque('is a tar, which can only be read from its front');
}

/** A file that is unpacked by its first bytes may turn out to be no zip. */
async function lookInto(planned: PlannedFile, options: ListingOptions): Promise<Contents> {
  const { remote } = planned;
  const path = placeIn(remote, remote.path);
  for (let tries = 1; ; tries++) {
    try {
      const access = await RemoteAccess.open(sentOf(remote), options);
      if (access === undefined) {
        return { kind: 'opaque', planned, path, why: 'is at a host that gives no parts of a file' };
      }
      const zip = await zipIn(access);
      if (zip === undefined) return { kind: 'opaque', planned, path, why: 'is no zip by its first bytes' };
      if (await isWrapping(zip, remote))
        return { kind: 'opaque', planned, path, why: 'is packed once more by its host' };
      return { kind: 'zip', planned, path, zip, access };
    } catch (error) {
      if (tries < TRIES && hasChanged(error)) continue;
      throw asRefusal(remote.path, error);
    }
  }
}

/** Of a file that may come wrapped, what is known is not about what is sent. */
function sentOf(remote: RemoteFile): RemoteFile {
  if (remote.wrapped === undefined) return remote;
  const { size: _, ...sent } = remote;
  return sent;
}

/** A file that only has an archive's name is no broken zip. */
async function zipIn(access: RemoteAccess): Promise<ZipExtents | undefined> {
  try {
    return await ZipExtents.open(access);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const head = await access.read(0, 4);
    if (head.toString('latin1', 0, 2) !== 'PK') return undefined;
    throw error;
  }
}

async function isWrapping(zip: ZipExtents, { wrapped }: RemoteFile): Promise<boolean> {
  if (wrapped === undefined || zip.files !== 1) return false;
  const last = wrapped.slice(wrapped.lastIndexOf('/') + 1);
  for await (const { path } of zip.members()) return path === wrapped || path === last;
  return false;
}
