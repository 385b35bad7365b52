// @ts-check
/**
 * Loaded into a medds process before its program (`node --import`): kills it, as kill -9 does, or lets its disk fail, from an exact
 * moment on that MEDDS_TEST_TROUBLE names. From outside, the moment would be over before a signal comes.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { isMainThread } from 'node:worker_threads';

/**
 * @typedef {object} Moment
 * @property {string} [line]     a regular expression; the moment is when a line of stderr that fits it has been written; default: the start
 * @property {number} [times]    the line's count; default 1
 * @property {number} [changes]  that many changes to the disk later, before the last of them is made; default 0
 * @property {string} [fails]    in place of the kill, every change to the disk fails from that one on, with this code: `ENOSPC`
 * @property {string} [count]    kills nothing: a file for the number of changes that there were
 * @property {string} [received] a file for the bytes that the process has read from sockets when it ends; what a host has sent is
 *   more, by what the system still holds
 */

/** @type {Moment | undefined} */
const moment = process.env.MEDDS_TEST_TROUBLE && isMainThread ? JSON.parse(process.env.MEDDS_TEST_TROUBLE) : undefined;

/** What also a full disk does. */
const ALWAYS = new Set(['rm', 'rmdir', 'unlink', 'rmSync', 'unlinkSync']);

if (moment !== undefined) {
  const { line, count, received, fails } = moment;
  let times = line === undefined ? 0 : (moment.times ?? 1);
  let changes = moment.changes ?? 0;
  let counted = 0;
  const { writeFileSync } = fs;
  /** @type {net.Socket[]} */
  const sockets = [];
  const tell = () => {
    if (received === undefined) return;
    writeFileSync(received, String(sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)));
  };
  const die = () => {
    tell();
    process.kill(process.pid, 'SIGKILL');
  };
  process.on('exit', tell);
  if (count !== undefined) process.on('exit', () => writeFileSync(count, String(counted)));

  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (/** @type {any[]} */ ...args) {
    sockets.push(this);
    return connect.apply(this, /** @type {any} */ (args));
  };

  if (line !== undefined) {
    const pattern = new RegExp(line);
    const write = process.stderr.write;
    process.stderr.write = function (/** @type {any[]} */ ...args) {
      const written = write.apply(this, /** @type {any} */ (args));
      for (const line of String(args[0]).split('\n')) {
        if (times > 0 && pattern.test(line)) times -= 1;
      }
      if (times === 0 && changes === 0) die();
      return written;
    };
  }

  const probe = await fs.promises.open(os.devNull, 'r');
  const handles = Object.getPrototypeOf(probe);
  await probe.close();
  for (const [functions, names] of /** @type {const} */ ([
    [fs, ['renameSync', 'mkdirSync', 'rmSync', 'unlinkSync', 'linkSync', 'writeFileSync', 'writeSync']],
    [fs.promises, ['rename', 'mkdir', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'writeFile']],
    [handles, ['write', 'writev', 'appendFile', 'writeFile', 'truncate', 'sync', 'datasync']],
  ])) {
    const table = /** @type {Record<string, (...args: unknown[]) => unknown>} */ (/** @type {unknown} */ (functions));
    for (const name of names) {
      const original = /** @type {(...args: unknown[]) => unknown} */ (table[name]);
      table[name] = function (...args) {
        if (times === 0) {
          counted += 1;
          if (changes > 0 && --changes === 0 && fails === undefined) die();
          if (changes === 0 && fails !== undefined && !ALWAYS.has(name)) {
            changes = 0;
            const error = Object.assign(new Error(`${fails}: ${name}`), { code: fails, syscall: name });
            if (functions === fs) throw error;
            return Promise.reject(error);
          }
        }
        return original.apply(this, args);
      };
    }
  }
  syncBuiltinESMExports();
}
