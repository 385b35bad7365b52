// @ts-check
/** Runs the built CLI as a process of its own, cut off from the settings and credentials of whoever runs the tests. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/**
 * @typedef {object} RunOptions
 * @property {string} home              MEDDS_HOME
 * @property {Record<string, string | undefined>} [env]  added to the isolated environment; undefined takes one out
 * @property {string} [cwd]
 * @property {string | Buffer} [input]  what stdin holds; nothing when absent
 * @property {AbortSignal} [signal]     kills the process (SIGKILL)
 * @property {import('node:child_process').StdioOptions} [stdio]  default: pipes. `inherit` shows the output and captures nothing
 *
 * @typedef {object} RunResult
 * @property {number | null} code       exit code; null when a signal ended it
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {object} Running
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<RunResult>} result
 * @property {() => string} stdout      what came so far
 * @property {() => string} stderr
 * @property {(pattern: RegExp | string) => Promise<string>} line
 *   the first line of stdout or stderr (a progress bar's redraw counts as one) that fits, also one that came before;
 *   rejects with all output when the process ends without it
 * @property {(signal?: NodeJS.Signals) => boolean} kill  default SIGINT
 */

/**
 * Only what a process needs to run at all is taken over. Home folders point into the test's own, so that no token file is found.
 * @param {RunOptions} options
 * @returns {Record<string, string>}
 */
export function isolatedEnv({ home, env = {} }) {
  const around = path.dirname(home);
  /** @type {Record<string, string | undefined>} */
  const all = {
    PATH: process.env.PATH,
    SystemRoot: process.env.SystemRoot,
    TMPDIR: process.env.TMPDIR,
    TEMP: process.env.TEMP,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    HOME: path.join(around, 'user'),
    USERPROFILE: path.join(around, 'user'),
    MEDDS_HOME: home,
    MEDDS_CONFIG_DIR: path.join(around, 'config'),
    NO_COLOR: '1',
    ...env,
  };
  return /** @type {Record<string, string>} */ (
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  );
}

/**
 * Starts `medds ARGS` and hands back a handle on it.
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Running}
 */
export function startMedds(args, options) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: isolatedEnv(options),
    stdio: options.stdio ?? 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: /** @type {const} */ ('SIGKILL') }),
  });
  const output = { stdout: '', stderr: '' };
  /** @type {Set<() => void>} */
  const watchers = new Set();
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name]?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output[name] += text;
      for (const look of watchers) look();
    });
  }
  // A process that ends before it read its input is no fault of the test.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');

  let ended = false;
  /** @type {Promise<RunResult>} */
  const result = new Promise((resolve, reject) => {
    child.on('error', (error) => {
      if (error.name !== 'AbortError') reject(error);
    });
    child.on('close', (code, signal) => {
      ended = true;
      resolve({ code, signal, ...output });
      for (const look of watchers) look();
    });
  });

  /** @param {RegExp | string} pattern */
  const line = (pattern) =>
    new Promise((/** @type {(line: string) => void} */ resolve, reject) => {
      const look = () => {
        const found = findLine(output.stdout, pattern) ?? findLine(output.stderr, pattern);
        if (found === undefined && !ended) return;
        watchers.delete(look);
        if (found !== undefined) resolve(found);
        else
          reject(
            new Error(`medds ${args.join(' ')} ended without a line like ${pattern}\n${output.stdout}${output.stderr}`),
          );
      };
      watchers.add(look);
      look();
    });

  return {
    child,
    result,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    line,
    kill: (signal = 'SIGINT') => child.kill(signal),
  };
}

/**
 * Runs `medds ARGS` to its end. A failing exit code is a result, not an error.
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<RunResult>}
 */
export function runMedds(args, options) {
  return startMedds(args, options).result;
}

/**
 * @param {string} text
 * @param {RegExp | string} pattern
 */
function findLine(text, pattern) {
  return text
    .split(/[\r\n]+/)
    .find((line) => (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)));
}
