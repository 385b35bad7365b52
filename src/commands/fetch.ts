import { existsSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { fetchDataset, findDataset } from '../index.js';
import { showFetchResult, showPlan } from '../ui/fetch-result.js';
import { note } from '../ui/output.js';
import { progressFlag, underWay } from '../ui/under-way.js';

export default class Fetch extends MeddsCommand {
  static override summary = 'Download, verify and unpack a dataset, or go on where an earlier fetch stopped';
  static override description =
    `DATASET is an id or alias (medds list), or a locator: https://HOST/FILE, zenodo:RECORD, doi:10.5281/zenodo.RECORD.
Run the same command again after an interruption or a failure: what is here is kept and continued.
On a terminal it prints a summary, in a pipe the folder with the data.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    '<%= config.bin %> <%= command.id %> luna16 --dry-run',
    '<%= config.bin %> <%= command.id %> doi:10.5281/zenodo.3723295 --as luna16-part1',
    'data=$(<%= config.bin %> <%= command.id %> promise12 --quiet)',
  ];
  static override args = {
    dataset: Args.string({ name: 'DATASET', required: true, description: 'id, alias or locator' }),
  };
  static override flags = {
    source: Flags.string({ helpValue: 'NAME', description: 'use this source and no other (medds info shows them)' }),
    as: Flags.string({ helpValue: 'ID', description: 'name of the dataset in the library' }),
    jobs: Flags.string({ char: 'j', helpValue: 'N', description: 'files at a time' }),
    connections: Flags.string({ char: 'c', helpValue: 'N', description: 'connections to one host' }),
    tries: Flags.string({
      helpValue: 'N',
      description: 'tries in a row that bring nothing, before a host is given up',
    }),
    'limit-rate': Flags.string({ helpValue: 'RATE', description: 'bytes a second in all, such as 10M' }),
    'keep-archives': Flags.boolean({ description: 'keep archives after they are unpacked', allowNo: true }),
    unpack: Flags.boolean({ description: 'unpack archives', allowNo: true, default: true }),
    force: Flags.boolean({ char: 'f', description: 'fetch again although it is complete' }),
    'dry-run': Flags.boolean({ char: 'n', description: 'only say what would be done' }),
    wait: Flags.boolean({
      description: 'wait for another medds process that works on it',
      allowNo: true,
      default: true,
    }),
    progress: progressFlag,
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fetch);
    const settings = this.settings(flags);
    const dataset = await findDataset(args.dataset, {
      settings,
      onWarning: this.warnings(flags),
      ...(flags.as === undefined ? {} : { as: flags.as }),
    });
    if (settings.home.origin === 'default' && !existsSync(settings.home.value) && !flags.quiet && !flags['dry-run']) {
      note(`Data will go to ${settings.home.value}. To put it elsewhere: medds config set home FOLDER`);
    }
    const result = await underWay(dataset.id, settings, flags, (context) =>
      fetchDataset(dataset, {
        ...context,
        settings,
        unpack: flags.unpack,
        force: flags.force,
        dryRun: flags['dry-run'],
        wait: flags.wait,
        ...(flags.source === undefined ? {} : { source: flags.source }),
      }),
    );
    if (result.outcome === 'planned') showPlan(result, flags);
    else await showFetchResult(dataset, result, flags);
  }
}
