// @ts-check
/**
 * LUNA16 made of phantoms: the files, names, formats and split into two Zenodo records of the real one
 * (https://zenodo.org/records/3723295 and https://zenodo.org/records/4121926), at any size.
 */
import { seededRandom } from '../../support/seeded-random.js';
import { packed, plain, zip } from './archives.js';
import { ctPhantom } from './ct.js';
import { metaImage } from './metaimage.js';

/**
 * @typedef {import('./archives.js').Member} Member
 * @typedef {import('./archives.js').PhantomFile} PhantomFile
 * @typedef {import('./ct.js').Phantom} Phantom
 */

const FIRST = '3723295';
const SECOND = '4121926';

/**
 * File after file, so that a large set need not be in memory at once. The subsets come first.
 * @param {{ casesPerSubset?: number, size?: import('./ct.js').Vector, seed?: string | number }} [options]
 *   size: voxels of a volume; the default makes about 200 KB in all, 360 KB unpacked
 * @returns {Generator<PhantomFile & { record: string }>}
 */
export function* luna16({ casesPerSubset = 1, size = [32, 32, 16], seed = 'luna16' } = {}) {
  const random = seededRandom(seed);
  /** @type {Member[]} */
  const masks = [];
  const annotations = ['seriesuid,coordX,coordY,coordZ,diameter_mm'];
  const candidates = ['seriesuid,coordX,coordY,coordZ,class'];
  const submission = ['seriesuid,coordX,coordY,coordZ,probability'];
  /** @type {string[]} */
  const series = [];
  for (let subset = 0; subset < 10; subset += 1) {
    /** @type {Member[]} */
    const members = [];
    for (let number = 0; number < casesPerSubset; number += 1) {
      const uid = seriesUid(random);
      const phantom = ctPhantom({ size, seed: uid, nodules: random.integer(1, 4) });
      series.push(uid);
      members.push(...metaImage(`subset${subset}/${uid}`, phantom, phantom.voxels));
      masks.push(...metaImage(`seg-lungs-LUNA16/${uid}`, phantom, phantom.lungs, { compressed: true }));
      for (const { centre, diameter } of phantom.nodules) {
        annotations.push([uid, ...centre, diameter].join(','));
        candidates.push([uid, ...centre, 1].join(','), [uid, ...centre.map((mm) => mm + 40), 0].join(','));
        submission.push([uid, ...centre, random.next().toFixed(6)].join(','));
      }
    }
    // Noise hardly compresses: the fastest level serves.
    const archive = packed(`subset${subset}.zip`, members, (all) => zip(all, { level: 1 }));
    yield { record: subset < 7 ? FIRST : SECOND, ...archive };
  }
  const script = 'evaluationScript';
  const files = [
    plain('annotations.csv', csv(annotations)),
    plain('candidates.csv', csv(candidates)),
    packed('candidates_V2.zip', [{ path: 'candidates_V2.csv', data: csv(candidates) }]),
    packed('evaluationScript.zip', [
      { path: `${script}/annotations/annotations.csv`, data: csv(annotations) },
      { path: `${script}/annotations/seriesuids.csv`, data: csv(series) },
      { path: `${script}/sampleSubmission/sampleSubmission.csv`, data: csv(submission) },
    ]),
    plain('sampleSubmission.csv', csv(submission)),
    packed('seg-lungs-LUNA16.zip', masks),
  ];
  for (const file of files) yield { record: FIRST, ...file };
}

/**
 * A UID under 2.25, the root that is free for all: no phantom is taken for a patient.
 * @param {import('../../support/seeded-random.js').SeededRandom} random
 */
function seriesUid(random) {
  return `2.25.${Array.from({ length: 38 }, () => random.integer(1, 9)).join('')}`;
}

/** @param {string[]} lines */
function csv(lines) {
  return Buffer.from(`${lines.join('\n')}\n`);
}
