// @ts-check
/** A process that takes the lock of a dataset, says so, and holds it until it is killed or told to go (a line on stdin). */
import { once } from 'node:events';
import { layoutOf } from '../../dist/library/layout.js';
import { acquireLock } from '../../dist/library/lock.js';

const [home = '', id = ''] = process.argv.slice(2);
const lock = await acquireLock(layoutOf(home), id, {
  command: 'fetch',
  wait: true,
  onWait: () => process.stdout.write('waiting\n'),
  pace: { beat: 100, look: 20, silence: 60_000, brief: 60_000 },
});
process.stdout.write('held\n');
await once(process.stdin, 'data');
await lock.release();
process.stdout.write('released\n');
process.stdin.destroy();
