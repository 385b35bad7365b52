import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detectKind } from '../../src/archive/detect.js';
import { buildTar } from './build-tar.js';
import { buildZip } from './build-zip.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'medds-detect-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function kindOf(bytes: Buffer, name: string) {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return detectKind(file);
}

const tar = buildTar([{ name: 'a', data: 'x' }]);

it.each<[string, Buffer, string | undefined]>([
  ['a zip', buildZip([{ name: 'a' }]), 'zip'],
  ['an empty zip', buildZip([]), 'zip'],
  ['a zip behind a program', buildZip([{ name: 'a' }], { prefix: Buffer.from('#!/bin/sh') }), 'zip'],
  ['a tar', tar, 'tar'],
  ['a tar of old', buildTar([{ name: 'a', magic: 'none' }]), 'tar'],
  ['a tar that holds a zip', buildTar([{ name: 'a.zip', data: buildZip([{ name: 'a' }]) }]), 'tar'],
  ['a tar.gz', gzipSync(tar), 'tar.gz'],
  ['a tar.gz cut behind its first header', gzipSync(tar, { level: 0 }).subarray(0, 600), 'tar.gz'],
  ['a tar.gz cut within it', gzipSync(tar, { level: 0 }).subarray(0, 500), 'gz'],
  ['a single gzip', gzipSync('volume'), 'gz'],
  ['a 7z', Buffer.from('377abcaf271c0004', 'hex'), '7z'],
  ['a web page', Buffer.from('<!doctype html><title>Sign in</title>'), undefined],
  ['a mask of zeros', Buffer.alloc(4096), undefined],
  ['nothing', Buffer.alloc(0), undefined],
])('%s is known by its bytes, whatever its name', async (_, bytes, kind) => {
  expect(await kindOf(bytes, 'data.nii')).toBe(kind);
  expect(await kindOf(bytes, 'data.zip')).toBe(kind);
});
