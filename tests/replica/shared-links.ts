/** Datasets behind shared links and plain addresses: Box, Dropbox, Google Drive, an institute's own server. */
import { files, numbered, sevenZip, tarGz, zip } from './offer.js';
import type { Replica } from './replica.js';

const NIH_ARCHIVES = numbered(1, 12, (n) => n, 3);

const DRIVE_TRAINING = ['images/21_training.tif', '1st_manual/21_manual1.gif', 'mask/21_training_mask.gif'];
const DRIVE_TEST = ['images/01_test.tif', 'mask/01_test_mask.gif'];
const drive = {
  'training.zip': zip(DRIVE_TRAINING.map((name) => `training/${name}`)),
  'test.zip': zip(DRIVE_TEST.map((name) => `test/${name}`)),
};

const pair = (number: string) =>
  ['Fixed', 'Moving'].flatMap((kind) => ['mhd', 'raw'].map((ending) => `Online/scans/${number}_${kind}.${ending}`));

const LITS = 'media/nas/01_Datasets/CT/LITS';
const litsBatch = (batch: number, scan: number) =>
  ['volume', 'segmentation'].map((kind) => `${LITS}/Training Batch ${batch}/${kind}-${scan}.nii`);

/** Zips of the same names in the folder of each case, with members of the same names. */
const ircadb = (number: number) =>
  Object.fromEntries(
    ['PATIENT_DICOM', 'LABELLED_DICOM'].map((name) => {
      const folder = `3Dircadb1/3Dircadb1.${number}/`;
      const images = numbered(0, 1, (n) => `${folder}${name}/image_${n}`, 1);
      return [`${folder}${name}.zip`, zip(images, { without: folder })];
    }),
  );

export const SHARED_LINKS: Replica[] = [
  {
    dataset: 'chestxray14',
    hosts: {
      box: {
        '': {
          ...Object.fromEntries(
            NIH_ARCHIVES.map((n) => [
              `images_${n}.tar.gz`,
              tarGz([`images/00000${n}_000.png`, `images/00000${n}_001.png`]),
            ]),
          ),
          ...files('Data_Entry_2017_v2020.csv'),
        },
      },
    },
  },
  { dataset: 'drive', hosts: { dropbox: { '': drive } } },
  {
    dataset: 'medal-retina',
    hosts: {
      dropbox: {
        // A folder, of which Dropbox makes a zip. The names of two of its folders are not known.
        '': { 'MeDAL-Retina.zip': zip(['Auxilliary_Training/1.png', 'Keypoints/1.txt', 'Self-supervision/1.png']) },
      },
    },
  },
  {
    dataset: 'empire10',
    hosts: {
      'google-drive': {
        '': {
          'scans01to06.zip': zip(pair('01')),
          'scans07to13.zip': zip(pair('07')),
          'scans14to20.zip': zip(pair('14')),
          'scans21to25.zip': zip(pair('21'), { without: 'Online/' }),
          'scans26to30.zip': zip(pair('26'), { without: 'Online/' }),
        },
      },
    },
  },
  {
    dataset: 'lits',
    hosts: {
      'google-drive': {
        '': { 'Training_Batch1.zip': zip(litsBatch(1, 0)), 'Training_Batch2.zip': zip(litsBatch(2, 28)) },
      },
    },
  },
  {
    dataset: 'fire',
    hosts: {
      direct: {
        '': {
          'FIRE.7z': sevenZip([
            'FIRE/Images/A01_1.jpg',
            'FIRE/Images/A01_2.jpg',
            'FIRE/Ground Truth/control_points_A01_1_2.txt',
            'FIRE/Masks/mask.png',
          ]),
        },
      },
    },
  },
  {
    dataset: '3d-ircadb-01',
    hosts: { nextcloud: { JN3z7EynBiwYyjy: { ...ircadb(1), ...ircadb(20) } } },
  },
];
