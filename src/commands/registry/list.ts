import { MeddsCommand, offlineFlag } from '../../command-base.js';
import { printable } from '../../printable.js';
import { print, printJson } from '../../ui/output.js';
import { tabbedText, tableText } from '../../ui/table.js';
import { terminalOf } from '../../ui/terminal.js';
import { listRegistries } from '../../user-registries.js';

const COLUMNS = [
  { header: 'REGISTRY', least: 20 },
  { header: 'DATASETS', align: 'right' as const },
  { header: 'REPLACED', align: 'right' as const },
  { header: 'NAMED BY', leaveOut: 1 },
];

export default class RegistryList extends MeddsCommand {
  static override summary = 'Show the registries in use, in the order of precedence: the last one wins';
  static override flags = { offline: offlineFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(RegistryList);
    const registries = await listRegistries(this.settings(flags), this.warnings(flags));
    if (flags.json) return printJson({ version: 1, registries });
    const rows = registries.map(({ place, datasets, shadowed, from }) =>
      [place, String(datasets), String(shadowed.length), from].map(printable),
    );
    const out = terminalOf(process.stdout);
    print(out.tty ? await tableText(COLUMNS, rows, out) : tabbedText(rows));
  }
}
