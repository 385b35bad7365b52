/** What hosts do wrong, with a file and with a listing, and how a fetch may end then: with the right bytes, or with an exit code. */
import { EXIT } from '../../src/index.js';
import { noise } from '../hosts/content.js';
import {
  changingValidators,
  contentRangeLies,
  emptyPage,
  htmlPage,
  ignoreIfRange,
  ignoreRange,
  type Misbehaviour,
  noValidators,
  partialUnasked,
  redirect,
  refuse,
  weakEtag,
} from '../hosts/misbehaviour.js';
import { seededRandom } from '../support/seeded-random.js';
import { SEED, SOAK } from '../support/soak.js';

export const RIGHT = 0;

/** All rows, for every source, in a soak; in the suite some of them for each, others in every run. */
const random = seededRandom(SEED);
export const some = (faults: readonly Fault[]): Fault[] => faults.filter(() => SOAK || random.next() < SHARE);
const SHARE = 0.02;

export interface Fault {
  name: string;
  rule: Misbehaviour;
  /** RIGHT and exit codes: hosts differ in what a misbehaviour means, and in what is known of a file beforehand. */
  ends: readonly number[];
  /** True where only a checksum, or a size, that is known beforehand can tell. */
  needsFacts?: true;
}

const MiB = 1024 * 1024;
const { network, integrity, actionRequired, notFound } = EXIT;

const row = (name: string, rule: Misbehaviour, ...ends: number[]): Fault => ({ name, rule, ends });

/** Once is an accident, which nobody hears of. */
const once = (name: string, rule: Misbehaviour): Fault => row(`${name}, once`, { ...rule, times: 1 }, RIGHT);

/** To the very address that was asked for. */
const loop = (status: number): Misbehaviour => ({
  ...redirect(undefined, status),
  headers: { location: ({ request: { path, query } }) => (query.size === 0 ? path : `${path}?${query}`) },
});

const other = noise(3_500_000, 'another version');

/** Of a file, not an archive, of about 3.5 MB. */
export const FILE_FAULTS: Fault[] = [
  row('a Range that is ignored', ignoreRange(), RIGHT),
  row('206 where no range was asked for', partialUnasked(), RIGHT),
  ...Object.entries(contentRangeLies).map(([name, lie]) =>
    row(`a Content-Range that lies (${name})`, lie(), RIGHT, network, integrity),
  ),
  { ...row('bytes of another range than asked for', { shift: 5 }, RIGHT, network, integrity), needsFacts: true },
  row('other validators with every answer', changingValidators(), RIGHT),
  row('a weak ETag', weakEtag(), RIGHT),
  row('no validators', noValidators(), RIGHT),
  row('If-Range ignored', ignoreIfRange(), RIGHT),
  {
    ...row(
      'another version in mid file',
      { becomes: { at: MiB, content: other, inPlace: true }, times: 1 },
      RIGHT,
      network,
      integrity,
    ),
    needsFacts: true,
  },
  row('bytes after the announced end', { surplus: 5 }, RIGHT, network),
  row('chunks, and no length', { framing: 'chunked' }, RIGHT),
  row('no length but the connection', { framing: 'close' }, RIGHT),
  row('chunks that break off', { framing: 'chunked', cutAt: MiB }, RIGHT, network),
  row('chunks with a broken trailer', { framing: 'chunked', brokenTrailer: true }, RIGHT, network),
  row('a length that is no number', { headers: { 'content-length': 'many' } }, network),
  row('a negative length', { headers: { 'content-length': '-1' } }, network),
  row('a cut after a MiB of every answer', { cutAt: MiB }, RIGHT, network),
  row('a cut at once of every answer', { cutAt: 100 }, network),
  row('a reset after a MiB of every answer', { resetAt: MiB }, RIGHT, network),
  row('compression for those who ask for it', { gzip: 'asked' }, RIGHT),
  row('compression that nobody asked for', { gzip: 'always' }, network, integrity),
  row('a compression that is not there', { headers: { 'content-encoding': 'br' } }, network),
  row('a page to sign in', htmlPage(), network, actionRequired, integrity),
  row('a page to sign in that says it is a file', { ...htmlPage(), headers: {} }, network, actionRequired, integrity),
  row('200 and nothing', emptyPage(), network, integrity),
  row('202 and nothing', { status: 202, body: '' }, network),
  row('204', refuse(204), network),
  ...[301, 302, 303, 307, 308].flatMap((status) => [
    row(`${status} to nowhere`, redirect(undefined, status), network),
    row(`${status} in a loop`, loop(status), network, notFound, actionRequired),
  ]),
  row('a redirect to a local file', redirect('file:///etc/hostname'), network),
  row('a redirect to data', redirect('data:text/plain,hello'), network),
  row('a redirect to ftp', redirect('ftp://127.0.0.1/a.bin'), network),
  row('400', refuse(400), network, notFound, actionRequired),
  row('401', refuse(401), actionRequired, network),
  row('403', refuse(403), actionRequired, notFound, network),
  row('403 to who asked too often', refuse(403, { retryAfter: 3600 }), network, actionRequired),
  row('404', refuse(404), notFound),
  row('408', refuse(408), network),
  row('410', refuse(410), notFound),
  row('416', refuse(416), network, integrity),
  row('429, and to wait for an hour', refuse(429, { retryAfter: 3600 }), network),
  row('429, and to wait until tomorrow', refuse(429, { retryAfter: { in: 86_400_000 } }), network),
  row('429, and to wait for an age', refuse(429, { retryAfter: '99999999999999999999' }), network),
  row('451', refuse(451), network, notFound, actionRequired),
  ...[500, 502, 503, 504].map((status) => row(String(status), refuse(status), network)),
  row('no answer', { noAnswer: 'reset' }, network),
  once('a connection that is closed without an answer', { noAnswer: 'close' }),
  once('503 and to wait for no time', refuse(503, { retryAfter: 0 })),
  once('500', refuse(500)),
  row('200 and nothing, once', { ...emptyPage(), times: 1 }, RIGHT, network),
  once('a cut', { cutAt: 700 }),
  once('a reset', { resetAt: 700 }),
];

/** Of the first page of a listing. */
export const LISTING_FAULTS: Fault[] = [
  row('401', refuse(401), actionRequired),
  row('403', refuse(403), actionRequired, notFound),
  row('404', refuse(404), notFound, actionRequired),
  row('410', refuse(410), notFound, network),
  row('429, and to wait for an hour', refuse(429, { retryAfter: 3600 }), network),
  row('500', refuse(500), network),
  row('503, and to wait until tomorrow', refuse(503, { retryAfter: { in: 86_400_000 } }), network),
  row('a page to sign in', htmlPage(), network, actionRequired, notFound),
  row('200 and nothing', emptyPage(), network, notFound),
  row('204', refuse(204), network, notFound),
  row('half an answer', { status: 200, body: '{"files": [{"name": "a' }, network, notFound),
  row('an answer of another form', { status: 200, body: '{"error": null, "data": [1, {}]}' }, RIGHT, network, notFound),
  row('bytes that are no text', { status: 200, body: Buffer.from('fffe00ff80c3', 'hex') }, network, notFound),
  row('a redirect in a loop', loop(307), network),
  row('a redirect to a local file', redirect('file:///etc/hostname'), network),
  row('a cut', { cutAt: 5 }, network),
  row('no answer', { noAnswer: 'reset' }, network),
];
