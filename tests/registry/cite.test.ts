import { expect, test } from 'vitest';
import { NotFoundError } from '../../src/errors.js';
import { cite, isCitable } from '../../src/registry/cite.js';
import { dataset } from './fixture.js';

const paper = { title: 'Lungs & nodules: 100% of them', doi: '10.1000/xyz_1', url: 'https://x.example/', year: 2017 };

test('the entry’s own BibTeX wins', () => {
  const citation = '@article{own,\n  title={Own}\n}\n';
  expect(cite(dataset('x', { citation, papers: [paper] }), 'bibtex')).toBe(citation.trim());
});

test('BibTeX is made of the first paper, with what TeX would trip over escaped', () => {
  expect(cite(dataset('my-set.2', { papers: [paper, { title: 'Other' }] }), 'bibtex')).toBe(
    [
      '@article{myset22017,',
      '  title = {{Lungs \\& nodules: 100\\% of them}},',
      '  year = {2017},',
      '  doi = {10.1000/xyz_1},',
      '}',
    ].join('\n'),
  );
});

test('a paper without DOI is cited by its address', () => {
  const text = cite(dataset('x', { papers: [{ title: 'T', url: 'https://arxiv.org/abs/1902.09063' }] }), 'bibtex');
  expect(text).toBe('@misc{x,\n  title = {{T}},\n  url = {https://arxiv.org/abs/1902.09063},\n}');
});

test('as text, every paper is a line', () => {
  const papers = [paper, { title: 'Is it so?' }, { title: 'A title.', url: 'https://y.example/' }];
  expect(cite(dataset('x', { papers }), 'text').split('\n')).toEqual([
    'Lungs & nodules: 100% of them (2017). https://doi.org/10.1000/xyz_1',
    'Is it so?',
    'A title. https://y.example/',
  ]);
});

test('where nothing is known, that is said', () => {
  const unknown = dataset('x', { homepage: 'https://x.example/' });
  expect(isCitable(unknown)).toBe(false);
  expect(() => cite(unknown, 'bibtex')).toThrowError(NotFoundError);
  // A BibTeX entry alone makes no line of text.
  expect(() => cite(dataset('x', { citation: '@misc{a}' }), 'text')).toThrowError(NotFoundError);
});
