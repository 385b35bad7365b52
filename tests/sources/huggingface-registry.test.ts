/** Every entry of the bundled registry that is at Hugging Face, held against repositories that hold what is known of the real ones. */
import { afterAll, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { startHuggingFace } from '../hosts/huggingface.js';
import { heldFor, takenBy } from '../registry/example.js';
import { closeAgents, resolve } from './resolving.js';

afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'huggingface' }>;

const TOKEN = 'hf_good';
const CARD = 'README.md';

const numbered = (count: number, name: (number: string) => string, digits: number): string[] =>
  Array.from({ length: count }, (_, at) => name(String(at).padStart(digits, '0')));

const KITS_SEEN = numbered(300, (number) => `case_${number}`, 5);
const NIH_ARCHIVES = numbered(13, (number) => `images_${number}.zip`, 3).slice(1);

/**
 * What is known to lie in a repository, from its page or card or from programs that use it, and what an entry takes of it and
 * where that goes: the same where nothing is said. Of some repositories only the card was ever seen.
 */
const KNOWN: Record<string, { holds: string[]; takes?: string[] }> = {
  'osbm/camelyon17': { holds: ['masks/patient_099_node_4_mask.tif', 'data/README.md'] },
  'alkzar90/NIH-Chest-X-ray-dataset': {
    holds: [
      CARD,
      'NIH-Chest-X-ray-dataset.py',
      ...NIH_ARCHIVES.map((name) => `data/images/${name}`),
      'data/Data_Entry_2017_v2020.csv',
      'data/train_val_list.txt',
    ],
    takes: [...NIH_ARCHIVES.map((name) => `data/images/${name}`), 'Data_Entry_2017_v2020.csv', 'train_val_list.txt'],
  },
  'alkzar90/NIH-Chest-X-ray-dataset tables': {
    holds: [CARD, 'data/images/images_001.zip', 'data/Data_Entry_2017_v2020.csv', 'data/train_val_list.txt'],
    takes: ['Data_Entry_2017_v2020.csv', 'train_val_list.txt'],
  },
  'StanfordAIMI/CheXpert-v1.0-512': { holds: [CARD] },
  'Angelou0516/CT_Lymph_Nodes': { holds: [CARD] },
  'GleghornLab/DRIVE': {
    holds: ['data/train-00000-of-00001.parquet', 'data/test-00000-of-00001.parquet'],
  },
  'amin-nejad/idrid-disease-grading': {
    holds: ['data/train-00000-of-00001-d81b05cdbfbe95cd.parquet', 'data/test-00000-of-00001-3eaaa0286c6f240e.parquet'],
  },
  'jethro682/imagecas': {
    holds: ['ImageCAS_ID.txt', 'BDMAP_00015590/ct.nii.gz', 'BDMAP_00015590/segmentations/coronary_artery.nii.gz'],
  },
  'neheller/KiTS-Challenge-Imaging': {
    // KiTS23 goes on in the same folder.
    holds: [
      ...KITS_SEEN.map((name) => `images/${name}.nii.gz`),
      'images/case_00400.nii.gz',
      'images/case_00588.nii.gz',
    ],
    takes: KITS_SEEN.map((name) => `data/${name}/imaging.nii.gz`),
  },
  'neheller/KiTS-Challenge-Imaging 23': {
    holds: [
      ...KITS_SEEN.map((name) => `images/${name}.nii.gz`),
      'images/case_00400.nii.gz',
      'images/case_00588.nii.gz',
    ],
    takes: [...KITS_SEEN, 'case_00400', 'case_00588'].map((name) => `${name}/imaging.nii.gz`),
  },
  'MedOtter/KiTS19': {
    holds: [CARD, ...['imaging', 'segmentation'].map((name) => `data/nii/KiTS19/dataset/case_00007/${name}.nii.gz`)],
    takes: ['data/case_00007/imaging.nii.gz', 'data/case_00007/segmentation.nii.gz'],
  },
  'MedOtter/Mediastinal-Lymph-Node-SEG': { holds: [CARD] },
  'YongchengYAO/LNQ2023-Lite': { holds: [CARD] },
  'andreped/LyNoS': {
    holds: [CARD, 'LyNoS.py', 'stations_sto.csv', 'Pat1/pat1_data.nii.gz', 'Pat11/pat11_labels_Esophagus.nii.gz'],
    takes: ['stations_sto.csv', 'Benchmark/Pat1/pat1_data.nii.gz', 'Benchmark/Pat11/pat11_labels_Esophagus.nii.gz'],
  },
  'Angelou0516/Mindboggle-101': { holds: [CARD] },
  'chehablab/PI-CAI': { holds: [CARD] },
  'MedOtter/PROMISE12': { holds: [CARD] },
  'MedOtter/VALDO': {
    holds: [CARD, 'Task2/sub-101/sub-101_space-T2S_CMB.nii.gz', 'Task3/sub-234/sub-234.nii.gz'],
    takes: ['Task2/sub-101/sub-101_space-T2S_CMB.nii.gz', 'Task3/sub-234/sub-234.nii.gz'],
  },
  'Angelou0516/VALDO': { holds: [CARD] },
};

const { datasets } = await loadRegistry();
const entries = datasets.flatMap(({ id, sources }) =>
  sources
    .flatMap((source) => (source.method === 'all' ? source.of : [source]))
    .flatMap((source): [string, Entry][] =>
      source.method === 'huggingface' ? [[`${id}: ${source.name ?? source.repo}`, source]] : [],
    ),
);

describe('the registry', () => {
  test('has entries at Hugging Face', () => {
    expect(entries.length).toBeGreaterThan(10);
  });

  test.each(entries)('%s', async (title, entry) => {
    const id = title.split(':')[0];
    const { repo, revision } = entry;
    const known = KNOWN[
      entry.name === 'huggingface-tables' ? `${repo} tables` : id === 'kits23' ? `${repo} 23` : repo
    ] ?? {
      holds: heldFor(entry),
      takes: takenBy(entry),
    };
    const hub = await startHuggingFace({ tokens: { [TOKEN]: [repo] } });
    const { sha } = await hub.addRepo({
      id: repo,
      gated: entry.requires?.includes('token') === true ? 'auto' : false,
      files: known.holds.map((path) => ({ path, content: path, lfs: !/\.(md|py|csv|txt)$/.test(path) })),
      ...(/^[0-9a-f]{40}$/.test(revision ?? '') ? { sha: revision as string } : {}),
    });
    // Sizes and sums are those of the real files.
    const files = entry.files?.map(({ size: _size, checksum: _checksum, ...facts }) => facts);
    const stated = { ...entry, ...(files === undefined ? {} : { files }) };
    const resolution = await resolve(stated, { MEDDS_ENDPOINT_HUGGINGFACE: hub.origin, HF_TOKEN: TOKEN });
    expect(resolution.revision).toBe(`hf:${repo}@${sha}`);
    expect(resolution.files.map(({ path }) => path).sort()).toEqual([...(known.takes ?? known.holds)].sort());
    await hub.close();
  });
});
