import { Args } from '@oclif/core';
import { MeddsCommand } from '../../command-base.js';
import { printable } from '../../printable.js';
import { settingsFile } from '../../settings/file.js';
import { forgetSetting, SETTING_NAMES, SETTINGS, settingName, settingText } from '../../settings.js';
import { note, printJson } from '../../ui/output.js';

export default class ConfigUnset extends MeddsCommand {
  static override summary = 'Take a setting out of the settings file, so that its default holds again';
  static override examples = ['<%= config.bin %> <%= command.id %> limit-rate'];
  static override args = {
    setting: Args.string({ required: true, description: `one of ${SETTING_NAMES.join(', ')}` }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigUnset);
    const name = settingName(args.setting);
    await forgetSetting(name);
    const value = SETTINGS[name].fallback();
    if (flags.json) printJson({ version: 1, name, value, file: settingsFile(process.env) });
    else if (!flags.quiet) note(printable(`${name} is back to its default: ${settingText(name, value) || 'none'}`));
  }
}
