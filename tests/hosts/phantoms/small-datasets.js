// @ts-check
/** Other datasets of the registry in small, made of phantoms: their file names, archives and formats. */
import { gzipSync } from 'node:zlib';
import { bzip2, packed, plain, tar, zip } from './archives.js';
import { ctPhantom } from './ct.js';
import { fundus } from './fundus.js';
import { metaImage } from './metaimage.js';
import { nifti } from './nifti.js';

/**
 * @typedef {import('./archives.js').Member} Member
 * @typedef {import('./archives.js').PhantomFile} PhantomFile
 * @typedef {import('./ct.js').Vector} Vector
 */

const SIZE = /** @type {Vector} */ ([24, 24, 12]);

/**
 * PROMISE12, Zenodo 8026660: flat zips of MetaImage, with the segmentation beside the scan.
 * @param {{ cases?: number, size?: Vector }} [options]
 * @returns {PhantomFile[]}
 */
export function promise12({ cases = 2, size = SIZE } = {}) {
  /** @type {Member[]} */
  const training = [];
  /** @type {Member[]} */
  const test = [];
  for (let number = 0; number < cases; number += 1) {
    const stem = `Case${String(number).padStart(2, '0')}`;
    const [train, held] = [ctPhantom({ size, seed: `train ${stem}` }), ctPhantom({ size, seed: `test ${stem}` })];
    training.push(...metaImage(stem, train, train.voxels), ...metaImage(`${stem}_segmentation`, train, train.lungs));
    test.push(...metaImage(stem, held, held.voxels));
  }
  const licence = plain('LICENSE.TXT', 'Phantoms: made by a program, free for all.\n');
  return [packed('training_data.zip', training), packed('test_data.zip', test), licence];
}

/**
 * VESSEL12, Zenodo 8055066: bzip2-packed tars, where scans and lung masks bear the same names in different archives.
 * @param {{ size?: Vector }} [options]
 * @returns {PhantomFile[] | undefined}  undefined when there is no bzip2 program here
 */
export function vessel12({ size = SIZE } = {}) {
  if (bzip2(Buffer.alloc(0)) === undefined) return undefined;
  const archives = new Map([['VESSEL12_01-20_Lungmasks', /** @type {Member[]} */ ([])]]);
  for (let number = 1; number <= 20; number += 1) {
    const stem = `VESSEL12_${String(number).padStart(2, '0')}`;
    const first = number - ((number - 1) % 5);
    const group = `VESSEL12_${[first, first + 4].map((end) => String(end).padStart(2, '0')).join('-')}`;
    const phantom = ctPhantom({ size, seed: stem });
    archives.set(group, [...(archives.get(group) ?? []), ...metaImage(stem, phantom, phantom.voxels)]);
    archives.get('VESSEL12_01-20_Lungmasks')?.push(...metaImage(stem, phantom, phantom.lungs));
  }
  return [...archives].map(([name, members]) =>
    packed(`${name}.tar.bz2`, members, (all) => /** @type {Buffer} */ (bzip2(tar(all)))),
  );
}

/**
 * DRIVE: training.zip and test.zip, the test set without vessels. The real images are TIFF and GIF, these are PNG.
 * @param {{ images?: number, width?: number, height?: number }} [options]
 * @returns {PhantomFile[]}
 */
export function drive({ images = 2, width = 96, height = 100 } = {}) {
  /** @type {Member[]} */
  const training = [];
  /** @type {Member[]} */
  const test = [];
  for (let index = 1; index <= images; index += 1) {
    const [held, train] = [String(index).padStart(2, '0'), String(index + 20)];
    const [seen, unseen] = [fundus({ width, height, seed: train }), fundus({ width, height, seed: held })];
    training.push(
      { path: `training/images/${train}_training.png`, data: seen.image },
      { path: `training/1st_manual/${train}_manual1.png`, data: seen.vessels },
      { path: `training/mask/${train}_training_mask.png`, data: seen.field },
    );
    test.push(
      { path: `test/images/${held}_test.png`, data: unseen.image },
      { path: `test/mask/${held}_test_mask.png`, data: unseen.field },
    );
  }
  return [packed('training.zip', training), packed('test.zip', test)];
}

/**
 * KiTS19: a tree of single files, NIfTI packed with gzip, which are to stay packed.
 * @param {{ cases?: number, size?: Vector }} [options]
 * @returns {PhantomFile[]}
 */
export function kits19({ cases = 2, size = SIZE } = {}) {
  return Array.from({ length: cases }, (_, number) => {
    const folder = `case_${String(number).padStart(5, '0')}`;
    const phantom = ctPhantom({ size, seed: folder });
    return [
      plain(`${folder}/imaging.nii.gz`, gzipSync(nifti(phantom, phantom.voxels))),
      plain(`${folder}/segmentation.nii.gz`, gzipSync(nifti(phantom, phantom.lungs))),
    ];
  }).flat();
}

/**
 * LiTS: NIfTI without gzip, in batches.
 * @param {{ cases?: number, size?: Vector }} [options]
 * @returns {PhantomFile[]}
 */
export function lits({ cases = 2, size = SIZE } = {}) {
  return [1, 2].map((batch) => {
    const members = Array.from({ length: cases }, (_, index) => {
      const number = (batch - 1) * cases + index;
      const phantom = ctPhantom({ size, seed: `lits ${number}` });
      return [
        { path: `volume-${number}.nii`, data: nifti(phantom, phantom.voxels) },
        { path: `segmentation-${number}.nii`, data: nifti(phantom, phantom.lungs) },
      ];
    }).flat();
    return packed(`Training_Batch${batch}.zip`, members, zip);
  });
}
