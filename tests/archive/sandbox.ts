/** A folder that watches what unpacking does: `out` is the target, and nothing may appear beside it. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { unpackNested } from '../../src/archive/nested.js';
import type { UnpackedMember, UnpackOptions } from '../../src/archive/unpack.js';
import type { ArchiveFile } from '../../src/archive/volumes.js';
import { ActionRequiredError, IntegrityError, type MeddsError } from '../../src/errors.js';

type Options = Partial<UnpackOptions> & { nested?: string[] };

export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'medds-archive-'));
  readonly target = join(this.root, 'out');
  readonly archive = join(this.root, 'archive');
  /** Members as they were reported by the last unpacking. */
  members: UnpackedMember[] = [];

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async unpack(archive: Buffer | ArchiveFile, { nested = [], ...options }: Options = {}) {
    rmSync(this.target, { recursive: true, force: true });
    mkdirSync(this.target);
    if (Buffer.isBuffer(archive)) writeFileSync(this.archive, archive);
    this.members = [];
    const onMember = (member: UnpackedMember): void => {
      this.members.push(member);
    };
    return unpackNested(Buffer.isBuffer(archive) ? this.archive : archive, this.target, nested, {
      name: 'case.zip',
      workers: 2,
      onMember,
      ...options,
    });
  }

  /** Expects a refusal that the user can understand, and that nothing was written beside the target. */
  async refuses(archive: Buffer | string, message: RegExp, options: Options = {}): Promise<MeddsError> {
    writeFileSync(join(this.root, 'beside'), 'untouched');
    const error: unknown = await this.unpack(archive, options).then(
      () => new Error('it was unpacked'),
      (reason: unknown) => reason,
    );
    // What wants a password is for the user to do something about.
    expect(error).toSatisfy((one) => one instanceof IntegrityError || one instanceof ActionRequiredError);
    expect((error as Error).message).toMatch(message);
    expect((error as MeddsError).hint).toBeTruthy();
    expect((error as MeddsError).file).toBe(options.name ?? 'case.zip');
    expect(
      readdirSync(this.root)
        .filter((name) => name !== 'archive')
        .sort(),
    ).toEqual(['beside', 'out']);
    expect(readFileSync(join(this.root, 'beside'), 'utf8')).toBe('untouched');
    return error as MeddsError;
  }

  /** Path to contents of every file; links as `-> target`, folders with a slash. */
  tree(): Record<string, string> {
    // Not an object from the first: `__proto__` is a name like others.
    const found = new Map<string, string>();
    const walk = (relative: string): void => {
      for (const name of readdirSync(join(this.target, relative))) {
        const path = relative === '' ? name : `${relative}/${name}`;
        const place = join(this.target, path);
        const stat = lstatSync(place);
        if (stat.isSymbolicLink()) found.set(path, `-> ${readlinkSync(place)}`);
        else if (stat.isDirectory()) {
          found.set(`${path}/`, '');
          walk(path);
        } else found.set(path, readFileSync(place, 'latin1'));
      }
    };
    if (existsSync(this.target)) walk('');
    return Object.fromEntries(found);
  }

  mode(path: string): number {
    return lstatSync(join(this.target, path)).mode & 0o7777;
  }
}
