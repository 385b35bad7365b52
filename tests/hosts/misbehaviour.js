// @ts-check
/**
 * What can go wrong with an answer, as a table of switches for `host.misbehave(path, switches)`, and the common cases by name.
 * Switches of several rules that fit one request are taken together; the rule added last wins.
 *
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 *
 * @typedef {object} Said  what an answer was about to say, for switches that are functions
 * @property {RequestRecord} request
 * @property {Record<string, string | string[]>} headers
 * @property {number} start  of the body in the file
 * @property {number} end    exclusive
 * @property {number} size   of the file
 *
 * @typedef {string | string[] | null | ((said: Said) => string | null)} HeaderChange  null takes the header out
 *
 * @typedef {object} Misbehaviour
 *
 * Which answers:
 * @property {number} [times]  how many are spoilt, then all is well; default: all
 * @property {number} [skip]   how many are left well first
 * @property {(request: RequestRecord) => boolean} [when]
 *
 * What they say:
 * @property {Record<string, string | null>} [asIf]  request headers that the host believes to have got (null: not to have got)
 * @property {number} [status]             instead of the file
 * @property {string | Uint8Array} [body]  instead of the file; default with `status`: a line that names it
 * @property {Record<string, HeaderChange>} [headers]  lower-case names
 * @property {number} [shift]              a 206 brings the bytes from this much further on (or back) than it says
 * @property {number} [surplus]            bytes after the end that was announced
 * @property {'always' | 'asked'} [gzip]   the whole file with Content-Encoding: gzip, ranges ignored
 * @property {'chunked' | 'close'} [framing]  no Content-Length; the body ends by chunks or with the connection
 * @property {boolean} [brokenTrailer]     what follows the last chunk is no trailer; only with chunks
 * @property {{ at: number, content: Content, inPlace?: boolean }} [becomes]
 *   after `at` bytes of the body the path holds other content; `inPlace`: this body goes on with it
 *
 * How the connection does:
 * @property {'reset' | 'close' | 'silence'} [noAnswer]  not even headers; silence ends with `host.release(path)`
 * @property {number} [latency]            ms before the headers
 * @property {number} [bytesPerSecond]     of this body
 * @property {{ bytes: number, every: number }} [trickle]  so many bytes, then so many ms of nothing, and again
 * @property {number} [cutAt]    close the connection after so many bytes of the body
 * @property {number} [resetAt]  the same, with a TCP reset
 * @property {number} [stallAt]  go silent after so many bytes of the body, until `host.release(path)`
 */

/** The host knows no ranges: 200 and the whole file. @returns {Misbehaviour} */
export const ignoreRange = () => ({ asIf: { range: null } });

/** The host honours Range whatever If-Range says. @returns {Misbehaviour} */
export const ignoreIfRange = () => ({ asIf: { 'if-range': null } });

/** 206 and the whole file where no range was asked for. @returns {Misbehaviour} */
export const partialUnasked = () => ({ asIf: { range: 'bytes=0-' } });

/**
 * An error status, with Retry-After as seconds (number), as a date so many ms ahead ({ in }), or as it stands (string).
 * @param {number} status
 * @param {{ retryAfter?: number | string | { in: number }, headers?: Record<string, HeaderChange> } & Pick<Misbehaviour, 'times' | 'skip' | 'when' | 'body'>} [options]
 * @returns {Misbehaviour}
 */
export function refuse(status, { retryAfter, headers = {}, ...rest } = {}) {
  if (retryAfter === undefined) return { status, headers, ...rest };
  /** @type {HeaderChange} */
  const value =
    typeof retryAfter === 'object' ? () => new Date(Date.now() + retryAfter.in).toUTCString() : String(retryAfter);
  return { status, headers: { 'retry-after': value, ...headers }, ...rest };
}

/**
 * @param {string} [location]  absolute, relative or nonsense; none: a redirect to nowhere
 * @param {number} [status]
 * @returns {Misbehaviour}
 */
export function redirect(location, status = 302) {
  return { status, body: '', headers: location === undefined ? {} : { location } };
}

/** A log-in or error page instead of the file, with 200. @returns {Misbehaviour} */
export const htmlPage = () => ({
  status: 200,
  body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
});

/** 200 and nothing. @returns {Misbehaviour} */
export const emptyPage = () => ({ status: 200, body: '' });

/** Every answer carries other validators, though the file stays. @returns {Misbehaviour} */
export const changingValidators = () => ({
  headers: {
    etag: ({ request }) => `"changing-${request.id}"`,
    'last-modified': ({ request }) => new Date(Date.UTC(2020, 0, 1, 0, 0, request.id)).toUTCString(),
  },
});

/** @returns {Misbehaviour} */
export const noValidators = () => ({ headers: { etag: null, 'last-modified': null } });

/** A weak ETag, and no Last-Modified. @returns {Misbehaviour} */
export const weakEtag = () => ({ headers: { etag: ({ headers }) => `W/${headers.etag}`, 'last-modified': null } });

/**
 * Ways in which the Content-Range of a 206 lies.
 * @type {Record<'startsLater' | 'startsEarlier' | 'endsEarlier' | 'otherTotal' | 'unknownTotal' | 'unsatisfied' | 'missing' | 'nonsense', () => Misbehaviour>}
 */
export const contentRangeLies = {
  startsLater: contentRange(({ start, end, size }) => `bytes ${start + 1}-${end - 1}/${size}`),
  startsEarlier: contentRange(({ start, end, size }) => `bytes ${start - 1}-${end - 1}/${size}`),
  endsEarlier: contentRange(({ start, end, size }) => `bytes ${start}-${end - 2}/${size}`),
  otherTotal: contentRange(({ start, end, size }) => `bytes ${start}-${end - 1}/${size + 1}`),
  unknownTotal: contentRange(({ start, end }) => `bytes ${start}-${end - 1}/*`),
  unsatisfied: contentRange(() => 'bytes */*'),
  missing: contentRange(() => null),
  nonsense: contentRange(() => 'pages 3 to 7'),
};

/**
 * Only answers to a range request are spoilt.
 * @param {(said: Said) => string | null} say
 * @returns {() => Misbehaviour}
 */
function contentRange(say) {
  return () => ({ when: ({ headers }) => headers.range !== undefined, headers: { 'content-range': say } });
}
