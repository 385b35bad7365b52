import { Args, Flags } from '@oclif/core';
import { MeddsCommand, noWaitFlag, offlineFlag } from '../command-base.js';
import { findDataset, importDataset, knownOverlaps } from '../index.js';
import { showFetchResult } from '../ui/fetch-result.js';
import { progressFlag, underWay } from '../ui/under-way.js';

export default class Import extends MeddsCommand {
  static override summary = 'Take files that you downloaded by hand, and finish the dataset as fetch would';
  static override description =
    `Files are recognised by their content where a checksum is known, by name and size otherwise; folders are searched.
They are only read: nothing is moved away from where it is. What is taken stays taken, so the files may come one by one.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> drive ~/Downloads/training.zip ~/Downloads/test.zip',
    '<%= config.bin %> <%= command.id %> retouch ~/Downloads/retouch',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({ name: 'ID', required: true, description: 'id or alias of a dataset' }),
    files: Args.string({ name: 'FILES', required: true, description: 'files or folders' }),
  };
  static override flags = {
    source: Flags.string({ helpValue: 'NAME', description: 'take them for the files of this source' }),
    unpack: Flags.boolean({ description: 'unpack archives', allowNo: true, default: true }),
    force: Flags.boolean({ char: 'f', description: 'replace the dataset although it is complete' }),
    'no-wait': noWaitFlag,
    progress: progressFlag,
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Import);
    const settings = this.settings(flags);
    const dataset = await findDataset(args.id, { settings, onWarning: this.warnings(flags) });
    const files = (argv as string[]).slice(1);
    const result = await underWay(dataset.id, settings, flags, (context) =>
      importDataset(dataset, files, {
        ...context,
        settings,
        unpack: flags.unpack,
        force: flags.force,
        wait: !flags['no-wait'],
        ...(flags.source === undefined ? {} : { source: flags.source }),
      }),
    );
    await showFetchResult(dataset, result, flags, await knownOverlaps(dataset, { settings }));
  }
}
