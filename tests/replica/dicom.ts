/** Datasets of DICOM series: TCIA and the Imaging Data Commons. */
import { image, zip } from './offer.js';
import type { Replica } from './replica.js';

const LYMPH_PATIENTS = ['ABD_LYMPH_001', 'MED_LYMPH_001'];
const LYMPH_MASKS = {
  'MED_ABD_LYMPH_MASKS.zip': zip(
    LYMPH_PATIENTS.map((patient) => `MED_ABD_LYMPH_MASKS/${patient}/${patient}_mask.nii.gz`),
  ),
};
const series = (...names: string[]) => Object.fromEntries(names.map((name) => [name, image(name)]));

export const DICOM: Replica[] = [
  {
    dataset: 'ct-lymph-nodes',
    hosts: {
      idc: { ct_lymph_nodes: series(...LYMPH_PATIENTS.map((patient) => `${patient} CT`)) },
      direct: { '': LYMPH_MASKS },
    },
  },
  {
    dataset: 'ct-lymph-nodes',
    source: 'tcia',
    hosts: {
      tcia: { 'CT Lymph Nodes': { ...series(...LYMPH_PATIENTS.map((patient) => `${patient} CT`)), ...LYMPH_MASKS } },
    },
  },
  {
    dataset: 'lnq2023',
    hosts: {
      idc: { mediastinal_lymph_node_seg: series('case_0001 CT', 'case_0001 SEG', 'case_0669 CT', 'case_0669 SEG') },
    },
  },
];
