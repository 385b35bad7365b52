import { Args } from '@oclif/core';
import { MeddsCommand } from '../command-base.js';
import { logOut } from '../index.js';
import { note, printJson } from '../ui/output.js';

export default class Logout extends MeddsCommand {
  static override summary = 'Forget what login kept for a host';
  static override examples = ['<%= config.bin %> <%= command.id %> zenodo'];
  static override args = { host: Args.string({ name: 'HOST', required: true, description: 'zenodo, ...' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logout);
    const result = await logOut(args.host);
    if (flags.json) return printJson({ version: 1, ...result });
    if (flags.quiet) return;
    note(result.forgotten ? `The login for ${args.host} is forgotten` : `There was no login for ${args.host}`);
    if (result.stillAt !== undefined) note(`Another one is in ${result.stillAt}, which medds did not make.`);
  }
}
