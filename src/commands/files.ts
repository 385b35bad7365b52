import { Args, Flags } from '@oclif/core';
import { allowPrivateFlag, MeddsCommand, offlineFlag, selectionFlags } from '../command-base.js';
import { findDataset, listFiles } from '../index.js';
import { parseSelection } from '../selection.js';
import { showFileList } from '../ui/file-list.js';
import { underWay } from '../ui/under-way.js';

export default class Files extends MeddsCommand {
  static override summary = 'List the files of a dataset, also those inside of remote zips, without fetching them';
  static override description =
    `DATASET is an id or alias (medds list), or a locator, as for medds fetch. Of a zip only its directory is read.
The flags that choose are those of medds fetch. In a pipe: one line a file with path, bytes and archive, parted by tabs.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    "<%= config.bin %> <%= command.id %> luna16 --include 'subset0/*.mhd'",
    '<%= config.bin %> <%= command.id %> promise12 --cases Case00,Case07 --json',
  ];
  static override args = {
    dataset: Args.string({ name: 'DATASET', required: true, description: 'id, alias or locator' }),
  };
  static override flags = {
    ...selectionFlags,
    source: Flags.string({ helpValue: 'NAME', description: 'ask this source and no other (medds info shows them)' }),
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Files);
    const settings = this.settings(flags);
    const selection = parseSelection(flags);
    const dataset = await findDataset(args.dataset, { settings, onWarning: this.warnings(flags) });
    const options = {
      settings,
      ...(selection === undefined ? {} : { selection }),
      ...(flags.source === undefined ? {} : { source: flags.source }),
    };
    const list = await underWay(dataset.id, settings, flags, (context) =>
      listFiles(dataset, { ...options, ...context }),
    );
    await showFileList(list, flags);
  }
}
