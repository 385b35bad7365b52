/** Texts and names from outside that would steer a terminal, or hide on it: no command writes them as they are, also not in JSON. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { packed, zip } from '../hosts/phantoms/archives.js';
import type { RunResult } from '../support/run-medds.js';
import { archive, fileHost, offer, single, stageFor } from './stage.js';

/** Sets the title, clears the screen, goes back, turns the text round, hides, breaks lines. */
const EVIL = '\u001b]0;title\u0007\u001b[2J\r\b\u202eevil\u2066\u200b\u009b1m\u007f';
/** As far as names of files may. */
const NAME = 'case\u202e\u200bgpj.exe';

/** All but line feeds. Colours are off. */
const STEERING = /[\0-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069]/u;

const host = await fileHost();
const stage = stageFor('steering');

function expectTame({ stdout, stderr }: RunResult, what: string): void {
  for (const text of [stdout, stderr]) expect(text.replaceAll('\t', ' '), what).not.toMatch(STEERING);
}

async function tame(...args: string[]): Promise<RunResult> {
  const result = await stage.run(...args);
  expectTame(result, args.join(' '));
  return result;
}

it('names of files: in lists, progress, reports and errors', async () => {
  const scans = packed('scans.zip', [{ path: `scans/${NAME}`, data: Buffer.from('x') }], zip);
  stage.register('scans', offer(host, scans, { ...single('list.csv'), key: `${NAME}.csv` }));
  const files = await tame('files', 'scans');
  expect(files.stdout).toContain('case\\u{202e}\\u{200b}gpj.exe');
  await tame('fetch', 'scans', '--progress', 'plain');
  const file = path.join(stage.dataset('scans'), 'scans', NAME);
  expect(readFileSync(file, 'utf8')).toBe('x');
  rmSync(file);
  writeFileSync(`${file}.new`, '');
  const report = await tame('verify', 'scans');
  expect(report.code).toBe(6);
  expect(report.stdout + report.stderr).toContain('\\u{202e}');
  const json = await tame('verify', 'scans', '--json');
  expect(JSON.stringify(JSON.parse(json.stdout))).toContain(NAME);
  expect(JSON.parse((await tame('files', 'scans', '--json')).stdout).files[0].path).toContain('\u202e');
});

it("what an entry of somebody's registry says of itself", async () => {
  stage.registerEntry('evil', {
    name: `Evil ${EVIL}`,
    title: EVIL,
    description: EVIL,
    section: EVIL,
    modalities: [EVIL],
    license: { name: EVIL },
    terms: { summary: EVIL },
    notes: [EVIL],
    papers: [{ title: EVIL }],
    sources: [{ method: 'manual', host: EVIL, url: 'https://example.org/', steps: [EVIL], files: [{ path: 'a.zip' }] }],
  });
  for (const args of [
    ['list', 'evil'],
    ['fetch', 'evil'],
    ['info', 'evil'],
    ['info', 'evil', '--json'],
  ])
    await tame(...args);
  expect((await stage.run('info', 'evil')).stdout).toContain('\\u{1b}]0;title');
});

it('what a host says, and what a user types', async () => {
  const scans = archive('scans.zip');
  stage.register('scans', offer(host, scans));
  host.misbehave('/scans.zip', {
    status: 200,
    body: `<html><title>${EVIL}</title><body>${EVIL}</body></html>`,
    headers: { 'content-type': 'text/html', server: 'evil \u009b' },
  });
  await tame('fetch', 'scans', '--tries', '1');
  await tame('fetch', 'scans', '--tries', '1', '--json', '--progress', 'json');
  await tame('info', EVIL);
  await tame('fetch', `https://127.0.0.1:9/${EVIL}.zip`, '--tries', '1');
  await tame('list', EVIL);
});
