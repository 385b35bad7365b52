/** The cases that the replicas of each dataset have together. KiTS19's has all 300 of them, which are counted instead. */
import { numbered } from './offer.js';

export const CASES: Record<string, string[]> = {
  camelyon16: ['normal_001', 'test_001', 'tumor_001'],
  camelyon17: ['patient_000_node_0', 'patient_004_node_4', 'patient_099_node_4', 'patient_199_node_4'],
  cardiacuda: ['patient-0-4'],
  chestxray14: numbered(1, 12, (n) => n, 3).flatMap((n) => [`00000${n}_000`, `00000${n}_001`]),
  chexpert: ['patient00001', 'patient21514', 'patient43018', 'patient64541'],
  crass12: ['0001', '0002'],
  'ct-lymph-nodes': ['ABD_LYMPH_001', 'MED_LYMPH_001'],
  drive: ['01', '21'],
  empire10: ['01', '07', '14', '21', '26'],
  fire: ['A01'],
  ibsr: ['IBSR_01'],
  idrid: ['IDRiD_001', 'IDRiD_01', 'IDRiD_55'],
  imagecas: ['1', '201', '401', '601', '801'],
  imagechd: ['ct_1001'],
  imagetbad: ['1', '125', '126'],
  lits: ['0', '1', '2', '3', '28', '51', '52', '53'],
  lnq2023: ['case_0001', 'case_0669'],
  lola11: ['lola11-01', 'lola11-02', 'lola11-03'],
  luna16: numbered(100, 109, (n) => `1.3.6.1.4.1.14519.5.2.1.6279.6001.${n}`),
  lynos: ['Pat1', 'Pat15'],
  mindboggle: ['Extra-18-1', 'MMRR-21-1', 'NKI-RS-22-1', 'NKI-TRT-20-1', 'OASIS-TRT-20-1', 'subject-1'],
  'mitos-atypia-14': ['A03', 'A18', 'H06'],
  'pi-cai': ['10000_1000000', '10300_1000300', '10600_1000600', '10900_1000900', '11200_1001200'],
  promise12: ['Case00', 'Case49'],
  retouch: ['TEST001', 'TRAIN001', 'TRAIN025', 'TRAIN049'],
  sega2023: ['D1', 'K1', 'R1'],
  'tdsc-abus2023': ['000', '100'],
  valdo: ['sub-101', 'sub-301'],
  vessel12: ['VESSEL12_01', 'VESSEL12_06', 'VESSEL12_11', 'VESSEL12_16', 'VESSEL12_21'],
};

/** Of datasets whose replicas are derived: paths as their users know them, and the case that each belongs to; none where it is of all. */
export const SEEN_CASES: Record<string, Record<string, string | undefined>> = {
  acdc: {
    'database/training/patient001/patient001_frame01_gt.nii.gz': 'patient001',
    'database/testing/patient101/Info.cfg': 'patient101',
    'database/MANDATORY_CITATION.md': undefined,
  },
  camus: { 'patient0001/patient0001_2CH_ED_gt.nii.gz': 'patient0001', 'readme.md': undefined },
  feta: { 'feta_2.3/sub-001/anat/sub-001_rec-mial_dseg.nii.gz': 'sub-001', 'feta_2.3/participants.tsv': undefined },
  'han-seg': { 'HaN-Seg/set_1/case_01/case_01_IMG_CT.nrrd': 'case_01', 'HaN-Seg/OAR_data.csv': undefined },
  'hnts-mrg-2024': { 'HNTSMRG24_train/10/preRT/10_preRT_mask.nii.gz': '10', 'HNTSMRG24_train/README.txt': undefined },
  'isles-2022': {
    'ISLES-2022/sub-strokecase0001/ses-0001/dwi/sub-strokecase0001_ses-0001_dwi.nii.gz': 'sub-strokecase0001',
    'ISLES-2022/derivatives/sub-strokecase0001/ses-0001/sub-strokecase0001_ses-0001_msk.nii.gz': 'sub-strokecase0001',
    'ISLES-2022/participants.tsv': undefined,
  },
  kits23: {
    'case_00000/imaging.nii.gz': 'case_00000',
    'case_00588/segmentation.nii.gz': 'case_00588',
    'kits23.json': undefined,
  },
  'kvasir-seg': {
    'Kvasir-SEG/images/cju0qkwl35piu0993l0dewei2.jpg': 'cju0qkwl35piu0993l0dewei2',
    'Kvasir-SEG/masks/cju0qkwl35piu0993l0dewei2.jpg': 'cju0qkwl35piu0993l0dewei2',
    'Kvasir-SEG/kavsir_bboxes.json': undefined,
  },
  panda: {
    'train_images/0005f7aaab2800f6170c399693a96917.tiff': '0005f7aaab2800f6170c399693a96917',
    'train_label_masks/0005f7aaab2800f6170c399693a96917_mask.tiff': '0005f7aaab2800f6170c399693a96917',
    'train.csv': undefined,
  },
  'rsna-pneumonia': {
    'stage_2_train_images/0004cfab-14fd-4e49-80ba-63a80b6bddd6.dcm': '0004cfab-14fd-4e49-80ba-63a80b6bddd6',
    'stage_2_train_labels.csv': undefined,
  },
  segthor: { 'SegTHOR/Patient_01/GT.nii.gz': 'Patient_01' },
  stoic2021: { 'data/mha/10.mha': '10', 'metadata/reference.csv': undefined },
  'totalsegmentator-ct': {
    's0000/ct.nii.gz': 's0000',
    's0000/segmentations/spleen.nii.gz': 's0000',
    'meta.csv': undefined,
  },
  'vindr-cxr': {
    'train/000434271f63a053c4128a0ba6352c7f.dicom': '000434271f63a053c4128a0ba6352c7f',
    'test/002a34c58c5b758217ed1f584ccbcfe9.dicom': '002a34c58c5b758217ed1f584ccbcfe9',
    'annotations/annotations_train.csv': undefined,
  },
};
