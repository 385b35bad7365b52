// @ts-check
/** Series as NBIA holds them, and what it says of them: tables in CSV or JSON, and zips that are made while they are sent. */
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { bufferOf, noise } from './content.js';

/**
 * @typedef {object} SeriesFacts
 * @property {string} collection
 * @property {string} [patient]      default: PATIENT_1
 * @property {string} [study]        a UID; default: one for each patient
 * @property {string} [series]       a UID; default: the next
 * @property {string} [modality]     default: CT
 * @property {string} [description]
 * @property {string} [license]      default: that of most collections
 * @property {string} [licenseUrl]
 * @property {string} [doi]
 * @property {boolean} [restricted]  only for those who log in
 * @property {(Buffer | string)[]} [images]  default: one
 *
 * @typedef {Required<Omit<SeriesFacts, 'images'>> & { number: number, images: Buffer[] }} HeldSeries
 */

const ROOT = '1.3.6.1.4.1.14519.5.2.1.9999';

/** The columns of getSeries, in the order of V4_getSeries.java. */
const SERIES_COLUMNS = [
  ...['SeriesInstanceUID', 'StudyInstanceUID', 'Modality', 'ProtocolName', 'SeriesDate', 'SeriesDescription'],
  ...[
    'BodyPartExamined',
    'SeriesNumber',
    'AnnotationsFlag',
    'Collection',
    'Site',
    'PatientID',
    'PatientSex',
    'PatientAge',
  ],
  ...[
    'Manufacturer',
    'ManufacturerModelName',
    'SoftwareVersions',
    'ImageCount',
    'MaxSubmissionTimestamp',
    'LicenseName',
  ],
  ...['LicenseURI', 'DataDescriptionURI', 'FileSize', 'ReleasedStatus', 'DateReleased', 'StudyDesc', 'StudyDate'],
  ...['ThirdPartyAnalysis', 'Authorized'],
];

/** Those of getSeriesMetadata: of the patient and the study first. */
const METADATA_COLUMNS = [
  ...['PatientID', 'PatientName', 'PatientSex', 'EthnicGroup', 'Phantom', 'SpeciesCode', 'SpeciesDescription'],
  ...['StudyInstanceUID', 'StudyDate', 'StudyDesc', 'AdmittingDiagnosisDescription', 'StudyID', 'PatientAge'],
  ...[
    'LongitudinalTemporalEventType',
    'LongitudinalTemporalOffsetFromEvent',
    'SeriesInstanceUID',
    'Collection',
    'Site',
  ],
  ...['Modality', 'ProtocolName', 'SeriesDate', 'SeriesDescription', 'BodyPartExamined', 'SeriesNumber'],
  ...['AnnotationsFlag', 'Manufacturer', 'ManufacturerModelName', 'PixelSpacing(mm)-Row', 'SliceThickness(mm)'],
  ...['SoftwareVersions', 'ImageCount', 'MaxSubmissionTimestamp', 'LicenseName', 'LicenseURI', 'DataDescriptionURI'],
  ...['FileSize', 'ReleasedStatus', 'DateReleased', 'ThirdPartyAnalysis', 'Authorized'],
];

/**
 * @param {SeriesFacts} facts
 * @param {number} number  of the series at this host
 * @returns {HeldSeries}
 */
export function heldSeries(facts, number) {
  const { collection, patient = 'PATIENT_1', images = [`image of series ${number}`] } = facts;
  const tail = [...createHash('md5').update(`${collection} ${patient}`).digest()].slice(0, 4).join('');
  return {
    collection,
    patient,
    study: facts.study ?? `${ROOT}.1.${tail.replace(/^0+/, '')}`,
    series: facts.series ?? `${ROOT}.2.${number}`,
    modality: facts.modality ?? 'CT',
    description: facts.description ?? `Series, "${number}"`,
    license: facts.license ?? 'Creative Commons Attribution 3.0 Unported License',
    licenseUrl: facts.licenseUrl ?? 'http://creativecommons.org/licenses/by/3.0/',
    doi: facts.doi ?? 'https://doi.org/10.7937/K9/TCIA.0000.PHANTOM',
    restricted: facts.restricted ?? false,
    number,
    images: images.map((image) => Buffer.from(image)),
  };
}

/**
 * Bytes that begin as a DICOM file does (PS3.10, section 7.1), the same for the same seed.
 * @param {number} size
 * @param {string | number} seed
 */
export async function dicomLike(size, seed) {
  const head = Buffer.alloc(132);
  head.write('DICM', 128, 'latin1');
  return Buffer.concat([head, await bufferOf(noise(size - head.length, seed))]);
}

/** @param {HeldSeries} held */
function rowOf(held) {
  return {
    SeriesInstanceUID: held.series,
    StudyInstanceUID: held.study,
    PatientID: held.patient,
    Modality: held.modality,
    SeriesDate: '2003-12-12 00:00:00.0',
    SeriesDescription: held.description,
    BodyPartExamined: 'CHEST',
    SeriesNumber: held.number,
    Collection: held.collection,
    ImageCount: held.images.length,
    MaxSubmissionTimestamp: '2015-05-27 17:12:21.0',
    LicenseName: held.license,
    LicenseURI: held.licenseUrl,
    DataDescriptionURI: held.doi,
    FileSize: held.images.reduce((sum, image) => sum + image.length, 0),
    DateReleased: '2015-05-27 17:12:21.0',
    StudyDesc: 'CT CHEST',
    StudyDate: '2003-12-12 00:00:00.0',
  };
}

/**
 * @param {readonly HeldSeries[]} series
 * @param {'series' | 'metadata'} kind
 * @param {string} format
 * @returns {string}  nothing at all when there is no row
 */
export function seriesTable(series, kind, format) {
  return table(series.map(rowOf), kind === 'series' ? SERIES_COLUMNS : METADATA_COLUMNS, format);
}

/**
 * @param {readonly Record<string, string | number>[]} rows
 * @param {readonly string[]} columns
 * @param {string} format
 * @returns {string}
 */
export function table(rows, columns, format) {
  if (rows.length === 0) return '';
  // A value that is null is left out of JSON.
  if (format.toLowerCase() !== 'csv') return JSON.stringify(rows);
  const quoted = (/** @type {string | number} */ value) => `"${String(value).replaceAll('"', '""')}"`;
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return lines.map((values) => `${values.map(quoted).join(',')}\n`).join('');
}

/** @param {HeldSeries} held */
export function licenseText({ license, licenseUrl, collection }) {
  return `The images of ${collection} are under the ${license}, ${licenseUrl}\n`;
}

/**
 * What comes out of a series' zip.
 * @param {HeldSeries} held
 * @param {{ md5?: boolean, images?: number }} [options]  images: how many the server gets to; it ends the zip all the same
 * @returns {{ path: string, data: Buffer }[]}
 */
export function membersOf(held, { md5 = true, images = held.images.length } = {}) {
  const sent = held.images
    .slice(0, images)
    .map((data, at) => ({ path: `1-${String(at + 1).padStart(3, '0')}.dcm`, data }));
  const members = [{ path: 'LICENSE', data: Buffer.from(licenseText(held)) }, ...sent];
  // The list comes last: a server that fails before has not sent it.
  if (!md5 || images < held.images.length) return members;
  const lines = sent.map(({ path, data }) => `${path},${createHash('md5').update(data).digest('hex')}`);
  return [...members, { path: 'md5hashes.csv', data: Buffer.from(`${['Filename,MD5Hash', ...lines].join('\n')}\n`) }];
}

/**
 * A zip as java.util.zip.ZipOutputStream writes it to a stream: sizes and CRC stand behind the data (APPNOTE.TXT 6.3, 4.3.9).
 * @param {readonly { path: string, data: Buffer }[]} members
 */
export function streamedZip(members) {
  const [body, directory] = [/** @type {Buffer[]} */ ([]), /** @type {Buffer[]} */ ([])];
  let offset = 0;
  for (const { path, data } of members) {
    const name = Buffer.from(path);
    const deflated = deflateRawSync(data);
    const sums = Buffer.alloc(12);
    sums.writeUInt32LE(crc32(data), 0);
    sums.writeUInt32LE(deflated.length, 4);
    sums.writeUInt32LE(data.length, 8);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(name.length, 0);
    // Version 2.0; descriptor and UTF-8 flags; deflated; no date.
    const facts = Buffer.from([20, 0, 0x08, 0x08, 8, 0, 0, 0, 0, 0]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.alloc(12), lengths, name]);
    const descriptor = Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), sums]);
    // No comment, disk or attributes, then where the member begins.
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, sums, lengths, place, name);
    body.push(local, deflated, descriptor);
    offset += local.length + deflated.length + descriptor.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, list, end]);
}
