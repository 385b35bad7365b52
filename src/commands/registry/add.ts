import { Args } from '@oclif/core';
import { MeddsCommand, offlineFlag } from '../../command-base.js';
import { printable } from '../../printable.js';
import { shownPlace } from '../../registry/user-registry.js';
import { formatMany } from '../../ui/format.js';
import { note, printJson } from '../../ui/output.js';
import { addRegistry } from '../../user-registries.js';

export default class RegistryAdd extends MeddsCommand {
  static override summary = 'Add a registry for good: datasets of your group, or sources that are missing';
  static override description =
    `It is checked whole first. One from the web is kept, asked anew by its ETag, and used as it is where there is no network.
A later registry wins: its entry of an id takes the place of the whole entry before; medds info ID tells.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ~/lab/registry.json',
    '<%= config.bin %> <%= command.id %> https://data.example.org/medds.json',
  ];
  static override args = {
    place: Args.string({ name: 'FILE|URL', required: true, description: 'path or URL of a registry' }),
  };
  static override flags = { offline: offlineFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryAdd);
    const { place, datasets, shadows } = await addRegistry(args.place, this.settings(flags));
    const shown = shownPlace(place);
    if (flags.json) return printJson({ version: 1, place: shown, datasets, shadows });
    if (flags.quiet) return;
    note(printable(`${shown} is added, with ${formatMany(datasets.length, 'dataset')}.`));
    if (shadows.length > 0) note(printable(`It takes the place of ${shadows.join(', ')} in registries before it.`));
  }
}
