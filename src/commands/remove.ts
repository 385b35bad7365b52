import { Args, Flags } from '@oclif/core';
import { MeddsCommand } from '../command-base.js';
import { datasetStatus, type Removed, removeDataset } from '../index.js';
import { confirm } from '../ui/confirm.js';
import { formatBytes, formatMany } from '../ui/format.js';
import { note, printJson } from '../ui/output.js';

export default class Remove extends MeddsCommand {
  static override summary = 'Delete datasets from the library, with everything that was kept of them';
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    '<%= config.bin %> <%= command.id %> anode09 crass12 --yes',
  ];
  static override strict = false;
  static override args = {
    ids: Args.string({ name: 'IDS', required: true, description: 'ids or aliases of datasets' }),
  };
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'do not ask' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Remove);
    const settings = this.settings(flags);
    const removed: Removed[] = [];
    for (const typed of argv as string[]) {
      const { id, files, bytes = 0, parts, archives } = await datasetStatus(typed, { settings });
      const what = files === undefined ? '' : `${formatMany(files, 'file')}, `;
      await confirm(`Delete ${id} (${what}${formatBytes(bytes + parts + archives)})?`, flags.yes);
      const gone = await removeDataset(id, { settings });
      removed.push(gone);
      if (!flags.quiet && !flags.json) note(`Deleted ${id}, ${formatBytes(gone.bytes)}`);
    }
    if (flags.json) printJson({ version: 1, removed });
  }
}
