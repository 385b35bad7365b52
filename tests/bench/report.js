// @ts-check
/** Results for people: lines on a terminal, and the page that is kept. */
import { cpus, release, totalmem, type } from 'node:os';
import { installed } from './peers.js';

/** @typedef {import('./contest.js').Result} Result @typedef {import('./contest.js').Entry} Entry */

const seconds = (/** @type {number} */ value) =>
  value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
const megabytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1_000_000)} MB`;

/** @param {Result} result @returns {string[][]} name, median, range, of the best peer's, CPU, bytes on the wire */
function rows(result) {
  const best = result.peers[0]?.seconds;
  return [result.medds, ...result.peers].map((entry) => [
    entry.name,
    seconds(entry.seconds),
    `${seconds(entry.fastest)} to ${seconds(entry.slowest)}`,
    best === undefined ? '' : (entry.seconds / best).toFixed(2),
    seconds(entry.cpu),
    entry.wire === undefined || entry.wire < 100_000 ? '' : megabytes(entry.wire),
  ]);
}

/** What was to be reached, and was or was not. @param {Result} result @returns {string[]} */
function verdicts({ medds, peers, targets = {}, slower, mostMemory }) {
  const met = (/** @type {number} */ reached, /** @type {number} */ target) =>
    `(target ${target}: ${reached <= target ? 'met' : 'missed'})`;
  const found = Object.entries(targets).flatMap(([name, target]) => {
    const peer = name === 'best' ? peers[0] : peers.find((one) => one.name === name);
    if (peer === undefined) return [];
    const reached = medds.seconds / peer.seconds;
    return [`${reached.toFixed(2)} of ${peer.name} ${met(reached, target)}`];
  });
  const times = peers.filter(({ name }) => slower?.names.includes(name)).map((peer) => peer.seconds);
  if (slower !== undefined && times.length === slower.names.length) {
    const reached = medds.seconds / Math.max(...times);
    found.push(`${reached.toFixed(2)} of the slower of ${slower.names.join(' and ')} ${met(reached, slower.most)}`);
  }
  if (mostMemory !== undefined) {
    const reached = Math.round((medds.peakMemory ?? 0) / 1_000_000);
    found.push(`peak memory ${reached} MB ${met(reached, mostMemory / 1_000_000)}`);
  }
  return found;
}

/** @param {Result} result */
const verdict = (result) => (verdicts(result).length === 0 ? '' : `${verdicts(result).join('; ')}.`);

/** @param {Result} result */
export function asText(result) {
  const { title, work, runs, absent, medds } = result;
  const lines = rows(result).map(
    ([name = '', median = '', range = '', part = '', cpu = '', wire = '']) =>
      `  ${name.padEnd(38)}${median.padStart(9)}${range.padStart(24)}${part.padStart(7)}${cpu.padStart(10)} CPU${wire.padStart(9)}`,
  );
  const memory = medds.peakMemory === undefined ? '' : `  medds' peak memory ${megabytes(medds.peakMemory)}`;
  const missing = absent.length === 0 ? '' : `\n  not installed: ${absent.join(', ')}`;
  return `${title}: ${work} (${runs} runs)\n${lines.join('\n')}\n${memory}  ${verdict(result)}${missing}\n`;
}

/** @param {Result[]} results */
export function asPage(results) {
  const [cpu] = cpus();
  const sections = results.map((result) => {
    const { title, work, runs, absent, medds } = result;
    const table = rows(result).map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    const memory = `medds' peak memory: ${megabytes(medds.peakMemory ?? 0)}.`;
    const missing = absent.length === 0 ? [] : ['', `Not installed: ${absent.join(', ')}.`];
    return [
      `## ${title}`,
      '',
      `${work}; ${runs} runs. ${memory} ${verdict(result)}`.trim(),
      '',
      '| | median | range | of the best peer | CPU | on the wire |',
      '|---|---:|---:|---:|---:|---:|',
      ...table,
      ...missing,
      ...(result.cause === undefined || !verdict(result).includes('missed') ? [] : ['', `Why: ${result.cause}`]),
    ].join('\n');
  });
  return `# Benchmarks

Wall times of whole processes on one machine, medds and the usual tools in turns, run after run; the median of each, and its ratio
to the fastest of the tools; the CPU time of all processes; the bytes that crossed the loopback. Every contestant's first result is checked to be the same bytes. Before each run the disk is
synchronised. medds does more than the others in these times: it keeps a journal, computes a SHA-256 of every file, and flushes
to the disk before it calls anything done.

To repeat: \`npm run bench\`; \`npm run bench -- --help\` tells how to choose cases and sizes, and to write this page.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${type()} ${release()}, Node ${process.versions.node}.

${installed()
  .map((line) => `- ${line}`)
  .join('\n')}

## Targets

${results.flatMap((result) => verdicts(result).map((text) => `- ${result.title}: ${text}`)).join('\n')}

${sections.join('\n\n')}
`;
}
