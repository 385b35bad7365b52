// @ts-check
/**
 * Loaded into a medds process before its program (`node --import`): kills it, as kill -9 does, at an exact moment that MEDDS_TEST_KILL
 * names. From outside, the moment would be over before the signal comes.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * @typedef {object} Moment
 * @property {string} line       a regular expression; the moment is when a line of stderr that fits it has been written
 * @property {number} [times]    the line's count; default 1
 * @property {number} [changes]  that many changes to the disk later, before the last of them is made; default 0
 */

/** @type {Moment | undefined} */
const moment = process.env.MEDDS_TEST_KILL && isMainThread ? JSON.parse(process.env.MEDDS_TEST_KILL) : undefined;

if (moment !== undefined) {
  const pattern = new RegExp(moment.line);
  let times = moment.times ?? 1;
  let changes = moment.changes ?? 0;
  const die = () => process.kill(process.pid, 'SIGKILL');

  const write = process.stderr.write;
  process.stderr.write = function (/** @type {any[]} */ ...args) {
    const written = write.apply(this, /** @type {any} */ (args));
    for (const line of String(args[0]).split('\n')) {
      if (times > 0 && pattern.test(line)) times -= 1;
    }
    if (times === 0 && changes === 0) die();
    return written;
  };

  for (const [functions, names] of /** @type {const} */ ([
    [fs, ['renameSync', 'mkdirSync', 'rmSync', 'unlinkSync', 'linkSync', 'writeFileSync']],
    [fs.promises, ['rename', 'mkdir', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'writeFile']],
  ])) {
    const table = /** @type {Record<string, (...args: unknown[]) => unknown>} */ (/** @type {unknown} */ (functions));
    for (const name of names) {
      const original = /** @type {(...args: unknown[]) => unknown} */ (table[name]);
      table[name] = (...args) => {
        if (times === 0 && changes > 0) {
          changes -= 1;
          if (changes === 0) die();
        }
        return original(...args);
      };
    }
  }
  syncBuiltinESMExports();
}
