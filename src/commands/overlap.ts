import { Args } from '@oclif/core';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { UsageError } from '../errors.js';
import { findOverlaps } from '../index.js';
import { showOverlaps } from '../ui/overlap-report.js';

export default class Overlap extends MeddsCommand {
  static override summary = 'Show which datasets share cases: not to train on the one and test on the other';
  static override description =
    `What the registry knows, and which files are the same, byte for byte, where datasets are in the library.
With a single ID, every dataset that is known to overlap with it. That no overlap is known does not mean that there is none.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16 lidc-idri',
    '<%= config.bin %> <%= command.id %> lits',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'ids or aliases of datasets' }) };
  static override flags = { offline: offlineFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Overlap);
    const ids = argv as string[];
    if (ids.length === 0) throw new UsageError('Name datasets', { hint: 'Run: medds overlap --help' });
    const found = await findOverlaps(ids, { settings: this.settings(flags), onWarning: this.warnings(flags) });
    showOverlaps(found, ids, flags);
  }
}
