// @ts-check
/**
 * Shows medds at work, without the internet: a LUNA16 made of phantoms is fetched from a stand-in for Zenodo, interrupted half-way,
 * resumed, verified and removed; then others from Kaggle, Hugging Face, TCIA, and by hand. Run it with `npm run demo`. Every step is checked; the exit code is 1 when one goes wrong.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { styleText } from 'node:util';
import { startMedds } from '../support/run-medds.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { setStage, sorted } from './stage.js';

const started = performance.now();
const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
/** @param {string} text */
const say = (text) => console.log(coloured ? styleText('gray', `# ${text}`) : `# ${text}`);
/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

// The temporary folders go when the process exits, which a signal alone would not let it do.
process.once('SIGINT', () => process.exit(130));

say('Making phantoms: CT scans with lungs and nodules, noise and all.');
const stage = await setStage({ casesPerSubset: 3, size: [256, 256, 128], bytesPerSecond: 24e6 });
const { zenodo, dataset, size } = stage;
say(
  `A stand-in for Zenodo serves LUNA16 in small at ${zenodo.origin}: ${megabytes(size)} in 16 files, at 24 MB a second.`,
);

try {
  await step(['list', 'lung'], 0);

  say('Now the download, interrupted with Ctrl-C when half of it is through.');
  await step(['fetch', 'luna16'], 130, async (running) => {
    await Promise.race([zenodo.reached(undefined, size / 2), running.result]);
    running.kill('SIGINT');
  });
  const before = zenodo.bytesSent();
  assert(before < size, 'the download was over before it was interrupted');
  assert(!existsSync(dataset), 'half a dataset stands where only a complete one may');
  say(
    `The host has sent ${megabytes(before)} of ${megabytes(size)}. Nothing is in the library yet, and nothing is lost.`,
  );
  await step(['status'], 0);

  say('The same command again goes on where it was.');
  await step(['fetch', 'luna16'], 0);
  const sent = zenodo.bytesSent();
  const twice = sent - size;
  // Only what was on its way in the moment of the interruption may come twice, and the answers of the API.
  assert(twice < size * 0.05, `${megabytes(twice)} were sent twice`);
  say(
    `The host has sent ${megabytes(sent)} in all: ${((sent / size) * 100).toFixed(1)} % of the dataset's ${megabytes(size)}.`,
  );

  const printed = await step(['path', 'luna16'], 0, undefined, 'capture');
  assert.equal(printed.trim(), dataset);
  const tree = await treeOf(dataset);
  assert.deepEqual(tree, stage.tree, 'the tree is not the one that was packed');
  const names = Object.keys(tree);
  say(`It holds ${names.length} files, each with the contents that went into the archives; some of them:`);
  for (const name of [0, 0.3, 0.6, 1].map((part) => names[Math.round(part * (names.length - 1))]))
    console.log(`  ${name}`);

  await step(['verify', 'luna16'], 0);
  await step(['remove', 'luna16', '--yes'], 0);
  assert(!existsSync(dataset), 'the dataset is still there');

  for (const { id, introduction, steps, tree: expectedTree } of stage.ways) {
    say(introduction);
    for (const { args, expected } of steps) await step(args, expected);
    const landed = await treeOf(path.join(stage.home, 'datasets', id));
    assert.deepEqual(landed, sorted(expectedTree), `${id} is not what was packed`);
    say(`${Object.keys(landed).length} files are there, as they were packed.`);
  }
  await step(['status'], 0);

  await closeHosts();
  say(`Done in ${((performance.now() - started) / 1000).toFixed(0)} s; the temporary folder is removed.`);
} catch (error) {
  console.error(`\nThe demo went wrong: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
  await closeHosts().catch((misuse) => console.error(misuse.message));
} finally {
  removeTempDirs();
}

/** A host that was asked for what the real one refuses says so when it is closed. */
async function closeHosts() {
  await Promise.all([zenodo.close(), ...stage.ways.map((way) => way.close())]);
}

/**
 * Runs one command in plain sight.
 * @param {string[]} args
 * @param {number} expected  exit code
 * @param {(running: import('../support/run-medds.js').Running) => Promise<void>} [meanwhile]
 * @param {'show' | 'capture'} [output]  capture: shown afterwards, and given back
 */
async function step(args, expected, meanwhile, output = 'show') {
  const command = `$ medds ${args.join(' ')}`;
  console.log(coloured ? styleText('bold', command) : command);
  const stdout = output === 'show' ? 'inherit' : 'pipe';
  const running = startMedds(args, { home: stage.home, env: stage.env, stdio: ['ignore', stdout, 'inherit'] });
  await meanwhile?.(running);
  const result = await running.result;
  process.stdout.write(`${result.stdout}\n`);
  assert.equal(
    result.code,
    expected,
    `${command.slice(2)} ended with ${result.signal ?? result.code}, not ${expected}`,
  );
  return result.stdout;
}
