/** What is told while a fetch runs: for people, for logs, for programs, or not at all. */
import { expect, it } from 'vitest';
import { refuse } from '../hosts/misbehaviour.js';
import { archive, eventsOf, fileHost, MiB, offer, single, sizeOfAll, stageFor } from './stage.js';

const FILES = [archive('scans.zip', { size: 2 * MiB }), single('list.csv')];

const host = await fileHost();
const stage = stageFor('progress', (stage) => {
  stage.register('scans', offer(host, ...FILES));
});

it('json: a document a line, from the plan to the last file', async () => {
  const { code, stdout, stderr } = await stage.run('fetch', 'scans', '--progress', 'json', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'fetched' });
  const events = eventsOf(stderr);
  expect(events).toHaveLength(stderr.trimEnd().split('\n').length);
  expect(events[0]).toMatchObject({ event: 'plan', dataset: 'scans', files: 2, size: sizeOfAll(FILES), have: 0 });
  for (const event of events) {
    expect(event.version).toBe(1);
    expect(event.time).toBe(new Date(event.time).toISOString());
  }
  const files = events.flatMap((event) => (event.event === 'file' ? [event] : []));
  for (const { key } of FILES) {
    const states = files.filter(({ file }) => file === key).map(({ state }) => state);
    expect(states.filter((state) => state === 'done')).toEqual(['done']);
    expect(states.at(-1)).toBe('done');
  }
  expect(files).toContainEqual(expect.objectContaining({ file: 'scans.zip', state: 'unpacking' }));
});

it('plain: what will be done, and what is worth telling; stdout is the folder', async () => {
  host.misbehave('/scans.zip', refuse(503, { retryAfter: 0, times: 1 }));
  const { code, stdout, stderr } = await stage.run('fetch', 'scans', '--progress', 'plain');
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${stage.dataset('scans')}\n` });
  expect(stderr).toMatch(/^SCANS · .* · 4\.2 MB in 2 files · needs at least /);
  expect(stderr).toContain(`Into ${stage.home}\n`);
  expect(stderr).toMatch(/^scans\.zip retrying at 0 B: .* answered 503 /m);
  expect(stderr).toMatch(/^✓ scans · 3 files, 4\.2 MB/m);
});

it.each([[['--progress', 'none']], [['--quiet']]])('%j: errors only', async (args) => {
  host.misbehave('/scans.zip', refuse(404));
  const { code, stdout, stderr } = await stage.run('fetch', 'scans', ...args);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^Error: .*answered 404/s);
});
