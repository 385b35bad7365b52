/** Datasets on platforms: Kaggle, Hugging Face, GitHub, NITRC, Amazon. */
import { file, files, numbered, spare, splitFiles, tarGz, zip } from './offer.js';
import type { Replica } from './replica.js';

const SITES = ['Site_G_20', 'Site_G_29', 'Site_G_100', 'Site_R_52', 'Site_R_73', 'Site_R_126', 'label_all_frame'];
const CARDIAC = SITES.flatMap((site) =>
  ['image', 'label'].map((kind) => `cardiacUDC_dataset/${site}/patient-0-4_${kind}.nii.gz`),
);

const GROUPS = [1, 201, 401, 601, 801].map((first) => `${first}-${first + 199}`);
const imagecas = (group: string) => ['img', 'label'].map((kind) => `${group}/${group.split('-')[0]}.${kind}.nii.gz`);

const TBAD = ['1', '125', '126'].flatMap((n) => [`${n}_image.nii.gz`, `${n}_label.nii.gz`]);
const CHD = ['ct_1001_image.nii.gz', 'ct_1001_label.nii.gz', 'imageCHD_dataset_info.xlsx'];

const KITS = numbered(0, 299, (n) => `case_${n}`, 5);
const KITS_LABELLED = KITS.slice(0, 210);
const liver = (first: number, last: number, kind: string) =>
  Array.from({ length: last - first + 1 }, (_, at) => `${kind}-${first + at}.nii`);

const camelyon = (prefix: string, ...places: string[]) => ({
  'camelyon-dataset': {
    ...Object.fromEntries(places.map((place) => [`${prefix}/${place}`, file(place)])),
    // Another dataset in the same bucket.
    'OTHERS/images/normal_001.tif': spare(),
  },
});

export const PLATFORMS: Replica[] = [
  {
    dataset: 'cardiacuda',
    hosts: {
      kaggle: { 'xiaoweixumedicalai/cardiacudc-dataset': splitFiles('cardiacUDC_dataset', 7, 'change2zip', CARDIAC) },
    },
  },
  {
    dataset: 'imagecas',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagecas': Object.assign(
          files('imageCAS_data_split.xlsx'),
          ...GROUPS.map((group) => splitFiles(group, 5, 'change2zip', imagecas(group))),
        ),
      },
    },
  },
  {
    dataset: 'imagechd',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagechd': splitFiles('ImageCHD_dataset', 13, 'change2zip', CHD),
      },
    },
  },
  // Whether there is a folder at the top is not known.
  {
    dataset: 'imagechd',
    title: 'in a folder',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagechd': splitFiles(
          'ImageCHD_dataset',
          13,
          'change2zip',
          CHD.map((name) => `ImageCHD_dataset/${name}`),
        ),
      },
    },
  },
  {
    dataset: 'imagetbad',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagetbad': splitFiles('imageTBAD', 19, 'change2zip', TBAD),
      },
    },
  },
  {
    dataset: 'imagetbad',
    title: 'in a folder',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagetbad': splitFiles(
          'imageTBAD',
          19,
          'change2zip',
          TBAD.map((name) => `imageTBAD/${name}`),
        ),
      },
    },
  },
  {
    dataset: 'imagealcapa',
    hosts: {
      kaggle: {
        'xiaoweixumedicalai/imagealcapa': {
          'ImageALCAPA_BIBM_Publish.change2zip': zip([
            'ImageALCAPA_BIBM_Publish/1_image.nii.gz',
            'ImageALCAPA_BIBM_Publish/1_label.nii.gz',
          ]),
        },
      },
    },
  },
  {
    dataset: 'lits',
    source: 'kaggle',
    hosts: {
      kaggle: {
        'andrewmvd/liver-tumor-segmentation': {
          ...files(...liver(0, 3, 'volume_pt1/volume')),
          ...files(...liver(0, 3, 'segmentations/segmentation')),
        },
        'andrewmvd/liver-tumor-segmentation-part-2': files(...liver(51, 53, 'volume_pt6/volume')),
      },
    },
  },
  {
    dataset: 'kits19',
    hosts: {
      huggingface: {
        'neheller/KiTS-Challenge-Imaging': {
          ...Object.fromEntries(KITS.map((name) => [`images/${name}.nii.gz`, file(`data/${name}/imaging.nii.gz`)])),
          // Of KiTS23, which goes on in the same folder.
          'images/case_00400.nii.gz': spare(),
        },
      },
      github: {
        'neheller/kits19': {
          ...files(
            'data/LICENSE',
            'data/kits.json',
            ...KITS_LABELLED.map((name) => `data/${name}/segmentation.nii.gz`),
          ),
          'README.md': spare(),
          'starter_code/get_imaging.py': spare(),
        },
      },
    },
  },
  {
    dataset: 'lynos',
    source: 'huggingface',
    hosts: {
      huggingface: {
        'andreped/LyNoS': {
          ...files('stations_sto.csv'),
          'Pat1/pat1_data.nii.gz': file('Benchmark/Pat1/pat1_data.nii.gz'),
          'Pat15/pat15_labels_Esophagus.nii.gz': file('Benchmark/Pat15/pat15_labels_Esophagus.nii.gz'),
          'LyNoS.py': spare(),
        },
      },
    },
  },
  {
    dataset: 'chestxray14',
    source: 'huggingface',
    hosts: {
      huggingface: {
        'alkzar90/NIH-Chest-X-ray-dataset': {
          ...Object.fromEntries(
            numbered(1, 12, (n) => n, 3).map((n) => [
              `data/images/images_${n}.zip`,
              zip([`images/00000${n}_000.png`], { without: '' }),
            ]),
          ),
          'data/Data_Entry_2017_v2020.csv': file('Data_Entry_2017_v2020.csv'),
          'data/train_val_list.txt': file('train_val_list.txt'),
          'NIH-Chest-X-ray-dataset.py': spare(),
        },
      },
    },
  },
  {
    dataset: 'ibsr',
    hosts: {
      nitrc: {
        '48': {
          'IBSR_V2.0_nifti_stripped.tgz': tarGz(
            ['ana', 'ana_strip', 'seg_ana', 'segTRI_ana', 'segTRI_fill_ana'].map(
              (kind) => `IBSR_nifti_stripped/IBSR_01/IBSR_01_${kind}.nii.gz`,
            ),
          ),
        },
      },
    },
  },
  {
    dataset: 'camelyon16',
    hosts: {
      s3: camelyon(
        'CAMELYON16',
        'README.md',
        'images/normal_001.tif',
        'images/tumor_001.tif',
        'images/test_001.tif',
        'annotations/tumor_001.xml',
        'masks/tumor_001_mask.tif',
        'background_tissue/normal_001.tif',
        'evaluation/evaluation.py',
      ),
    },
  },
  {
    dataset: 'camelyon17',
    hosts: {
      s3: camelyon(
        'CAMELYON17',
        'stages.csv',
        'images/patient_000_node_0.tif',
        'images/patient_199_node_4.tif',
        'annotations/patient_004_node_4.xml',
        'masks/patient_099_node_4_mask.tif',
      ),
    },
  },
];
