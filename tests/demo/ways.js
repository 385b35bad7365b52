// @ts-check
/**
 * The other ways to a dataset, each shown by one of the registry's own entries, in small: Kaggle, Hugging Face, TCIA, and by hand.
 * Of an entry only sizes and checksums are replaced, which phantoms cannot have.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startHuggingFace } from '../hosts/huggingface.js';
import { startKaggle } from '../hosts/kaggle.js';
import { packed, plain } from '../hosts/phantoms/archives.js';
import { ctPhantom } from '../hosts/phantoms/ct.js';
import { nifti } from '../hosts/phantoms/nifti.js';
import { drive } from '../hosts/phantoms/small-datasets.js';
import { startTcia } from '../hosts/tcia.js';
import { dicomLike, membersOf } from '../hosts/tcia-series.js';

/**
 * @typedef {import('../support/tree.js').TreeEntry} TreeEntry
 *
 * @typedef {object} Way
 * @property {string} id
 * @property {string} introduction
 * @property {object} entry          of the registry
 * @property {Record<string, string>} env
 * @property {{ args: string[], expected: number }[]} steps
 * @property {Record<string, TreeEntry>} tree  what must be there in the end
 * @property {() => Promise<void>} close
 */

const SIZE = /** @type {import('../hosts/phantoms/ct.js').Vector} */ ([64, 64, 32]);

/** @type {Record<string, any>} */
const DATASETS = JSON.parse(readFileSync(new URL('../../registry.json', import.meta.url), 'utf8')).datasets;

/**
 * @param {string} downloads  a browser's folder
 * @returns {Promise<Way[]>}
 */
export async function startWays(downloads) {
  return [await kaggle(), await huggingFace(), await tcia(), byHand(downloads)];
}

/** @returns {Promise<Way>} */
async function kaggle() {
  const id = 'imagealcapa';
  const { entry, source } = bundled(id, 'kaggle');
  const [{ path: key }] = source.files;
  const folder = 'ImageALCAPA_BIBM_Publish';
  const [volume, label] = scan('alcapa');
  const members = [
    { path: `${folder}/1.nii.gz`, data: volume },
    { path: `${folder}/1_label.nii.gz`, data: label },
  ];
  const archive = packed(key, members);
  const host = await startKaggle();
  await host.addDataset(source.dataset, [{ name: key, content: archive.data, wrapped: true }]);
  return {
    id,
    introduction:
      'Kaggle sends this zip, which bears another name, inside a zip of its own. What lands is what is in it.',
    entry,
    env: { MEDDS_ENDPOINT_KAGGLE: host.origin },
    steps: [{ args: ['fetch', id], expected: 0 }],
    tree: archive.tree,
    close: () => host.close(),
  };
}

/** @returns {Promise<Way>} */
async function huggingFace() {
  const id = 'lynos';
  const { entry, source } = bundled(id, 'huggingface');
  const [volume, label] = scan('lynos');
  const table = plain('stations_sto.csv', 'patient,station\n1,4R\n');
  const files = [plain('Pat1/pat1_data.nii.gz', volume), plain('Pat1/pat1_labels_LymphNodes.nii.gz', label)];
  const host = await startHuggingFace();
  const held = [...files, table].map(({ key, data }) => ({ path: key, content: data, lfs: key.endsWith('.gz') }));
  await host.addRepo({ id: source.repo, files: held });
  const placed = files.map(({ key, tree }) => [`Benchmark/${key}`, tree[key]]);
  return {
    id,
    introduction: 'From Hugging Face, where every file has a checksum; --source takes another than the first.',
    entry,
    env: { MEDDS_ENDPOINT_HUGGINGFACE: host.origin },
    steps: [{ args: ['fetch', id, '--source', 'huggingface'], expected: 0 }],
    tree: { ...Object.fromEntries(placed), ...table.tree },
    close: () => host.close(),
  };
}

/** @returns {Promise<Way>} */
async function tcia() {
  const id = 'ct-lymph-nodes';
  const { entry, source } = bundled(id, 'tcia');
  const host = await startTcia();
  const patients = ['ABD_LYMPH_001', 'MED_LYMPH_001'];
  /** @type {Record<string, TreeEntry>} */
  const tree = {};
  for (const patient of patients) {
    const images = await Promise.all([1, 2, 3].map((slice) => dicomLike(30_000, `${patient} ${slice}`)));
    const series = host.addSeries({ collection: source.collection, patient, images });
    for (const { path: name, data } of membersOf(series)) {
      tree[`${patient}/${series.study}/${series.series}/${name}`] = { size: data.length, sha256: sha256(data) };
    }
  }
  const [, mask] = scan('lymph');
  const masks = packed(
    'MED_ABD_LYMPH_MASKS.zip',
    patients.map((patient) => ({ path: `MED_ABD_LYMPH_MASKS/${patient}/${patient}_mask.nii.gz`, data: mask })),
  );
  const [companion] = source.companions;
  const { pathname } = new URL(companion.url);
  host.add(pathname, masks.data);
  Object.assign(companion, { url: host.url(pathname), checksum: `sha256:${sha256(masks.data)}` });
  return {
    id,
    introduction: 'From TCIA: series by series, images counted and held against their list, and the masks beside them.',
    entry,
    env: { MEDDS_ENDPOINT_TCIA: host.endpoint },
    steps: [{ args: ['fetch', id, '--source', 'tcia'], expected: 0 }],
    tree: { ...tree, ...masks.tree },
    close: () => host.close(),
  };
}

/** @param {string} downloads @returns {Way} */
function byHand(downloads) {
  const id = 'drive';
  const { entry, source } = bundled(id, 'manual');
  mkdirSync(downloads, { recursive: true });
  const files = drive();
  for (const [index, { key, data }] of files.entries()) {
    // A browser numbers what it has saved before; contents tell which is which.
    writeFileSync(path.join(downloads, key.replace('.zip', ' (1).zip')), data);
    source.files[index] = { ...source.files[index], size: data.length, checksum: `sha256:${sha256(data)}` };
  }
  return {
    id,
    introduction: 'Some datasets only a person can get. medds says how, and takes over from there.',
    entry,
    env: {},
    steps: [
      { args: ['fetch', id, '--source', 'manual'], expected: 4 },
      { args: ['import', id, downloads, '--source', 'manual'], expected: 0 },
    ],
    tree: Object.assign({}, ...files.map(({ tree }) => tree)),
    close: async () => {},
  };
}

/**
 * The registry's entry with its source of this method, without the sizes that phantoms cannot have.
 * @param {string} id
 * @param {string} method
 */
function bundled(id, method) {
  const { size, sizeNote, unpackedSize, ...entry } = structuredClone(DATASETS[id]);
  const source = entry.sources.find((/** @type {any} */ one) => one.method === method);
  return { entry, source };
}

/** A volume and its labels. @param {string} seed */
function scan(seed) {
  const phantom = ctPhantom({ size: SIZE, seed });
  return /** @type {const} */ ([gzipSync(nifti(phantom, phantom.voxels)), gzipSync(nifti(phantom, phantom.lungs))]);
}

/** @param {Buffer} data */
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
