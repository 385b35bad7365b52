import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { runMedds, startMedds } from './run-medds.js';
import { removeTempDirs, tempDir } from './temp-dir.js';

let home: string;
let host: FileHost;

beforeEach(async () => {
  home = path.join(tempDir(), 'library');
  host = await startFileHost();
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});

test('a run gives back the exit code and both outputs', async () => {
  const failed = await runMedds(['path', 'no-such-dataset'], { home });
  expect(failed).toMatchObject({ code: 3, signal: null, stdout: '' });
  expect(failed.stderr).toContain('no-such-dataset');
  expect((await runMedds(['--version'], { home })).stdout).toMatch(/^medds\//);
});

test('a running process is interrupted at a moment of the test’s choice', async () => {
  host.add('/a.bin', noise(1_000_000)).misbehave('/a.bin', { stallAt: 100_000 });
  const running = startMedds(['fetch', host.url('/a.bin'), '--as', 'a'], { home });
  await host.stalled('/a.bin');
  running.kill('SIGINT');
  const { code, stderr } = await running.result;
  expect(code).toBe(130);
  expect(await running.line('Interrupted')).toContain('Interrupted');
  expect(running.stderr()).toBe(stderr);
  await expect(running.line('a line that never comes')).rejects.toThrow('ended without a line');
});

test('an abort signal ends it at once', async () => {
  host.add('/a.bin', noise(1_000_000)).misbehave('/a.bin', { stallAt: 100_000 });
  const abort = new AbortController();
  const running = startMedds(['fetch', host.url('/a.bin'), '--as', 'a'], { home, signal: abort.signal });
  await host.stalled('/a.bin');
  abort.abort();
  expect(await running.result).toMatchObject({ code: null, signal: 'SIGKILL' });
});
