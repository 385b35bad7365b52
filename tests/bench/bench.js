#!/usr/bin/env node
// @ts-check
/** `npm run bench`: medds against the tools that people use, on the same work in the same run. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { fetchTarGz, fetchZip, part, slowTarGz, slowZip, unpackTarGz, unpackZip } from './cases/archives.js';
import { bigStatus, findPath, list, status } from './cases/commands.js';
import { largeFile, limitedHost, manySmallFiles, mirrors } from './cases/files.js';
import { hugeFile, manyFilesPlanned } from './cases/memory.js';
import { hold } from './contest.js';
import { asPage, asText } from './report.js';
import { Stage } from './stage.js';

/** @type {Record<string, (stage: Stage) => Promise<import('./contest.js').Contest>>} */
const CASES = {
  large: largeFile,
  limited: limitedHost,
  small: manySmallFiles,
  'unpack-zip': unpackZip,
  'unpack-tar': unpackTarGz,
  'fetch-zip': fetchZip,
  'fetch-tar': fetchTarGz,
  'limited-zip': slowZip,
  'limited-tar': slowTarGz,
  part,
  mirrors,
  list,
  path: findPath,
  status,
  'big-status': bigStatus,
  million: manyFilesPlanned,
  huge: hugeFile,
};

const USAGE = `npm run bench -- [CASE...] [OPTIONS]

Cases: ${Object.keys(CASES).join(', ')}; all of them when none is named.

  --runs N        of every contestant (5)
  --size MB       of the large file, and of what archives hold (1500)
  --files N       small ones (5000)
  --folder PATH   disk to work on (${tmpdir()}); about five times the size is needed
  --write FILE    the results as a Markdown page
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    size: { type: 'string', default: '1500' },
    files: { type: 'string', default: '5000' },
    folder: { type: 'string', default: tmpdir() },
    write: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const names = positionals.length === 0 ? Object.keys(CASES) : positionals;
const [runs, size, files] = [Number(values.runs), Number(values.size), Number(values.files)];
const isWrong = names.some((name) => CASES[name] === undefined) || !(runs > 0 && size > 0 && files > 0);
if (values.help || isWrong) {
  process[values.help ? 'stdout' : 'stderr'].write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const stage = new Stage(values.folder, { size, files });
try {
  const results = [];
  for (const name of names) {
    const contest = await CASES[name]?.(stage);
    if (contest === undefined) continue;
    const result = await hold(contest, { folder: stage.arena, runs });
    console.log(asText(result));
    results.push(result);
  }
  if (values.write !== undefined) writeFileSync(values.write, asPage(results));
} finally {
  await stage.close();
}
