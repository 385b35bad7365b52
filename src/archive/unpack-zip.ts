/**
 * Unpacks a zip. Its directory is read twice: once to judge every member before anything is written, once to hand the members
 * out to threads, so that a million of them need not be held.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Budget } from './budget.js';
import { PathClaims } from './collisions.js';
import { checkLink, type Link, makeLinks } from './links.js';
import { fileAccess, type RandomAccess } from './random-access.js';
import { FormatError, quoted } from './refusal.js';
import type { Batch } from './thread-messages.js';
import { sha256OfFile, sha256OfText, type UnpackedMember } from './tree-writer.js';
import type { Unpacked, UnpackJob } from './unpack-stream.js';
import { allHere } from './volumes.js';
import { ZipDirectory, type ZipMember } from './zip-directory.js';
import { ZipExtractor } from './zip-extractor.js';
import { ZipLanes } from './zip-lanes.js';

const BATCH_MEMBERS = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
const MAX_LINK_BYTES = 4096;

export interface ZipUnpackJob extends UnpackJob {
  workers: number;
  /** As in UnpackOptions. */
  only?: ReadonlySet<string>;
  access?: RandomAccess;
}

export async function unpackZip(job: ZipUnpackJob): Promise<Unpacked> {
  const access = job.access ?? (await fileAccess(job.archive));
  let lanes: ZipLanes | undefined;
  try {
    const directory = await ZipDirectory.open(access);
    lanes = new ZipLanes(job, lanesFor(directory.members, access.size, job.workers));
    const { bytes, twice } = await surveyOf(directory, job);
    job.listener.expect(bytes);
    const later = { links: [] as ZipMember[], copies: [] as ZipMember[] };
    const result: Unpacked = { files: 0, links: 0, bytes: 0 };
    const passOver = (member: ZipMember): boolean => {
      if (job.done.get(member.path) !== member.size) return false;
      result.files += 1;
      result.bytes += member.size;
      job.listener.written(member.size);
      return true;
    };
    await lanes.run(batched(handOut(directory, twice, job, later, passOver)), async (members) => {
      result.files += members.length;
      for (const { size } of members) result.bytes += size;
      await job.listener.members(members);
    });
    // A path that comes again is dropped if its contents are the same.
    await lanes.run(batched(later.copies, true), async (members) => {
      for (const { path, sha256 } of members) {
        if (sha256OfFile(join(job.target, path)) !== sha256) throw contradiction(path);
      }
    });
    if (later.links.length > 0) await allHere(job.archive);
    const links = await linksOf(later.links, job);
    makeLinks(job.name, job.target, links);
    result.links = links.length;
    await job.listener.members(links.map(linkMember));
    return result;
  } finally {
    await lanes?.stop();
    await access.close();
  }
}

/** Starting a thread costs some 20 ms: it must be worth it. */
function lanesFor(members: number, archiveBytes: number, workers: number): number {
  const useful = Math.max(Math.ceil(members / (2 * BATCH_MEMBERS)), Math.ceil(archiveBytes / BATCH_BYTES));
  return Math.max(1, Math.min(workers, useful));
}

/** Judges all members, and finds the paths that more than one has. @throws FormatError, IntegrityError, DiskError before anything is written */
async function surveyOf(
  directory: ZipDirectory,
  { name, limits, folds, signal, only }: ZipUnpackJob,
): Promise<{ bytes: number; twice: Set<string> }> {
  const budget = new Budget(name, limits);
  const claims = new PathClaims({ folds });
  const twice = new Set<string>();
  for await (const member of directory.read()) {
    signal.throwIfAborted();
    if (isLeftOut(member, only)) continue;
    budget.addMember();
    budget.addBytes(member.size);
    if (member.kind === 'folder') {
      if (member.path !== '') claims.claimFolder(member.path);
      continue;
    }
    if (claims.claimFile(member.path) === 'duplicate') twice.add(member.path);
  }
  return { bytes: budget.bytes, twice };
}

/** Makes the folders, gives the files, and keeps what must wait for the files. */
async function* handOut(
  directory: ZipDirectory,
  twice: Set<string>,
  { target, signal, only }: ZipUnpackJob,
  later: { links: ZipMember[]; copies: ZipMember[] },
  passOver: (member: ZipMember) => boolean,
): AsyncGenerator<ZipMember> {
  const first = new Map<string, ZipMember['kind']>();
  for await (const member of directory.read()) {
    signal.throwIfAborted();
    if (isLeftOut(member, only)) continue;
    const { kind, path } = member;
    const seen = first.get(path);
    if (seen !== undefined && seen !== kind) throw contradiction(path);
    if (twice.has(path)) first.set(path, kind);
    if (kind === 'folder') await mkdir(join(target, path), { recursive: true });
    else if (kind === 'link') later.links.push(member);
    else if (seen === 'file') later.copies.push(member);
    else if (!passOver(member)) yield member;
  }
}

/** Folders come with what is in them. */
function isLeftOut({ kind, path }: ZipMember, only: ReadonlySet<string> | undefined): boolean {
  return only !== undefined && (kind === 'folder' || !only.has(path));
}

async function* batched(
  members: AsyncIterable<ZipMember> | Iterable<ZipMember>,
  hashOnly = false,
): AsyncGenerator<Batch> {
  let batch: ZipMember[] = [];
  let bytes = 0;
  for await (const member of members) {
    batch.push(member);
    bytes += member.size;
    if (batch.length < BATCH_MEMBERS && bytes < BATCH_BYTES) continue;
    yield { members: batch, hashOnly };
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield { members: batch, hashOnly };
}

/** A link's target is the member's content. */
async function linksOf(members: ZipMember[], { archive, name }: UnpackJob): Promise<Link[]> {
  if (members.length === 0) return [];
  const targets = new Map<string, string>();
  const zip = new ZipExtractor(archive);
  try {
    for (const member of members) {
      const { path, size } = member;
      if (size > MAX_LINK_BYTES) throw new FormatError(`is broken: link ${quoted(path)} points to ${size} bytes`);
      const pieces: Buffer[] = [];
      await zip.extract(member, (bytes) => pieces.push(Buffer.from(bytes)));
      const target = Buffer.concat(pieces).toString('utf8');
      checkLink(name, { path, target });
      if ((targets.get(path) ?? target) !== target) throw contradiction(path);
      targets.set(path, target);
    }
  } finally {
    zip.close();
  }
  return Array.from(targets, ([path, target]) => ({ path, target }));
}

function linkMember({ path, target }: Link): UnpackedMember {
  return { path, size: 0, sha256: sha256OfText(target), link: target };
}

function contradiction(path: string): FormatError {
  return new FormatError(`holds ${quoted(path)} twice, with different contents`);
}
