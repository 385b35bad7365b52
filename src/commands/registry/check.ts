import { Args, Flags } from '@oclif/core';
import { allowPrivateFlag, MeddsCommand, offlineFlag } from '../../command-base.js';
import { UsageError } from '../../errors.js';
import { checkRegistry } from '../../index.js';
import { writeChecked } from '../../registry/write-checked.js';
import { METHODS } from '../../sources/table.js';
import { exitCodeOf, showChecks, tellChecked, writeReport } from '../../ui/check-report.js';
import { Interrupt } from '../../ui/interrupt.js';
import { note } from '../../ui/output.js';

export default class RegistryCheck extends MeddsCommand {
  static override summary = 'Ask every source whether it still offers what the registry says';
  static override description =
    `No data is asked for. Each source is ok, moved, gone, changed (size, version, checksum), needs a login, or does not answer.
What was found within a day is not asked again, so that a run that was stopped goes on where it was.
Exit code 6 when something has changed, moved or gone, 5 when a host did not answer.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16 kits19',
    '<%= config.bin %> <%= command.id %> --method zenodo',
    '<%= config.bin %> <%= command.id %> --write src/registry/datasets --report report.md',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'datasets; without, every dataset' }) };
  static override flags = {
    method: Flags.string({
      helpValue: 'METHOD',
      description: 'only sources of this access method; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      options: Object.keys(METHODS).filter((method) => method !== 'all'),
    }),
    write: Flags.string({
      helpValue: 'PATH',
      description: 'write the day into this registry file, or folder with a file a dataset',
    }),
    report: Flags.string({ helpValue: 'FILE', description: 'write what is not ok as Markdown' }),
    fresh: Flags.boolean({ description: 'ask again also what was asked within a day' }),
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(RegistryCheck);
    const settings = this.settings(flags);
    if (settings.offline.value) throw new UsageError('A check asks the hosts: it cannot be made offline');
    const interrupt = new Interrupt();
    const checks = await checkRegistry(argv.length === 0 ? undefined : (argv as string[]), {
      settings,
      signal: interrupt.signal,
      onWarning: this.warnings(flags),
      ...(flags.method === undefined ? {} : { methods: flags.method }),
      ...(flags.fresh ? { maxAge: 0 } : {}),
      ...(flags.quiet || flags.json ? {} : { onChecked: tellChecked }),
    }).finally(() => interrupt.dispose());
    if (flags.write !== undefined) {
      const written = await writeChecked(flags.write, checks);
      if (!flags.quiet) note(`${written} sources of ${flags.write} have a new date.`);
    }
    if (flags.report !== undefined) await writeReport(flags.report, checks);
    await showChecks(checks, flags);
    process.exitCode = exitCodeOf(checks);
  }
}
