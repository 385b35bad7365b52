import { Args } from '@oclif/core';
import { MeddsCommand } from '../command-base.js';
import { EXIT } from '../errors.js';
import { datasetStatus, libraryStatus } from '../index.js';
import { showLibrary, showStatus } from '../ui/status-list.js';

export default class Status extends MeddsCommand {
  static override summary = 'Show what the library holds: complete, partial or failed, how large, from where';
  static override description = 'With an ID, the exit code is 9 unless that dataset is complete.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> luna16 --json',
  ];
  static override args = { id: Args.string({ name: 'ID', description: 'id or alias of one dataset' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const settings = this.settings(flags);
    if (args.id === undefined) {
      await showLibrary(settings.home.value, await libraryStatus({ settings }), flags);
      return;
    }
    const status = await datasetStatus(args.id, { settings });
    showStatus(status, flags);
    if (status.path === undefined) process.exitCode = EXIT.incomplete;
  }
}
