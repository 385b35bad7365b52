/** The result of `medds registry validate`. */
import { printable } from '../printable.js';
import type { Review } from '../registry/review.js';
import { formatMany } from './format.js';
import { print, printJson } from './output.js';

export function showReview(file: string, review: Review, { json }: { json: boolean }): void {
  if (json) {
    printJson({ version: 1, file, ok: review.wrong.length === 0, ...review });
    return;
  }
  for (const [label, problems] of [
    ['wrong', review.wrong],
    ['doubtful', review.doubtful],
  ] as const) {
    for (const { place, reason } of problems) print(printable(`${label.padEnd(8)}  ${place || 'the file'} ${reason}`));
  }
  const found = `${review.wrong.length} wrong, ${review.doubtful.length} doubtful`;
  print(`${printable(file)}: ${formatMany(review.datasets, 'dataset')}, ${found}`);
}
