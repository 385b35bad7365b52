/**
 * Tests that try every moment, or very many, try some of them in the suite: another choice in every run, by a seed that is told when
 * one fails. `npm run test:soak` tries them all.
 */
import { seededRandom } from './seeded-random.js';

export const SOAK = process.env.MEDDS_SOAK !== undefined;

/** To repeat a choice, set MEDDS_SEED. */
export const SEED = process.env.MEDDS_SEED ?? String(Date.now());

/** Counts from 1 on without an end, by ones; in the suite from a random place within the first `step`, by `step`. */
export function* moments(step: number): Generator<number> {
  const stride = SOAK ? 1 : step;
  for (let n = seededRandom(SEED).integer(1, stride); ; n += stride) yield n;
}

/** How often to try. */
export const rounds = (inSuite: number, inSoak: number): number => (SOAK ? inSoak : inSuite);

/** For the message of what fails. */
export const withSeed = (n: number): string => `moment ${n}; to repeat: MEDDS_SEED=${SEED}`;
