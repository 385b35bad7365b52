import { Args, Flags } from '@oclif/core';
import { allowPrivateFlag, MeddsCommand, offlineFlag } from '../command-base.js';
import { EXIT } from '../errors.js';
import { examine } from '../index.js';
import { showExamination } from '../ui/doctor-report.js';
import { Interrupt } from '../ui/interrupt.js';

export default class Doctor extends MeddsCommand {
  static override summary = 'Look whether datasets could be fetched now, and what they need of you';
  static override description =
    `Checks this machine (Node, disk, permissions, proxy, logins, the clock) and asks the sources of each dataset, without any data:
ready, needs a login, needs a click on a page, needs a signed form, by hand, or gone.
Exit code 4 when a dataset that was named needs something first, 7 when the library cannot be written to.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> luna16 kits19',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'ids, aliases or locators' }) };
  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'every dataset of the registries' }),
    offline: offlineFlag,
    'allow-private': allowPrivateFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Doctor);
    const interrupt = new Interrupt();
    const settings = this.settings(flags);
    const ids = flags.all ? undefined : (argv as string[]);
    const options = { settings, onWarning: this.warnings(flags), signal: interrupt.signal };
    const examination = await examine(ids, options).finally(() => interrupt.dispose());
    await showExamination(examination, flags);
    if (examination.system.some(({ outcome }) => outcome === 'failed')) process.exitCode = EXIT.disk;
    else if (!flags.all && examination.datasets.some(({ state }) => state !== 'ready' && state !== 'here')) {
      process.exitCode = EXIT.actionRequired;
    }
  }
}
