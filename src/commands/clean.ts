import { Args, Flags } from '@oclif/core';
import { MeddsCommand } from '../command-base.js';
import { cleanLibrary } from '../index.js';
import { printable } from '../printable.js';
import { confirm } from '../ui/confirm.js';
import { formatBytes } from '../ui/format.js';
import { note, print, printJson } from '../ui/output.js';

export default class Clean extends MeddsCommand {
  static override summary = 'Delete kept archives and what crashes left behind; datasets are never touched';
  static override description = `Without --unfinished, the parts that the next fetch would continue are kept.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> luna16 --unfinished --yes',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'only of these datasets' }) };
  static override flags = {
    unfinished: Flags.boolean({ description: 'also parts of fetches that are not finished' }),
    'dry-run': Flags.boolean({ char: 'n', description: 'only say what would be deleted' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Clean);
    const settings = this.settings(flags);
    const ids = argv as string[];
    const options = { settings, unfinished: flags.unfinished, ...(ids.length === 0 ? {} : { ids }) };
    const { planned: items } = await cleanLibrary({ ...options, dryRun: true });
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    if (!flags.json) {
      for (const item of items)
        print(`${formatBytes(item.bytes).padStart(9)}  ${item.kind.padEnd(10)}  ${printable(item.path)}`);
    }
    if (items.length === 0 || flags['dry-run']) {
      if (flags.json) printJson({ version: 1, removed: [], planned: items, bytes });
      else if (!flags.quiet)
        note(items.length === 0 ? 'There is nothing to clean.' : `${formatBytes(bytes)} could be freed.`);
      return;
    }
    await confirm(`Delete these, ${formatBytes(bytes)}?`, flags.yes);
    const result = await cleanLibrary(options);
    if (flags.json) printJson({ version: 1, removed: result.removed, planned: items, bytes: result.bytes });
    else if (!flags.quiet) note(`${formatBytes(result.bytes)} freed.`);
  }
}
