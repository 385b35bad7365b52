import { existsSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { allowPrivateFlag, lockFileFlag, MeddsCommand, offlineFlag } from '../command-base.js';
import { diffDatasets } from '../index.js';
import { exitCodeOf, showComparisons } from '../ui/comparison.js';
import { note } from '../ui/output.js';
import { underWay } from '../ui/under-way.js';

export default class Diff extends MeddsCommand {
  static override summary = 'Show how the lock file, what is here, and what the sources offer now differ';
  static override description = `Without a lock file, what is here is held against its source. No data is asked for.
Exit code 6 when something differs, 9 when something locked is not here, 5 when a source could not be asked.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> luna16 --no-upstream',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'datasets; without, all that are locked' }) };
  static override flags = {
    upstream: Flags.boolean({ description: 'ask the sources what they offer', allowNo: true, default: true }),
    'lock-file': lockFileFlag,
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { argv, flags, metadata } = await this.parse(Diff);
    const settings = this.settings(flags);
    const ids = argv.length === 0 ? undefined : (argv as string[]);
    const named = flags['lock-file'];
    const isLocked = existsSync(named) || metadata.flags['lock-file']?.setFromDefault !== true;
    if (!isLocked && !flags.quiet) note(`There is no ${named}: what is here is held against its sources.`);
    const upstream = flags.upstream && !settings.offline.value;
    const options = { settings, upstream, onWarning: this.warnings(flags), ...(isLocked ? { file: named } : {}) };
    const found = await underWay(ids?.[0] ?? '', settings, { quiet: true }, ({ signal }) =>
      diffDatasets(ids, { ...options, signal }),
    );
    showComparisons(found, flags);
    process.exitCode = exitCodeOf(found);
  }
}
