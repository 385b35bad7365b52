// @ts-check
/**
 * S3's answers in XML: listings by https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, errors by
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, with the elements in the order that S3 sends today.
 */
import { textReply } from './reply.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** What `encoding-type=url` makes of a key: the form of HTML forms, but slashes stay. @param {string} key */
const inUrlForm = (key) => new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');

/**
 * @typedef {import('./s3.js').HeldObject} HeldObject
 *
 * @param {object} list
 * @param {string} list.bucket
 * @param {string} list.prefix
 * @param {string} list.delimiter
 * @param {number} list.maxKeys
 * @param {boolean} list.url        encoding-type=url
 * @param {string | undefined} list.token
 * @param {string | undefined} list.next
 * @param {HeldObject[]} list.objects
 * @param {string[]} list.folders   common prefixes
 */
export function listing({ bucket, prefix, delimiter, maxKeys, url, token, next, objects, folders }) {
  const key = (/** @type {string} */ text) => escaped(url ? inUrlForm(text) : text);
  const parts = [
    `<Name>${bucket}</Name><Prefix>${key(prefix)}</Prefix>`,
    token === undefined ? '' : `<ContinuationToken>${escaped(token)}</ContinuationToken>`,
    next === undefined ? '' : `<NextContinuationToken>${escaped(next)}</NextContinuationToken>`,
    `<KeyCount>${objects.length + folders.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys>`,
    delimiter === '' ? '' : `<Delimiter>${key(delimiter)}</Delimiter>`,
    url ? '<EncodingType>url</EncodingType>' : '',
    `<IsTruncated>${next !== undefined}</IsTruncated>`,
    ...objects.map((object) => contents(object, key(object.key))),
    ...folders.map((folder) => `<CommonPrefixes><Prefix>${key(folder)}</Prefix></CommonPrefixes>`),
  ];
  return `${HEAD}<ListBucketResult ${NAMESPACE}>${parts.join('')}</ListBucketResult>`;
}

/**
 * @param {HeldObject} object
 * @param {string} key
 */
function contents({ hosted, algorithm, checksumType, storageClass }, key) {
  const checksum =
    algorithm === undefined
      ? ''
      : `<ChecksumAlgorithm>${algorithm}</ChecksumAlgorithm><ChecksumType>${checksumType}</ChecksumType>`;
  return [
    `<Contents><Key>${key}</Key><LastModified>2021-03-04T05:06:07.000Z</LastModified>`,
    `<ETag>${escaped(hosted.etag ?? '')}</ETag>${checksum}<Size>${hosted.content.size}</Size>`,
    `<StorageClass>${storageClass}</StorageClass></Contents>`,
  ].join('');
}

/** @param {string} region */
export function location(region) {
  const name = region === 'us-east-1' ? '' : region;
  return `${HEAD}<LocationConstraint ${NAMESPACE}>${name}</LocationConstraint>`;
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 * @param {Record<string, string>} [more]     elements
 * @param {Record<string, string>} [headers]
 */
export function problem(status, code, message, more = {}, headers = {}) {
  const elements = Object.entries({
    Code: code,
    Message: message,
    ...more,
    RequestId: '9C7D5181867045BB',
    HostId: 'aG9zdA',
  });
  const body = elements.map(([name, value]) => `<${name}>${escaped(value)}</${name}>`).join('');
  return xmlReply(status, `${HEAD}<Error>${body}</Error>`, headers);
}

/**
 * @param {number} status
 * @param {string} body
 * @param {Record<string, string>} [headers]
 */
export function xmlReply(status, body, headers = {}) {
  return textReply(status, body, {
    'content-type': 'application/xml',
    'x-amz-request-id': '9C7D5181867045BB',
    ...headers,
  });
}
