// @ts-check
/**
 * A Zenodo record as the API shows it: the default ("legacy") shape, the InvenioRDM shape, and the list of files.
 * Fields that no client of datasets reads (stats, owners, iiif links) are left out.
 */
import { createHash } from 'node:crypto';

/**
 * @typedef {object} ZenodoFile
 * @property {string} key   file name; may contain /
 * @property {number} size  bytes
 * @property {string} md5   hex
 * @property {import('./reply.js').HostedFile} hosted
 *
 * @typedef {object} ZenodoRecord
 * @property {string} id
 * @property {string} concept    id that stands for all versions
 * @property {number} index      of the version, counted from 0
 * @property {boolean} isLatest
 * @property {string} title
 * @property {string | undefined} license  Zenodo's own id, lower-case
 * @property {'open' | 'embargoed' | 'restricted' | 'closed'} access
 * @property {'visible' | 'hidden' | undefined} deleted  whether the tombstone shows
 * @property {ZenodoFile[]} files
 */

/**
 * @param {string} origin
 * @param {ZenodoRecord} record
 * @param {boolean} readable  whether the caller may read the files
 */
export function defaultShape(origin, record, readable) {
  const { id, concept, title, license, access, index, isLatest } = record;
  const doi = `10.5281/zenodo.${id}`;
  return {
    created: '2024-01-01T00:00:00.000000+00:00',
    modified: '2024-01-01T00:00:00.000000+00:00',
    id: Number(id),
    conceptrecid: concept,
    doi,
    conceptdoi: `10.5281/zenodo.${concept}`,
    doi_url: `https://doi.org/${doi}`,
    metadata: {
      title,
      doi,
      publication_date: '2024-01-01',
      access_right: access,
      ...(license === undefined ? {} : { license: { id: license } }),
      relations: { version: [{ index, is_last: isLatest, parent: { pid_type: 'recid', pid_value: concept } }] },
    },
    title,
    links: linksOf(origin, record, readable),
    recid: id,
    files: readable
      ? record.files.map(({ key, size, md5 }) => ({
          id: fileId(id, key),
          key,
          size,
          checksum: `md5:${md5}`,
          links: { self: `${fileUrl(origin, id, key)}/content` },
        }))
      : [],
    status: 'published',
    state: 'done',
    submitted: true,
  };
}

/**
 * @param {string} origin
 * @param {ZenodoRecord} record
 * @param {boolean} readable
 */
export function rdmShape(origin, record, readable) {
  const { id, concept, title, license, access, index, isLatest, files } = record;
  return {
    id,
    links: linksOf(origin, record, readable),
    parent: { id: concept },
    versions: { is_latest: isLatest, index: index + 1 },
    is_published: true,
    is_draft: false,
    pids: { doi: { identifier: `10.5281/zenodo.${id}`, provider: 'datacite' } },
    metadata: {
      title,
      publication_date: '2024-01-01',
      ...(license === undefined ? {} : { rights: [{ id: license }] }),
    },
    access: { record: 'public', files: access === 'open' ? 'public' : 'restricted', status: access },
    files: readable
      ? {
          enabled: true,
          count: files.length,
          total_bytes: files.reduce((sum, { size }) => sum + size, 0),
          entries: Object.fromEntries(files.map((file) => [file.key, fileShape(origin, id, file)])),
        }
      : { enabled: true },
    status: 'published',
  };
}

/**
 * @param {string} origin
 * @param {ZenodoRecord} record
 */
export function filesShape(origin, { id, files }) {
  return {
    enabled: true,
    links: { self: `${origin}/api/records/${id}/files`, archive: `${origin}/api/records/${id}/files-archive` },
    entries: files.map((file) => fileShape(origin, id, file)),
    default_preview: null,
    order: [],
  };
}

/**
 * @param {string} origin
 * @param {string} id
 * @param {ZenodoFile} file
 */
export function fileShape(origin, id, { key, size, md5 }) {
  const self = fileUrl(origin, id, key);
  return {
    key,
    size,
    checksum: `md5:${md5}`,
    file_id: fileId(id, key),
    metadata: null,
    access: { hidden: false },
    links: { self, content: `${self}/content` },
    status: 'completed',
    storage_class: 'L',
  };
}

/**
 * @param {string} origin
 * @param {ZenodoRecord} record
 * @param {boolean} readable
 */
function linksOf(origin, { id, concept }, readable) {
  const self = `${origin}/api/records/${id}`;
  return {
    self,
    self_html: `${origin}/records/${id}`,
    doi: `https://doi.org/10.5281/zenodo.${id}`,
    parent: `${origin}/api/records/${concept}`,
    ...(readable ? { files: `${self}/files`, archive: `${self}/files-archive` } : {}),
    latest: `${self}/versions/latest`,
    latest_html: `${origin}/records/${id}/latest`,
    versions: `${self}/versions`,
    access_request: `${self}/access/request`,
  };
}

/**
 * Zenodo quotes all but unreserved characters and /!$&'()*+,;=:@ in a key.
 * @param {string} origin
 * @param {string} id
 * @param {string} key
 */
function fileUrl(origin, id, key) {
  const quoted = encodeURIComponent(key).replace(/%(2F|24|26|2B|2C|3B|3D|3A|40)/g, (code) => decodeURIComponent(code));
  return `${origin}/api/records/${id}/files/${quoted}`;
}

/**
 * A UUID that is the same in every run.
 * @param {string} id
 * @param {string} key
 */
function fileId(id, key) {
  const hex = createHash('sha256').update(`${id}/${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
