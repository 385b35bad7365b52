import { Args } from '@oclif/core';
import { MeddsCommand } from '../../command-base.js';
import { printable } from '../../printable.js';
import { shownPlace } from '../../registry/user-registry.js';
import { note, printJson } from '../../ui/output.js';
import { removeRegistry } from '../../user-registries.js';

export default class RegistryRemove extends MeddsCommand {
  static override summary = 'Take a registry out again; what was fetched by it stays';
  static override examples = ['<%= config.bin %> <%= command.id %> ~/lab/registry.json'];
  static override args = {
    place: Args.string({ name: 'FILE|URL', required: true, description: 'path or URL, as it was added' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryRemove);
    const place = shownPlace(await removeRegistry(args.place));
    if (flags.json) printJson({ version: 1, place });
    else if (!flags.quiet) note(printable(`${place} is taken out.`));
  }
}
