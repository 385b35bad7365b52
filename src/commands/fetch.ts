import { existsSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import {
  allowPrivateFlag,
  lockFileFlag,
  MeddsCommand,
  noWaitFlag,
  offlineFlag,
  selectionFlags,
} from '../command-base.js';
import { ActionRequiredError, fetchDataset, findDataset, knownOverlaps, UsageError, watchFolder } from '../index.js';
import { parseSelection } from '../selection.js';
import { showSteps } from '../ui/errors.js';
import { showFetchResult, showPlan } from '../ui/fetch-result.js';
import { note } from '../ui/output.js';
import { type Context, progressFlag, underWay } from '../ui/under-way.js';

export default class Fetch extends MeddsCommand {
  static override summary = 'Download, verify and unpack a dataset, or go on where an earlier fetch stopped';
  static override description =
    `DATASET is an id or alias (medds list), or a locator: https://HOST/FILE, zenodo:RECORD, doi:10.5281/zenodo.RECORD.
Run the same command again after an interruption or a failure: what is here is kept and continued.
On a terminal it prints a summary, in a pipe the folder with the data.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    '<%= config.bin %> <%= command.id %> luna16 --dry-run',
    '<%= config.bin %> <%= command.id %> luna16 --cases 3',
    '<%= config.bin %> <%= command.id %> --locked',
    '<%= config.bin %> <%= command.id %> doi:10.5281/zenodo.3723295 --as luna16-part1',
    'data=$(<%= config.bin %> <%= command.id %> promise12 --quiet)',
  ];
  static override args = {
    dataset: Args.string({
      name: 'DATASET',
      description: 'id, alias or locator; with --locked, all that is locked without it',
    }),
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
    ...selectionFlags,
    'whole-archive': Flags.boolean({
      helpGroup: 'SELECTION',
      description: 'fetch archives whole where what is wanted of them cannot be fetched alone',
    }),
    unpack: Flags.boolean({ description: 'unpack archives', allowNo: true, default: true }),
    locked: Flags.boolean({
      description: 'fetch exactly what medds.lock says, or fail and say what its source has changed',
      exclusive: ['source', 'as', 'include', 'exclude', 'cases', 'archives', 'dry-run'],
    }),
    'lock-file': lockFileFlag,
    force: Flags.boolean({ char: 'f', description: 'fetch again although it is complete' }),
    'dry-run': Flags.boolean({ char: 'n', description: 'only say what would be done' }),
    open: Flags.boolean({ description: 'open the page in the browser where you must act yourself' }),
    wait: Flags.string({
      helpValue: 'FOLDER',
      description: 'where files must be downloaded by hand: wait for them in this folder, and take them as they come',
    }),
    'no-wait': noWaitFlag,
    progress: progressFlag,
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fetch);
    const settings = this.settings(flags);
    if (flags.locked) {
      const { fetchAllLocked } = await import('../ui/fetch-locked.js');
      const locked = { force: flags.force, wait: !flags['no-wait'], file: flags['lock-file'] };
      await fetchAllLocked(args.dataset, { ...locked, settings, onWarning: this.warnings(flags) }, flags);
      return;
    }
    if (args.dataset === undefined) {
      throw new UsageError('Name a dataset, or say --locked', { hint: 'Run: medds fetch --help' });
    }
    const selection = parseSelection(flags);
    const dataset = await findDataset(args.dataset, {
      settings,
      onWarning: this.warnings(flags),
      ...(flags.as === undefined ? {} : { as: flags.as }),
    });
    if (settings.home.origin === 'default' && !existsSync(settings.home.value) && !flags.quiet && !flags['dry-run']) {
      note(`Data will go to ${settings.home.value}. To put it elsewhere: medds config set home FOLDER`);
    }
    const options = {
      settings,
      unpack: flags.unpack,
      force: flags.force,
      wait: !flags['no-wait'],
      wholeArchive: flags['whole-archive'],
      ...(selection === undefined ? {} : { selection }),
      ...(flags.source === undefined ? {} : { source: flags.source }),
    };
    const fetch = (context: Context) =>
      fetchDataset(dataset, { ...options, ...context, dryRun: flags['dry-run'] }).catch(async (error) => {
        if (!(error instanceof ActionRequiredError)) throw error;
        if (flags.open && error.url !== undefined) await (await import('../ui/open-page.js')).openPage(error.url);
        if (flags.wait === undefined || flags['dry-run']) throw error;
        await showSteps(error);
        return watchFolder(dataset, flags.wait, { ...options, ...context });
      });
    const result = await underWay(dataset.id, settings, flags, fetch);
    if (result.outcome === 'planned') showPlan(result, flags);
    else await showFetchResult(dataset, result, flags, await knownOverlaps(dataset, { settings }));
  }
}
