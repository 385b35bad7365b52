import { MeddsCommand } from '../../command-base.js';
import { settingsFile } from '../../settings/file.js';
import { showSettings } from '../../ui/settings-list.js';

export default class ConfigList extends MeddsCommand {
  static override summary = 'Show all settings and where each comes from';
  static override description =
    'A flag wins over the environment, the environment over the settings file, and that over the default.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigList);
    await showSettings(this.settings(flags), settingsFile(process.env), flags);
  }
}
