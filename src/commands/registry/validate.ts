import { Args, Flags } from '@oclif/core';
import { MeddsCommand, offlineFlag } from '../../command-base.js';
import { EXIT } from '../../errors.js';
import { reviewRegistry } from '../../index.js';
import { showReview } from '../../ui/registry-review.js';

export default class RegistryValidate extends MeddsCommand {
  static override summary = 'Look a registry file through before others use it';
  static override description =
    `What is wrong makes medds refuse the file: its form, ids and aliases that stand there twice, addresses, checksums and DOIs
that cannot be ones. What is doubtful is told as well: licences that SPDX does not know, sizes that do not add up, missing
evidence, missing terms where the data may not be passed on.

Exit code 2 when something is wrong; with --strict also when something is doubtful.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> my-registry.json',
    '<%= config.bin %> <%= command.id %> my-registry.json --strict --json',
  ];
  static override args = {
    file: Args.string({ name: 'FILE', required: true, description: 'path or URL of a registry' }),
  };
  static override flags = {
    strict: Flags.boolean({ description: 'exit code 2 also for what is doubtful' }),
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryValidate);
    const review = await reviewRegistry(args.file, { offline: this.settings(flags).offline.value });
    showReview(args.file, review, flags);
    if (review.wrong.length > 0 || (flags.strict && review.doubtful.length > 0)) process.exitCode = EXIT.usage;
  }
}
