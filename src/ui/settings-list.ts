/** The result of `medds config list`. */
import { printable } from '../printable.js';
import { SETTING_NAMES, SETTINGS, type Settings, settingText } from '../settings.js';
import { print, printJson } from './output.js';
import { tabbedText, tableText } from './table.js';
import { terminalOf } from './terminal.js';

const COLUMNS = [
  { header: 'SETTING' },
  { header: 'VALUE', least: 10 },
  { header: 'FROM', least: 10, leaveOut: 1 },
  { header: 'WHAT IT IS', least: 20, leaveOut: 2 },
] as const;

export async function showSettings(settings: Settings, file: string, { json }: { json: boolean }): Promise<void> {
  if (json) {
    const list = SETTING_NAMES.map((name) => ({
      name,
      ...settings[name],
      variable: SETTINGS[name].env,
      description: SETTINGS[name].description,
    }));
    return printJson({ version: 1, file, settings: list });
  }
  const rows = SETTING_NAMES.map((name) => {
    const { value, from } = settings[name];
    return [name, settingText(name, value) || '-', from, SETTINGS[name].description].map(printable);
  });
  const terminal = terminalOf(process.stdout);
  print(terminal.tty ? await tableText(COLUMNS, rows, terminal) : tabbedText(rows));
}
