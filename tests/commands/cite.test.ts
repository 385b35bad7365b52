/** `medds cite`: of datasets that are named, or of what is here. */
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { addComplete } from './some-library.js';

afterAll(removeTempDirs);

const home = path.join(tempDir('cite'), 'library');
for (const id of ['luna16', 'of-mine']) addComplete(home, id);
const medds = (...args: string[]) => runMedds(['cite', ...args], { home });

it('datasets that are named, as BibTeX unless another form is asked for', async () => {
  const { code, stdout } = await medds('luna16', 'promise12');
  expect(code).toBe(0);
  expect(stdout.match(/^@\w+\{/gm)?.length).toBeGreaterThanOrEqual(2);
  const apa = await medds('luna16', '--form', 'apa', '--json');
  expect(JSON.parse(apa.stdout)).toEqual({
    version: 1,
    ids: ['luna16'],
    form: 'apa',
    citation: expect.stringMatching(
      /^Setio, A\. A\. A\..*\(2017\).*https:\/\/doi\.org\/10\.1016\/j\.media\.2017\.06\.015$/,
    ),
  });
});

it('all that is here; what no registry describes is told of', async () => {
  const { code, stdout, stderr } = await medds('--all-fetched', '--form', 'csl-json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout).map((item: { DOI: string }) => item.DOI)).toContain('10.1016/j.media.2017.06.015');
  expect(stderr).toContain('of-mine is described by no registry');
});

it('says what is wrong', async () => {
  expect((await medds()).code).toBe(2);
  expect((await medds('no-such-set')).code).toBe(3);
});
