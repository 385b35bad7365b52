// @ts-check
/** Conditional and range requests as RFC 9110, sections 13 and 14, wants them, for one representation of a file. */

/**
 * @typedef {object} Representation
 * @property {number} size
 * @property {string | undefined} etag          with its quotes
 * @property {string | undefined} lastModified  an HTTP date
 *
 * @typedef {{ status: 200 } | { status: 206, start: number, end: number } | { status: 304 | 412 | 416 }} Verdict  end is exclusive
 */

/**
 * What a request's headers ask for.
 * @param {string} method
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {Representation} file
 * @returns {Verdict}
 */
export function judge(method, headers, file) {
  if (headers['if-match'] !== undefined) {
    if (!listed(headers['if-match'], file.etag, 'strong')) return { status: 412 };
  } else if (isLater(file.lastModified, headers['if-unmodified-since'])) {
    return { status: 412 };
  }
  if (headers['if-none-match'] !== undefined) {
    if (listed(headers['if-none-match'], file.etag, 'weak')) return { status: 304 };
  } else if (headers['if-modified-since'] !== undefined && file.lastModified !== undefined) {
    if (!isLater(file.lastModified, headers['if-modified-since'])) return { status: 304 };
  }
  const { range } = headers;
  if (range === undefined || method !== 'GET' || !rangeHolds(headers['if-range'], file)) return { status: 200 };
  return judgeRange(range, file.size);
}

/**
 * One range is honoured; several, and what is no byte range, are ignored, as section 14.2 allows.
 * @param {string} range
 * @param {number} size
 * @returns {Verdict}
 */
function judgeRange(range, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return { status: 200 };
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? { status: 416 } : { status: 206, start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return { status: 200 };
  return start >= size ? { status: 416 } : { status: 206, start, end };
}

/**
 * If-Range is compared strongly: a weak tag never holds, a date holds only when it is the same one.
 * @param {string | string[] | undefined} ifRange
 * @param {Representation} file
 */
function rangeHolds(ifRange, file) {
  if (ifRange === undefined) return true;
  const validator = String(ifRange).trim();
  if (validator.startsWith('"')) return validator === file.etag;
  return validator === file.lastModified;
}

/**
 * @param {string} list
 * @param {string | undefined} etag
 * @param {'strong' | 'weak'} comparison
 */
function listed(list, etag, comparison) {
  if (list.trim() === '*') return true;
  if (etag === undefined || (comparison === 'strong' && etag.startsWith('W/'))) return false;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  /** @param {string} tag */
  const plain = (tag) => tag.replace(/^W\//, '');
  return tags.some((tag) => (comparison === 'strong' ? tag === etag : plain(tag) === plain(etag)));
}

/**
 * @param {string | undefined} date
 * @param {string | undefined} than
 */
function isLater(date, than) {
  return date !== undefined && than !== undefined && Date.parse(date) > Date.parse(than);
}
