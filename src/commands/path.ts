import { Args } from '@oclif/core';
import { MeddsCommand } from '../command-base.js';
import { locateDataset } from '../locate.js';
import { noteChosen } from '../ui/chosen.js';
import { print, printJson } from '../ui/output.js';

export default class Path extends MeddsCommand {
  static override summary = 'Print the folder of a complete dataset, and nothing else';
  static override description =
    'Fails with exit code 9 when the dataset is not complete here. Where only a part of it was chosen, it says so on stderr.';
  static override examples = ['python train.py --data "$(<%= config.bin %> <%= command.id %> luna16)"'];
  static override args = {
    id: Args.string({ name: 'ID', required: true, description: 'id or alias of a dataset' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Path);
    const { path, chosen } = await locateDataset(args.id, this.settings(flags));
    if (flags.json) printJson({ version: 1, path, ...(chosen === undefined ? {} : { chosen }) });
    else {
      if (chosen !== undefined && !flags.quiet) noteChosen(args.id, chosen);
      print(path);
    }
  }
}
