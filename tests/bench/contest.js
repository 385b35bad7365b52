// @ts-check
/** Several programs do the same work, in turns, so that whatever else the machine does meets all of them; medians are compared. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './peers.js';

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} command     for bash, run in a new and empty folder
 * @property {string[]} [needs]   programs without which it does not take part
 * @property {Record<string, string>} [env]
 *
 * @typedef {object} Contest
 * @property {string} title
 * @property {string} work          what is done, a sentence
 * @property {Contestant} medds
 * @property {Contestant[]} peers
 * @property {Record<string, number>} [targets]  most that medds may take of a peer's time, by its name; of the fastest: `best`
 * @property {(folder: string) => Promise<void>} verify  throws when the work was not done right
 * @property {number} [runs]        at least so many
 * @property {boolean} [once]       it takes so long that one run must do
 * @property {number} [mostMemory]  bytes that medds may take
 * @property {{ names: string[], most: number }} [slower]  most that medds may take of the slower of these peers' times
 * @property {string} [cause]  why a target is missed, as profiles show it; told where it is
 *
 * @typedef {object} Entry
 * @property {string} name
 * @property {number} seconds       median of the wall times
 * @property {number} fastest
 * @property {number} slowest
 * @property {number} cpu           seconds of all its processes, user and system, median
 * @property {number | undefined} wire  bytes that crossed the loopback, headers included, median; Linux only
 * @property {number} [peakMemory]  bytes; known of medds only
 *
 * @typedef {object} Result
 * @property {string} title
 * @property {string} work
 * @property {number} runs
 * @property {Entry} medds
 * @property {Entry[]} peers        the fastest first
 * @property {string[]} absent      peers that are not installed here
 * @property {Record<string, number>} [targets]
 * @property {number} [mostMemory]
 * @property {Contest['slower']} [slower]
 * @property {string} [cause]
 */

/** @typedef {{ seconds: number, cpu: number, wire: number | undefined }} Taken */

const REPORTER = new URL('./peak-memory.js', import.meta.url).href;

/**
 * @param {Contest} contest
 * @param {{ folder: string, runs: number }} options  folder: for the work, removed after each run
 * @returns {Promise<Result>}
 */
export async function hold(contest, { folder, runs: wanted }) {
  const { title, work, targets, slower, mostMemory, cause, medds } = contest;
  const peers = contest.peers.filter(isHere);
  const runs = contest.once === true ? 1 : Math.max(wanted, contest.runs ?? 0);
  const contestants = [medds, ...peers];
  const times = new Map(contestants.map((contestant) => [contestant, /** @type {Taken[]} */ ([])]));
  const place = path.join(folder, 'work');
  const memory = path.join(folder, 'peak-memory');
  // The first run warms up, is looked at, and does not count.
  for (let run = 0; run <= (contest.once === true ? 0 : runs); run++) {
    for (const contestant of contestants) {
      mkdirSync(place, { recursive: true });
      // What the one before left to be written must not be waited for by this one.
      spawnSync('sync');
      const isTrial = run === 0;
      const env = isTrial && contestant === medds ? { NODE_OPTIONS: `--import=${REPORTER}`, PEAK_MEMORY: memory } : {};
      const taken = await time(contestant, env, place);
      if (isTrial) await contest.verify(place);
      if (!isTrial || contest.once === true) times.get(contestant)?.push(taken);
      rmSync(place, { recursive: true });
    }
  }
  const entry = (/** @type {Contestant} */ contestant) => summary(contestant.name, times.get(contestant) ?? []);
  return {
    title,
    work,
    runs,
    ...(targets === undefined ? {} : { targets }),
    ...(slower === undefined ? {} : { slower }),
    ...(mostMemory === undefined ? {} : { mostMemory }),
    ...(cause === undefined ? {} : { cause }),
    medds: { ...entry(medds), peakMemory: Number(readFileSync(memory, 'utf8')) },
    peers: peers.map(entry).sort((a, b) => a.seconds - b.seconds),
    absent: contest.peers.filter((peer) => !isHere(peer)).map(({ name }) => name),
  };
}

/** @param {Contestant} contestant */
const isHere = ({ needs = [] }) => needs.every(isInstalled);

/**
 * @param {Contestant} contestant
 * @param {Record<string, string>} more  of the environment
 * @param {string} cwd
 * @returns {Promise<Taken>}
 */
function time({ name, command, env }, more, cwd) {
  return new Promise((resolve, reject) => {
    const before = crossed();
    const start = performance.now();
    const timed = `TIMEFORMAT='%U %S'; time { ${command}; }`;
    const child = spawn('bash', ['-c', `set -euo pipefail; ${timed}`], {
      cwd,
      env: { ...process.env, ...env, ...more },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaint += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (performance.now() - start) / 1000;
      const after = crossed();
      const [user = 0, system = 0] = (complaint.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
      const wire = before === undefined || after === undefined ? undefined : after - before;
      if (code === 0) resolve({ seconds, cpu: user + system, wire });
      else reject(new Error(`${name} ended with ${code}:\n${complaint.slice(-2000)}`));
    });
  });
}

/** Bytes that the loopback device has seen; undefined where there is no such thing. */
function crossed() {
  try {
    const received = /^\s*lo:\s*(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1];
    return received === undefined ? undefined : Number(received);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {Taken[]} times
 * @returns {Entry}
 */
function summary(name, times) {
  const seconds = times.map((taken) => taken.seconds);
  const wires = times.flatMap(({ wire }) => wire ?? []);
  return {
    name,
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    cpu: median(times.map(({ cpu }) => cpu)),
    wire: wires.length === 0 ? undefined : median(wires),
  };
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (/** @type {number} */ index) => /** @type {number} */ (sorted[index]);
  const middle = (sorted.length - 1) / 2;
  return (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
}

/** A path as bash takes it. @param {string} text */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export const program = quoted(fileURLToPath(new URL('../../bin/run.js', import.meta.url)));
export const node = quoted(process.execPath);
