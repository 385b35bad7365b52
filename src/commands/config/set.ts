import { Args } from '@oclif/core';
import { MeddsCommand } from '../../command-base.js';
import { printable } from '../../printable.js';
import { settingsFile } from '../../settings/file.js';
import { changeSetting, SETTING_NAMES, settingName, settingText } from '../../settings.js';
import { note, printJson } from '../../ui/output.js';

export default class ConfigSet extends MeddsCommand {
  static override summary = 'Store a setting in the settings file';
  static override examples = [
    '<%= config.bin %> <%= command.id %> home /data/medds',
    '<%= config.bin %> <%= command.id %> limit-rate 10M',
  ];
  static override args = {
    setting: Args.string({ required: true, description: `one of ${SETTING_NAMES.join(', ')}` }),
    value: Args.string({ required: true, description: 'new value' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet);
    const name = settingName(args.setting);
    const value = await changeSetting(name, args.value);
    const file = settingsFile(process.env);
    if (flags.json) printJson({ version: 1, name, value, file });
    else if (!flags.quiet) note(printable(`${name} is ${settingText(name, value)} from now on (${file})`));
  }
}
