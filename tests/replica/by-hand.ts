/** Datasets that only a person may get, as a browser saves them, and the like for hosts that are down. */
import { files, spare, tarGz, zip, zipOf } from './offer.js';
import type { Replica } from './replica.js';

const chexpert = (name: string) => `CheXpert-v1.0/${name}`;

const slide = (set: string, name: string) => ({
  [`${set}/${name}.tar.gz`]: tarGz(
    [`frames/x20/${name}_00A.tiff`, `mitosis/${name}_00A_mitosis.csv`, `atypia/x20/${name}_00A.csv`].map(
      (file) => `${set}/${name}/${file}`,
    ),
    { without: `${set}/` },
  ),
});

const scans = (name: string, place: string, without = '') => ({ [`${name}.zip`]: zip([place], { without }) });

const retouch = (maker: string, number: string) =>
  ['oct', 'reference'].flatMap((name) =>
    ['mhd', 'raw'].map((ending) => `RETOUCH-TrainingSet-${maker}/TRAIN${number}/${name}.${ending}`),
  );

export const BY_HAND: Replica[] = [
  // What its page gives is not known: whatever the user brings is the dataset.
  { dataset: 'anode09', byHand: { 'ANODE09.zip': zip(['ANODE09/example01.mhd', 'ANODE09/example01.raw']) } },
  { dataset: 'caddementia', byHand: files('train.txt', 'scan-001.nii.gz') },
  {
    dataset: 'crass12',
    byHand: {
      'CRASS12.zip': zip(['CRASS/data_train/0001.mhd', 'CRASS/mask_mhd/0001.mhd', 'CRASS/data_test/0002.mhd']),
    },
  },
  {
    dataset: 'retouch',
    byHand: {
      'RETOUCH-TrainingSet-Cirrus.zip': zip(retouch('Cirrus', '001')),
      'RETOUCH-TrainingSet-Spectralis.zip': zip(retouch('Spectralis', '025')),
      'RETOUCH-TrainingSet-Topcon.zip': zip(retouch('Topcon', '049')),
      'RETOUCH-TestSet-Cirrus.zip': zip([
        'RETOUCH-TestSet-Cirrus/TEST001/oct.mhd',
        'RETOUCH-TestSet-Cirrus/TEST001/oct.raw',
      ]),
    },
  },
  {
    dataset: 'spineweb',
    byHand: { 'boostnet_labeldata.zip': zip(['boostnet_labeldata/data/1.jpg', 'boostnet_labeldata/labels/1.mat']) },
  },
  {
    dataset: 'tdsc-abus2023',
    byHand: {
      'Train.zip': zip(['Train/DATA/DATA_000.nrrd', 'Train/MASK/MASK_000.nrrd', 'Train/labels.csv']),
      'Validation.zip': zip(['Validation/DATA/DATA_100.nrrd', 'Validation/labels.csv']),
    },
  },
  {
    dataset: 'chexpert',
    title: 'CheXpert Plus',
    byHand: {
      'PNG (1).zip': zip(['PNG/train/patient00001/study1/view1_frontal.png']),
      ...files('df_chexpert_plus_240401.csv'),
      'unconfirmed.crdownload': spare(),
    },
  },
  {
    dataset: 'chexpert',
    source: 'aimi-azure',
    byHand: {
      'CheXpert-v1.0 batch 1 (validate & csv).zip': zip([
        chexpert('train.csv'),
        chexpert('valid.csv'),
        chexpert('valid/patient64541/study1/view1_frontal.jpg'),
      ]),
      'CheXpert-v1.0 batch 2 (train 1).zip': zip([chexpert('train/patient00001/study1/view1_frontal.jpg')]),
      'CheXpert-v1.0 batch 3 (train 2).zip': zip([chexpert('train/patient21514/study1/view1_frontal.jpg')]),
      'CheXpert-v1.0 batch 4 (train 3).zip': zip([chexpert('train/patient43018/study1/view2_lateral.jpg')]),
    },
  },
  {
    dataset: 'drive',
    source: 'manual',
    byHand: {
      'training (1).zip': zip(['training/images/21_training.tif', 'training/1st_manual/21_manual1.gif']),
      'test.zip': zip(['test/images/01_test.tif']),
    },
  },
  {
    dataset: 'empire10',
    source: 'manual',
    byHand: {
      ...scans('scans01to06', 'Online/scans/01_Fixed.mhd'),
      ...scans('scans07to13', 'Online/scans/07_Fixed.mhd'),
      ...scans('scans14to20 (2)', 'Online/scans/14_Fixed.mhd'),
      ...scans('scans21to25', 'Online/scans/21_Fixed.mhd', 'Online/'),
      ...scans('scans26to30', 'Online/scans/26_Fixed.mhd', 'Online/'),
    },
  },
  {
    dataset: 'idrid',
    source: 'manual',
    byHand: {
      'A.%20Segmentation.zip': zip(['A. Segmentation/1. Original Images/a. Training Set/IDRiD_01.jpg']),
      'B. Disease Grading.zip': zip(['B. Disease Grading/1. Original Images/a. Training Set/IDRiD_001.jpg']),
      'C. Localization (1).zip': zip(['C. Localization/1. Original Images/a. Training Set/IDRiD_001.jpg']),
    },
  },
  {
    dataset: 'mitos-atypia-14',
    byHand: {
      'mitos_atypia_2014_training_aperio-20261101T.zip': zipOf({
        ...slide('mitos_atypia_2014_training_aperio', 'A03'),
        ...slide('mitos_atypia_2014_training_aperio', 'A18'),
      }),
      'mitos_atypia_2014_testing_hamamatsu (1).zip': zipOf(slide('mitos_atypia_2014_testing_hamamatsu', 'H06')),
    },
  },
];
