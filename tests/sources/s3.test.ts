import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { s3 } from '../../src/sources/s3.js';
import { placeOfUrl, s3Url } from '../../src/sources/s3-address.js';
import { readMd5List } from '../../src/sources/s3-checksums.js';
import { readError, readPage } from '../../src/sources/s3-xml.js';
import type { SourceContext } from '../../src/sources/source.js';
import { type S3Host, startS3 } from '../hosts/s3.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, contextFor, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

let host: S3Host;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startS3({ pageSize: 2 });
  host.addBucket('phantoms');
  env = { MEDDS_ENDPOINT_S3: host.origin };
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 's3' }>;
const entry = (rest: Partial<Omit<Entry, 'method'>> = {}): Entry => ({ method: 's3', bucket: 'phantoms', ...rest });
const add = (key: string, more: object = {}, content = `content of ${key}`) =>
  host.addObject('phantoms', { key, content, ...more });
const addAll = async (...keys: string[]) => {
  for (const key of keys) await add(key);
};
const digest = (algorithm: string, key: string) =>
  `${algorithm}:${createHash(algorithm).update(`content of ${key}`).digest('hex')}`;
const pathsOf = async (source: Entry) => (await resolve(source, env)).files.map(({ path }) => path);
const checksumsOf = async (source: Entry, path: string) => fileOf(await resolve(source, env), path).checksums;

describe('locators', () => {
  test.each<[string, object]>([
    ['s3://phantoms', { bucket: 'phantoms' }],
    ['s3://phantoms/', { bucket: 'phantoms' }],
    ['s3://openneuro.org/ds000001/', { bucket: 'openneuro.org', prefix: 'ds000001/' }],
    ['s3://phantoms/a b/c', { bucket: 'phantoms', prefix: 'a b/c' }],
    ['s3://phantoms/lungs/*', { bucket: 'phantoms', prefix: 'lungs/' }],
    ['s3://phantoms/a*', { bucket: 'phantoms', prefix: 'a*' }],
    ['https://phantoms.s3.us-west-2.amazonaws.com/a%20b/', { bucket: 'phantoms', region: 'us-west-2', prefix: 'a b/' }],
    ['https://phantoms.s3.amazonaws.com', { bucket: 'phantoms' }],
    ['https://open.neuro.s3-eu-west-1.amazonaws.com/x/', { bucket: 'open.neuro', region: 'eu-west-1', prefix: 'x/' }],
    ['https://s3.dualstack.eu-west-1.amazonaws.com/b1.org/x/', { bucket: 'b1.org', region: 'eu-west-1', prefix: 'x/' }],
    ['https://s3.amazonaws.com/phantoms/x/', { bucket: 'phantoms', prefix: 'x/' }],
    [
      'https://phantoms.s3.amazonaws.com/?list-type=2&prefix=CAMELYON16/',
      { bucket: 'phantoms', prefix: 'CAMELYON16/' },
    ],
    ['https://phantoms.s3.amazonaws.com/index.html#lungs/', { bucket: 'phantoms', prefix: 'lungs/' }],
  ])('%s', (typed, expected) => {
    expect(s3.locate?.(typed)?.entry).toEqual({ method: 's3', ...expected });
  });

  test.each([
    'https://phantoms.s3.amazonaws.com/file.zip',
    'https://phantoms.s3-website-us-east-1.amazonaws.com/x/',
    'https://s3.amazonaws.com/',
    'https://s3.example.org/phantoms/x/',
    'https://phantoms.s3.amazonaws.com.example.org/x/',
    'https://phantoms.s3.amazonaws.com/%ff/',
  ])('%s is another one’s', (typed) => {
    expect(s3.locate?.(typed)).toBeUndefined();
  });

  test.each(['s3:', 's3://', 's3:phantoms', 's3:///x', 's3://a b/x', 's3://phantoms//x'])(
    '%s names nothing',
    (typed) => {
      expect(() => s3.locate?.(typed)).toThrow(/names no S3 bucket/);
    },
  );
});

describe('addresses', () => {
  test.each<[Parameters<typeof s3Url>, string]>([
    [['', 'us-west-2', 'phantoms', 'a b/c+d#1.tif'], 'https://phantoms.s3.us-west-2.amazonaws.com/a%20b/c%2Bd%231.tif'],
    [['', 'us-east-1', 'openneuro.org', 'x'], 'https://s3.us-east-1.amazonaws.com/openneuro.org/x'],
    [['', 'us-east-1', 'Old_Name', ''], 'https://s3.us-east-1.amazonaws.com/Old_Name/'],
    [['https://host/s3', 'us-east-1', 'phantoms', 'é'], 'https://host/s3/phantoms/%C3%A9'],
    [
      ['', 'eu-west-1', 'phantoms', '', { prefix: 'a+b /' }],
      'https://phantoms.s3.eu-west-1.amazonaws.com/?prefix=a%2Bb%20%2F',
    ],
  ])('%j', (parts, url) => {
    expect(s3Url(...parts)).toBe(url);
  });

  test('of a virtual host and by path are the same place', () => {
    const place = { bucket: 'phantoms', region: 'us-west-2', key: 'a b/' };
    expect(placeOfUrl(new URL('https://phantoms.s3.us-west-2.amazonaws.com/a%20b/'))).toEqual(place);
    expect(placeOfUrl(new URL('https://s3.us-west-2.amazonaws.com/phantoms/a%20b/'))).toEqual(place);
  });
});

describe('what is listed', () => {
  test('a folder, page by page, without what only stands for folders', async () => {
    await addAll('lungs/a+b c.tif', 'lungs/sub/é&".tif', 'lungs-2/x', 'other');
    for (const key of ['lungs/', 'lungs/sub', 'lungs/sub/', 'lungs/empty.txt']) await add(key, {}, '');
    const { files, label } = await resolve(entry({ prefix: 'lungs/' }), env);
    expect(label).toBe('S3 phantoms/lungs');
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['a+b c.tif', 26],
      ['empty.txt', 0],
      ['sub/é&".tif', 29],
    ]);
    expect(files.every(({ unpack }) => unpack === false)).toBe(true);
    expect(await requestOf({ label, files, notes: [] }, 'a+b c.tif')).toEqual({
      url: `${host.origin}/phantoms/lungs/a%2Bb%20c.tif`,
    });
  });

  test('a prefix without a slash: a file of that name, else the folder', async () => {
    await addAll('lungs/a.tif', 'lungs.zip', 'lungs-2/b.tif');
    expect(await pathsOf(entry({ prefix: 'lungs' }))).toEqual(['a.tif']);
    const { files } = await resolve(entry({ prefix: 'lungs.zip' }), env);
    expect(files).toMatchObject([{ path: 'lungs.zip', size: 20, unpack: true }]);
  });

  test('in part, and elsewhere', async () => {
    await addAll('d/images/1.tif', 'd/images/2.tif', 'd/masks/1.tif', 'd/README.md');
    expect(await pathsOf(entry({ prefix: 'd/', include: ['images/**'], exclude: ['**/2.*'] }))).toEqual([
      'images/1.tif',
    ]);
    const place = [{ from: 'images/{case}.tif', to: '{case}/image.tif' }];
    expect(await pathsOf(entry({ prefix: 'd/', include: ['images/**'], place }))).toEqual([
      '1/image.tif',
      '2/image.tif',
    ]);
    const { files } = await resolve(entry({ prefix: 'd/masks/', into: 'masks' }), env);
    expect(files).toMatchObject([{ path: '1.tif', into: 'masks' }]);
  });

  test('files that are named need no list, which the bucket may keep to itself', async () => {
    host.addBucket('unlisted', { listed: false });
    await host.addObject('unlisted', { key: 'd/a.tar', content: 'abc' });
    const files = [{ path: 'a.tar', size: 3, unpack: 'tar' as const }];
    const found = await resolve(entry({ bucket: 'unlisted', prefix: 'd', files }), env);
    expect(found.files).toMatchObject([{ path: 'a.tar', size: 3, unpack: 'tar' }]);
    expect(host.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /unlisted/d/a.tar']);
  });

  test('a host that is not Amazon’s, by its own address', async () => {
    await addAll('a');
    const { files } = await resolve(entry({ endpoint: `${host.origin}/` }), {});
    expect(files.map(({ path }) => path)).toEqual(['a']);
  });

  test('100,000 keys in a bounded number of questions', async () => {
    const keys = Array.from({ length: 1000 }, (_, at) => String(at).padStart(3, '0'));
    const page = (number: number) => {
      const next = `<IsTruncated>${number < 99}</IsTruncated><NextContinuationToken>${number + 1}</NextContinuationToken>`;
      const contents = keys.map((key) => `<Contents><Key>${number}/${key}</Key><Size>1</Size></Contents>`).join('');
      return `<ListBucketResult>${next}${contents}</ListBucketResult>`;
    };
    let asked = 0;
    const context = contextFor(env);
    context.http.ask = async ({ url }) => {
      asked++;
      const text = page(Number(new URL(url).searchParams.get('continuation-token') ?? 0));
      return { status: 200, headers: {}, url, text, json: () => expect.unreachable() };
    };
    const { files } = await s3.resolve(entry(), context);
    expect([files.length, asked]).toEqual([100_000, 100]);
  });
});

describe('checksums', () => {
  test('an ETag is an MD5 only where it came from one part', async () => {
    await add('one');
    await add('many', { parts: 2 });
    expect(await checksumsOf(entry(), 'one')).toEqual([digest('md5', 'one')]);
    expect(await checksumsOf(entry(), 'many')).toEqual([]);
    const named = entry({ files: [{ path: 'one' }, { path: 'many' }] });
    expect(await checksumsOf(named, 'one')).toEqual([digest('md5', 'one')]);
    expect(await checksumsOf(named, 'many')).toEqual([]);
  });

  test('nor where a key of its own encrypts it', async () => {
    await add('kms', { encryption: 'aws:kms' });
    expect(await checksumsOf(entry(), 'kms')).toEqual([]);
    expect(await checksumsOf(entry({ files: [{ path: 'kms' }] }), 'kms')).toEqual([]);
    await add('kms', { encryption: 'AES256' });
    expect(await checksumsOf(entry(), 'kms')).toEqual([digest('md5', 'kms')]);
  });

  test('what S3 keeps of the whole object is taken, what it keeps of parts is not', async () => {
    await add('whole', { parts: 2, algorithm: 'SHA256' });
    await add('parts', { parts: 2, algorithm: 'SHA256', checksumType: 'COMPOSITE' });
    await add('other', { parts: 2, algorithm: 'CRC64NVME' });
    expect(await checksumsOf(entry(), 'whole')).toEqual([digest('sha256', 'whole')]);
    expect(await checksumsOf(entry(), 'parts')).toEqual([]);
    expect(await checksumsOf(entry(), 'other')).toEqual([]);
    expect(await checksumsOf(entry({ files: [{ path: 'parts' }] }), 'parts')).toEqual([]);
  });

  test('the MD5 that rclone notes down', async () => {
    const md5chksum = createHash('md5').update('content of a').digest('base64');
    await add('a', { parts: 2, metadata: { md5chksum } });
    expect(await checksumsOf(entry({ files: [{ path: 'a' }] }), 'a')).toEqual([digest('md5', 'a')]);
  });

  test('the owners’ own list of MD5s', async () => {
    for (const key of ['d/images/1.tif', 'd/images/2.tif', 'd/more.tif']) await add(key, { parts: 2 });
    const line = (key: string, path: string) => `${digest('md5', key).slice('md5:'.length)}  ${path}`;
    const lines = [
      line('d/images/1.tif', './images/1.tif'),
      line('d/images/2.tif', 'images/none.tif'),
      'no line of it',
    ];
    await add('d/checksums.md5', {}, `${lines.join('\r\n')}\r\n`);
    const source = entry({ prefix: 'd/', checksumFile: 'checksums.md5' });
    expect(await checksumsOf(source, 'images/1.tif')).toEqual([digest('md5', 'd/images/1.tif')]);
    expect(await checksumsOf(source, 'images/2.tif')).toEqual([]);
    expect((await resolve(source, env)).notes).toEqual([]);
    // It counts from its own folder, and helps only where it is there.
    await add('d/images/SUMS', {}, `${line('d/images/1.tif', '*1.tif').replace('  *', ' *')}\n`);
    const inFolder = entry({ prefix: 'd/', checksumFile: 'images/SUMS' });
    expect(await checksumsOf(inFolder, 'images/1.tif')).toEqual([digest('md5', 'd/images/1.tif')]);
    const none = await resolve(entry({ prefix: 'd/', checksumFile: 'none.md5' }), env);
    expect(none.notes).toEqual([expect.stringMatching(/none\.md5 is not there/)]);
  });

  test('a damaged file is told by the list', async () => {
    await add('d/1.tif', { parts: 2 });
    await add('d/checksums.md5', {}, `${'0'.repeat(32)}  1.tif\n`);
    const { result } = fetchInto(entry({ prefix: 'd/', checksumFile: 'checksums.md5' }), env);
    await expect(result).rejects.toMatchObject({ exitCode: 6, file: '1.tif' });
  });

  test('lists are read in both forms of md5sum', () => {
    const sum = 'A'.repeat(32);
    expect([...readMd5List(`${sum}  a b.tif\n${sum} *c.tif\n# ${sum}\n${sum}\n`)]).toEqual([
      ['a b.tif', 'a'.repeat(32)],
      ['c.tif', 'a'.repeat(32)],
    ]);
  });
});

describe('what fails', () => {
  beforeEach(async () => {
    host.addBucket('closed', { open: false });
    host.addBucket('unlisted', { listed: false });
    await host.addObject('unlisted', { key: 'closed', content: 'x', open: false });
    await addAll('lungs/a');
    await add('cold/a', { storageClass: 'DEEP_ARCHIVE' });
  });

  test.each<[string, Partial<Entry>, number, RegExp]>([
    ['no such bucket', { bucket: 'none' }, 3, /There is no S3 bucket none/],
    ['no such folder', { prefix: 'none/' }, 3, /s3:\/\/phantoms\/none\/ holds no files/],
    ['no such file', { prefix: 'none' }, 3, /holds no files/],
    ['no file that fits', { include: ['*.zip'] }, 3, /no file that fits \*\.zip/],
    ['no such named file', { files: [{ path: 'none' }] }, 3, /There is no s3:\/\/phantoms\/none/],
    ['a closed bucket', { bucket: 'closed' }, 4, /closed shows no list to the public/],
    ['a list that is closed', { bucket: 'unlisted', prefix: 'x/' }, 4, /unlisted shows no list to the public/],
    [
      'a closed file',
      { bucket: 'unlisted', files: [{ path: 'closed' }] },
      4,
      /is not there, or not open to the public/,
    ],
    ['cold storage', { prefix: 'cold/' }, 3, /cold storage/],
    ['cold storage, by name', { prefix: 'cold/', files: [{ path: 'a' }] }, 3, /cold storage/],
    ['another size than the registry’s', { prefix: 'lungs/', files: [{ path: 'a', size: 7 }] }, 6, /registry with 7/],
  ])('%s', async (_, rest, exitCode, message) => {
    await expect(resolve(entry(rest), env)).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    });
  });

  test('a closed bucket tells what else there is', async () => {
    await expect(resolve(entry({ bucket: 'closed' }), env)).rejects.toMatchObject({
      hint: expect.stringMatching(/requester pays/),
      steps: [
        expect.anything(),
        expect.stringMatching(/--request-payer requester/),
        expect.stringMatching(/medds import test/),
      ],
    });
  });

  test.each<[string, string, RegExp]>([
    ['a page to log in', '<html><body><p>Log in</body></html>', /something else than the list/],
    ['JSON', '{}', /something else than the list/],
    ['another document', '<Other/>', /no list of objects/],
    [
      'a list without its end',
      '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
      /without the token/,
    ],
    [
      'an object without a size',
      '<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>',
      /without a key or a size/,
    ],
    [
      'the same page again and again',
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>',
      /without end/,
    ],
  ])('%s in place of a list', async (_, body, message) => {
    host.misbehave('/phantoms/', { status: 200, body });
    await expect(resolve(entry(), env)).rejects.toMatchObject({ exitCode: 5, message: expect.stringMatching(message) });
    host.takeViolations();
  });

  test('a busy host is asked again', async () => {
    host.misbehave('/phantoms/', { status: 503, body: '<Error><Code>SlowDown</Code></Error>', times: 1 });
    expect(await pathsOf(entry({ prefix: 'lungs/' }))).toEqual(['a']);
  });
});

describe('regions', () => {
  /** Amazon's addresses lead to the stand-in, which reads the host's name. */
  function amazon(): SourceContext & { asked: string[] } {
    const context = contextFor({});
    const { ask } = context.http;
    const asked: string[] = [];
    const http = {
      ask: (question: Parameters<typeof ask>[0]) => {
        const url = new URL(question.url);
        asked.push(url.host);
        const headers = { ...question.headers, host: url.host };
        return ask({ ...question, url: `${host.origin}${url.pathname}${url.search}`, headers });
      },
    };
    return { ...context, http, asked };
  }

  beforeEach(async () => {
    for (const bucket of ['far', 'far.org']) {
      host.addBucket(bucket, { region: 'eu-west-1' });
      for (const key of ['d/a', 'd/b', 'd/c']) await host.addObject(bucket, { key, content: key });
    }
  });

  test('a bucket that is elsewhere is asked there from then on', async () => {
    const context = amazon();
    const { files } = await s3.resolve(entry({ bucket: 'far', prefix: 'd/' }), context);
    expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
    expect(context.asked).toEqual([
      'far.s3.us-east-1.amazonaws.com',
      ...Array(3).fill('far.s3.eu-west-1.amazonaws.com'),
    ]);
    expect((await files[0]?.request())?.url).toBe('https://far.s3.eu-west-1.amazonaws.com/d/a');
  });

  test('a region that is known is asked at once; a name with dots goes into the path', async () => {
    const context = amazon();
    const { files } = await s3.resolve(entry({ bucket: 'far.org', prefix: 'd/', region: 'eu-west-1' }), context);
    expect(new Set(context.asked)).toEqual(new Set(['s3.eu-west-1.amazonaws.com']));
    expect((await files[0]?.request())?.url).toBe('https://s3.eu-west-1.amazonaws.com/far.org/d/a');
  });

  test.each<[string, string | undefined]>([
    ['<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>', 'eu-central-1'],
    [
      '<Error><Code>PermanentRedirect</Code><Endpoint>foo.s3.eu-central-1.amazonaws.com</Endpoint></Error>',
      'eu-central-1',
    ],
    ['<Error><Code>PermanentRedirect</Code><Endpoint>foo.s3-eu-west-1.amazonaws.com</Endpoint></Error>', 'eu-west-1'],
    ['<Error><Code>PermanentRedirect</Code><Endpoint>foo.example.org</Endpoint></Error>', undefined],
  ])('%s', (body, region) => {
    expect(readError(body)?.region).toBe(region);
  });

  test('a region that is no region is not followed', async () => {
    const context = amazon();
    host.misbehave('/', { status: 301, body: '', headers: { 'x-amz-bucket-region': 'evil.example.org/#' } });
    await expect(s3.resolve(entry({ bucket: 'far' }), context)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/another region than us-east-1/),
    });
    expect(context.asked).toHaveLength(1);
  });
});

test('a page as the real host sent it, in its first version', () => {
  const page = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>test-1357854246</Name><Prefix></Prefix><Marker></Marker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
  <Contents><Key>key1</Key><LastModified>2013-01-10T21:45:09.000Z</LastModified>
    <ETag>&quot;1d921b22129502cbbe5cbaf2c8bac682&quot;</ETag><Size>10000</Size>
    <Owner><ID>1936a5d8</ID><DisplayName>aws</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>
</ListBucketResult>`;
  expect(readPage(page)).toEqual({
    objects: [
      { key: 'key1', size: 10_000, etag: '1d921b22129502cbbe5cbaf2c8bac682', algorithms: [], storageClass: 'STANDARD' },
    ],
  });
});

describe('the bundled registry', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ id, sources }) =>
    sources.flatMap((source) => (source.method === 's3' ? [[`${id} ${source.name ?? 's3'}`, source] as const] : [])),
  );

  /** Keys as the entries and their notes give them. */
  const KEYS: Record<string, string[]> = {
    'camelyon-dataset': [
      'CAMELYON16/README.md',
      'CAMELYON16/annotations/tumor_001.xml',
      'CAMELYON16/background_tissue/normal_001.tif',
      'CAMELYON16/images/normal_001.tif',
      'CAMELYON16/images/tumor_001.tif',
      'CAMELYON16/masks/tumor_001_mask.tif',
      'CAMELYON17/README.md',
      'CAMELYON17/annotations/patient_004_node_4.xml',
      'CAMELYON17/images/patient_000_node_0.tif',
      'CAMELYON17/masks/patient_099_node_4_mask.tif',
      'CAMELYON17/stages.csv',
    ],
    'msd-for-monai': ['Task03_Liver.tar', 'Task09_Spleen.tar'],
    'fcp-indi': [
      'data/Projects/ABIDE_Initiative/Phenotypic_V1_0b_preprocessed1.csv',
      'data/Projects/ABIDE2/participants.tsv',
      'data/Projects/CORR/participants.tsv',
    ],
    'stoic2021-training': ['data/mha/1.mha', 'metadata/reference.csv', 'README.md'],
    'tiger-training': ['wsirois/roi-level-annotations/tissue-bcss/images/A.png', 'readme.md'],
  };

  const folder = (prefix: string, fits = /./) =>
    [...(KEYS['camelyon-dataset'] ?? []), 'CAMELYON16/checksums.md5']
      .filter((key) => key.startsWith(prefix) && fits.test(key))
      .map((key) => key.slice(prefix.length))
      .sort();

  const TREES: Record<string, string[]> = {
    'camelyon16 s3': folder('CAMELYON16/'),
    'camelyon16 s3-annotations': ['annotations/tumor_001.xml'],
    'camelyon17 s3': folder('CAMELYON17/'),
    'camelyon17 s3-labels': folder('CAMELYON17/', /\.(xml|csv|md)$/),
    'lits decathlon': ['Task03_Liver.tar'],
    'abide s3': ['Phenotypic_V1_0b_preprocessed1.csv'],
    'abide s3-abide2': ['participants.tsv'],
    'stoic2021 s3': ['data/mha/1.mha', 'metadata/reference.csv'],
    'tiger s3': ['readme.md', 'wsirois/roi-level-annotations/tissue-bcss/images/A.png'],
  };

  test.each(entries)('%s lands its tree', async (name, source) => {
    host.addBucket(source.bucket, { region: source.region ?? 'us-east-1' });
    for (const key of KEYS[source.bucket] ?? []) {
      await host.addObject(source.bucket, { key, content: `content of ${key}`, parts: key.endsWith('.tif') ? 2 : 1 });
    }
    const slides = (KEYS[source.bucket] ?? []).filter((key) => key.startsWith('CAMELYON16/images/'));
    const sums = slides.map(
      (key) => `${digest('md5', key).slice('md5:'.length)}  ${key.slice('CAMELYON16/'.length)}\n`,
    );
    if (slides.length > 0)
      await host.addObject(source.bucket, { key: 'CAMELYON16/checksums.md5', content: sums.join('') });
    // The stand-in's files are not the real ones: no archives, and of other checksums.
    const files = source.files?.map(({ checksum: _, ...facts }) => ({ ...facts, unpack: false }));
    const { onlyByName: _, official: _official, ...copy } = source;
    const { result } = fetchInto({ ...copy, ...(files === undefined ? {} : { files }) }, env);
    const { path, verified } = await result;
    expect(Object.keys(await treeOf(path)).sort()).toEqual(TREES[name]);
    // Slides are in the owners' list; masks and tissue, uploaded in parts, are in none.
    if (name === 'camelyon16 s3') expect(verified.of - verified.checksums).toBe(2);
  });
});
