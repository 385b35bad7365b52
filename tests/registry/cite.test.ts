import { expect, test } from 'vitest';
import { NotFoundError } from '../../src/errors.js';
import { cite, isCitable } from '../../src/registry/cite.js';
import { loadRegistry } from '../../src/registry/load.js';
import { dataset } from './fixture.js';

const paper = { title: 'Lungs & nodules: 100% of them', doi: '10.1000/xyz_1', url: 'https://x.example/', year: 2017 };

test('the entry’s own BibTeX wins', async () => {
  const citation = '@article{own,\n  title={Own}\n}\n';
  expect(await cite([dataset('x', { citation, papers: [paper] })], 'bibtex')).toBe(citation.trim());
});

test('BibTeX is made of the first paper, with what TeX would trip over escaped', async () => {
  expect(await cite([dataset('my-set.2', { papers: [paper, { title: 'Other' }] })], 'bibtex')).toBe(
    [
      '@article{myset22017,',
      '  title = {{Lungs \\& nodules: 100\\% of them}},',
      '  year = {2017},',
      '  doi = {10.1000/xyz_1},',
      '}',
    ].join('\n'),
  );
});

test('a paper without DOI is cited by its address', async () => {
  const text = await cite(
    [dataset('x', { papers: [{ title: 'T', url: 'https://arxiv.org/abs/1902.09063' }] })],
    'bibtex',
  );
  expect(text).toBe('@misc{x,\n  title = {{T}},\n  url = {https://arxiv.org/abs/1902.09063},\n}');
});

test('as text, every paper is a line', async () => {
  const papers = [paper, { title: 'Is it so?' }, { title: 'A title.', url: 'https://y.example/' }];
  expect((await cite([dataset('x', { papers })], 'text')).split('\n')).toEqual([
    'Lungs & nodules: 100% of them (2017). https://doi.org/10.1000/xyz_1',
    'Is it so?',
    'A title. https://y.example/',
  ]);
});

test('where nothing is known, that is said', async () => {
  const unknown = dataset('x', { homepage: 'https://x.example/' });
  expect(isCitable(unknown)).toBe(false);
  await expect(cite([unknown], 'bibtex')).rejects.toThrow(NotFoundError);
  // A BibTeX entry alone makes no line of text.
  await expect(cite([dataset('x', { citation: '@misc{a}' })], 'text')).rejects.toThrow(NotFoundError);
});

const OWN = `@article{setio2017luna16,
  title={{Validation, comparison, and combination of algorithms: The LUNA16 challenge}},
  author={Setio, Arnaud Arindra Adiyoso and Traverso, Alberto}, journal={Medical Image Analysis}, volume={42},
  pages={1--13}, year={2017}, doi={10.1016/j.media.2017.06.015}
}`;

test('APA is a line for each paper, in the order of their authors', async () => {
  const sets = [dataset('b', { papers: [paper] }), dataset('a', { citation: OWN })];
  expect((await cite(sets, 'apa')).split('\n')).toEqual([
    'Lungs & nodules: 100% of them. (2017). https://doi.org/10.1000/xyz_1',
    'Setio, A. A. A., & Traverso, A. (2017). Validation, comparison, and combination of algorithms: The LUNA16 challenge. Medical Image Analysis, 42, 1–13. https://doi.org/10.1016/j.media.2017.06.015',
  ]);
});

test('CSL-JSON is what reference managers read', async () => {
  const [item, ...more] = JSON.parse(await cite([dataset('a', { citation: OWN })], 'csl-json'));
  expect(more).toEqual([]);
  expect(item).toMatchObject({
    type: 'article-journal',
    title: 'Validation, comparison, and combination of algorithms: The LUNA16 challenge',
    author: [
      { family: 'Setio', given: 'Arnaud Arindra Adiyoso' },
      { family: 'Traverso', given: 'Alberto' },
    ],
    'container-title': 'Medical Image Analysis',
    issued: { 'date-parts': [[2017]] },
    DOI: '10.1016/j.media.2017.06.015',
  });
});

test('a paper that several datasets share is cited once', async () => {
  const sets = ['a', 'b'].map((id) => dataset(id, { citation: OWN, papers: [paper] }));
  expect(await cite(sets, 'bibtex')).toBe(OWN);
  expect(await cite(sets, 'text')).not.toContain('\n');
  expect(JSON.parse(await cite(sets, 'csl-json'))).toHaveLength(1);
});

test('every dataset of the bundled registry that can be cited can be in every form', async () => {
  const { datasets } = await loadRegistry();
  const citable = datasets.filter(isCitable);
  expect(citable.length).toBeGreaterThan(25);
  for (const one of citable) {
    const items = JSON.parse(await cite([one], 'csl-json'));
    expect(items.length, one.id).toBeGreaterThan(0);
    for (const item of items) expect(item, one.id).toMatchObject({ title: expect.any(String) });
    expect(await cite([one], 'apa'), one.id).toMatch(/\(\d{4}|n\.d\./);
  }
});
