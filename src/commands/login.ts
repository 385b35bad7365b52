import { Args } from '@oclif/core';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { logIn, loginOf } from '../index.js';
import { note, printJson } from '../ui/output.js';
import { askSecret } from '../ui/secret-prompt.js';

export default class Login extends MeddsCommand {
  static override summary = "Keep a host's token or account for later fetches";
  static override description =
    `Asks without showing what is typed, or reads it from a pipe; never takes it as an argument, which others on the machine could see.
The host is asked whether it takes it, where that can be done. It is kept in a file that only you can read.
The hosts' own variables and files (HF_TOKEN, kaggle.json, ...) are used before it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> zenodo',
    'pass show zenodo | <%= config.bin %> <%= command.id %> zenodo',
  ];
  static override args = { host: Args.string({ name: 'HOST', required: true, description: 'zenodo, ...' }) };
  static override flags = { offline: offlineFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login);
    const secret = await askSecret(await loginOf(args.host));
    const result = await logIn(args.host, secret, { settings: this.settings(flags) });
    if (flags.json) return printJson({ version: 1, ...result });
    if (flags.quiet) return;
    note(`${result.checked ? 'It works, and is' : 'It is'} kept in ${result.file}`);
    if (result.shadowedBy !== undefined) note(`Not used as long as there is one in ${result.shadowedBy}.`);
  }
}
