import { Args } from '@oclif/core';
import { MeddsCommand } from '../../command-base.js';
import { SETTING_NAMES, settingName, settingText } from '../../settings.js';
import { print, printJson } from '../../ui/output.js';

export default class ConfigGet extends MeddsCommand {
  static override summary = 'Print the value of a setting, and nothing else';
  static override examples = ['<%= config.bin %> <%= command.id %> home'];
  static override args = {
    setting: Args.string({ required: true, description: `one of ${SETTING_NAMES.join(', ')}` }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigGet);
    const name = settingName(args.setting);
    const resolved = this.settings(flags)[name];
    if (flags.json) printJson({ version: 1, name, ...resolved });
    // As it is: a script wants the path itself.
    else print(settingText(name, resolved.value));
  }
}
