import { Args, Flags } from '@oclif/core';
import { lockFileFlag, MeddsCommand, offlineFlag } from '../command-base.js';
import { lockDatasets, lockOf } from '../index.js';
import { describeLocked } from '../lockfile/describe.js';
import { showDescription, showLocked } from '../ui/lock-result.js';

export default class Lock extends MeddsCommand {
  static override summary = 'Write down exactly what data is here, for others to fetch the same';
  static override description =
    `Writes medds.lock: of each dataset the source and version, DOI, licence and terms, every remote file with its checksums,
what was chosen, and a digest of the tree. With IDS, what else the file locks stays. medds fetch --locked gets just that again.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> luna16 promise12',
    '<%= config.bin %> <%= command.id %> luna16 --describe >> methods.txt',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'datasets; without, all that is here' }) };
  static override flags = {
    describe: Flags.boolean({ description: 'print a paragraph for the methods section of a paper, and write nothing' }),
    'lock-file': lockFileFlag,
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Lock);
    const ids = argv.length === 0 ? undefined : (argv as string[]);
    const options = { settings: this.settings(flags), onWarning: this.warnings(flags) };
    if (flags.describe) {
      const { datasets } = await lockOf(ids, options);
      showDescription(Object.keys(datasets), describeLocked(datasets), flags);
    } else showLocked(await lockDatasets(ids, { ...options, file: flags['lock-file'] }), flags);
  }
}
