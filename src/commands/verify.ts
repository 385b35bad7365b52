import { Args, Flags } from '@oclif/core';
import { allowPrivateFlag, MeddsCommand, offlineFlag } from '../command-base.js';
import { EXIT, UsageError } from '../errors.js';
import { libraryStatus, verifyDataset } from '../index.js';
import type { Settings } from '../settings.js';
import { note } from '../ui/output.js';
import { progressFlag, underWay } from '../ui/under-way.js';
import { isSound, showVerified, type Verified } from '../ui/verify-result.js';

export default class Verify extends MeddsCommand {
  static override summary = 'Hold every file of a dataset against its recorded checksum';
  static override description = `Exit code 6 when a file is missing or changed, 9 when the dataset is not complete here.
--repair fetches what is broken again, from the same source, and takes it only if the contents are those of the first time.
--deep opens every image (NIfTI, MetaImage, NRRD, DICOM, PNG, JPEG, TIFF, gzip); exit code 6 when one cannot be read.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    '<%= config.bin %> <%= command.id %> luna16 --deep',
    '<%= config.bin %> <%= command.id %> --all --repair',
  ];
  static override args = { id: Args.string({ name: 'ID', description: 'id or alias of a dataset' }) };
  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'all complete datasets' }),
    repair: Flags.boolean({ description: 'fetch again what is broken' }),
    deep: Flags.boolean({ description: 'open every image: headers, sizes, whether all of it is there' }),
    progress: progressFlag,
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify);
    const settings = this.settings(flags);
    if ((args.id === undefined) === !flags.all) {
      throw new UsageError('Name a dataset, or say --all', { hint: 'Run: medds verify --help' });
    }
    const ids = args.id === undefined ? await completeIds(settings) : [args.id];
    if (ids.length === 0 && !flags.quiet) note('No dataset is complete here.');
    const results: Verified[] = [];
    for (const id of ids) {
      const options = { settings, repair: flags.repair, deep: flags.deep };
      results.push(await underWay(id, settings, flags, (context) => verifyDataset(id, { ...options, ...context })));
    }
    showVerified(results, flags);
    if (!results.every(isSound)) process.exitCode = EXIT.integrity;
  }
}

async function completeIds(settings: Settings): Promise<string[]> {
  const all = await libraryStatus({ settings });
  return all.filter(({ files, state }) => files !== undefined && state !== 'missing').map(({ id }) => id);
}
