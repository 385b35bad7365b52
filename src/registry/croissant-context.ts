/** The JSON-LD context of Croissant 1.0, as the format prescribes it (https://docs.mlcommons.org/croissant/docs/croissant-spec.html, Appendix 1). */
const cr = (name: string): string => `cr:${name}`;

/** Terms that Croissant adds to schema.org, in plain form. */
const TERMS = [
  'citeAs',
  'column',
  'extract',
  'field',
  'fileProperty',
  'fileObject',
  'fileSet',
  'format',
  'includes',
  'isLiveDataset',
  'jsonPath',
  'key',
  'md5',
  'parentField',
  'path',
  'recordSet',
  'references',
  'regex',
  'repeated',
  'replace',
  'separator',
  'source',
  'subField',
  'transform',
] as const;

export const CROISSANT_CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  ...Object.fromEntries(TERMS.map((term) => [term, cr(term)])),
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  sc: 'https://schema.org/',
};

export const CONFORMS_TO = 'http://mlcommons.org/croissant/1.0';
