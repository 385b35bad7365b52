import { createHash } from 'node:crypto';
import { Client } from 'minio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type S3Host, startS3 } from './s3.js';

let s3: S3Host;

beforeEach(async () => {
  s3 = await startS3({ pageSize: 3 });
  s3.addBucket('phantoms', { region: 'eu-west-1' });
  for (const key of ['images/a&b.tif', 'images/a+b c.tif', 'images/é.tif', 'images/sub/d.tif', 'notes.txt']) {
    await s3.addObject('phantoms', { key, content: `content of ${key}` });
  }
  await s3.addObject('phantoms', { key: 'images/', content: '' });
});

afterEach(() => s3.close());

const list = (query: string, headers: Record<string, string> = {}) =>
  httpGet(s3.url(`/phantoms/?list-type=2&${query}`), headers);
const text = async (query: string, headers?: Record<string, string>) => (await list(query, headers)).body.toString();
const head = (path: string, headers: Record<string, string> = {}) => httpGet(s3.url(path), headers, { method: 'HEAD' });

describe('a client that knows nothing of the stand-in', () => {
  const client = () => {
    const { hostname, port } = new URL(s3.origin);
    return new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey: '', secretKey: '' });
  };

  test('lists a bucket, page by page', async () => {
    const found: { name?: string; size: number; etag?: string }[] = [];
    for await (const item of client().listObjectsV2('phantoms', 'images/', true)) found.push(item);
    expect(found.map(({ name }) => name)).toEqual([
      'images/',
      'images/a&b.tif',
      'images/a+b c.tif',
      'images/sub/d.tif',
      'images/é.tif',
    ]);
    expect(found[1]).toMatchObject({
      size: 'content of images/a&b.tif'.length,
      etag: createHash('md5').update('content of images/a&b.tif').digest('hex'),
    });
    expect(s3.requestsOf('/phantoms').filter(({ query }) => query.has('list-type'))).toHaveLength(2);
  });

  test('lists folders, reads objects, and is told what is not there', async () => {
    const found: object[] = [];
    for await (const item of client().listObjectsV2('phantoms', '', false)) found.push(item);
    expect(found).toEqual([expect.objectContaining({ name: 'notes.txt' }), { prefix: 'images/', size: 0 }]);
    const chunks: Buffer[] = [];
    for await (const chunk of await client().getObject('phantoms', 'images/a+b c.tif')) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('content of images/a+b c.tif');
    await expect(client().getObject('phantoms', 'none')).rejects.toMatchObject({ code: 'NoSuchKey' });
    await expect(client().statObject('phantoms', 'notes.txt')).resolves.toMatchObject({ size: 20 });
  });
});

describe('a list', () => {
  test('has the elements of the real one, keys in the form of forms where that is asked for', async () => {
    await s3.addObject('phantoms', { key: 'large', content: 'abc', parts: 17, algorithm: 'CRC64NVME' });
    const plain = await text('prefix=images/a');
    expect(plain).toContain('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>phantoms</Name>');
    expect(plain).toContain('<Contents><Key>images/a&amp;b.tif</Key><LastModified>');
    expect(await text('prefix=images/a&encoding-type=url')).toContain('<Key>images/a%2Bb+c.tif</Key>');
    expect(await text('prefix=large')).toMatch(
      /<ETag>&quot;[0-9a-f]{32}-17&quot;<\/ETag><ChecksumAlgorithm>CRC64NVME<\/ChecksumAlgorithm><ChecksumType>FULL_OBJECT<\/ChecksumType><Size>3<\/Size>/,
    );
  });

  test('goes on by a token that must be encoded, and by no other', async () => {
    const first = await text('max-keys=5000');
    expect(first).toContain('<MaxKeys>3</MaxKeys><IsTruncated>true</IsTruncated>');
    const token = /<NextContinuationToken>([^<]+)</.exec(first)?.[1] ?? '';
    expect(token).toMatch(/^1\/\+=/);
    const second = await text(`continuation-token=${encodeURIComponent(token)}`);
    expect(second).toContain('<IsTruncated>false</IsTruncated>');
    expect(second).toContain('<Key>notes.txt</Key>');
    expect((await list('continuation-token=mine')).status).toBe(400);
    expect(s3.takeViolations()).toHaveLength(1);
  });

  test('of what does not exist is empty', async () => {
    expect(await text('prefix=none/')).toContain('<KeyCount>0</KeyCount>');
  });
});

describe('an object', () => {
  test('has ranges and an ETag, which is its MD5 when it came in one part', async () => {
    const { status, headers, body } = await httpGet(s3.url('/phantoms/notes.txt'), { range: 'bytes=0-6' });
    expect([status, body.toString(), headers['content-range']]).toEqual([206, 'content', 'bytes 0-6/20']);
    expect(headers.etag).toBe(`"${createHash('md5').update('content of notes.txt').digest('hex')}"`);
    expect((await httpGet(s3.url('/phantoms/notes.txt'), { 'if-match': '"other"' })).status).toBe(412);
  });

  test('has its other checksums only for who asks', async () => {
    await s3.addObject('phantoms', { key: 'k', content: 'abc', algorithm: 'SHA256', encryption: 'aws:kms' });
    expect((await head('/phantoms/k')).headers).not.toHaveProperty('x-amz-checksum-sha256');
    expect((await head('/phantoms/k', { 'x-amz-checksum-mode': 'ENABLED' })).headers).toMatchObject({
      'x-amz-checksum-sha256': createHash('sha256').update('abc').digest('base64'),
      'x-amz-checksum-type': 'FULL_OBJECT',
      'x-amz-server-side-encryption': 'aws:kms',
    });
  });
});

describe('what is refused', () => {
  test.each([
    ['/none/', 404, 'NoSuchBucket'],
    ['/phantoms/none', 404, 'NoSuchKey'],
    ['/closed/?list-type=2', 403, 'AccessDenied'],
    ['/closed/key', 403, 'AccessDenied'],
    ['/unlisted/?list-type=2', 403, 'AccessDenied'],
    ['/unlisted/none', 403, 'AccessDenied'],
    ['/unlisted/cold', 403, 'InvalidObjectState'],
  ])('%s: %i %s', async (path, status, code) => {
    s3.addBucket('closed', { open: false });
    s3.addBucket('unlisted', { listed: false });
    await s3.addObject('unlisted', { key: 'cold', content: 'x', storageClass: 'GLACIER' });
    const answer = await httpGet(s3.url(path));
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/xml']);
    expect(answer.body.toString()).toContain(`<Error><Code>${code}</Code><Message>`);
    expect((await head(path)).body).toHaveLength(0);
  });

  test('another region, by the header and the body but without a Location', async () => {
    const { status, headers, body } = await list('', { host: 'phantoms.s3.us-east-1.amazonaws.com' });
    expect([status, headers['x-amz-bucket-region'], headers.location]).toEqual([301, 'eu-west-1', undefined]);
    expect(body.toString()).toContain(
      '<Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.</Message><Bucket>phantoms</Bucket><Endpoint>phantoms.s3.eu-west-1.amazonaws.com</Endpoint>',
    );
    const named = await httpGet(s3.url('/notes.txt'), { host: 'phantoms.s3.eu-west-1.amazonaws.com' });
    expect(named.body.toString()).toBe('content of notes.txt');
    const pathed = await httpGet(s3.url('/phantoms/notes.txt'), { host: 's3.eu-west-1.amazonaws.com' });
    expect(pathed.status).toBe(200);
  });

  test.each<[string, string, Record<string, string>]>([
    ['a signed request', '/phantoms/notes.txt', { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x' }],
    ['the first version of lists', '/phantoms/?prefix=a', {}],
    ['a parameter that does not exist', '/phantoms/?list-type=2&page=2', {}],
  ])('%s is noted', async (_, path, headers) => {
    await httpGet(s3.url(path), headers);
    expect(s3.takeViolations()).toHaveLength(1);
  });
});
