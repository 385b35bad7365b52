/** The result of `medds doctor`. */
import type { Examination } from '../index.js';
import { printable } from '../printable.js';
import type { Readiness } from '../readiness.js';
import { formatBytes, formatMany } from './format.js';
import { note, print, printJson } from './output.js';
import { tabbedText, tableText } from './table.js';
import { terminalOf } from './terminal.js';

const WORDS: Record<Readiness['state'], string> = {
  here: 'here',
  ready: 'ready',
  login: 'needs a login',
  click: 'needs a click on a page',
  form: 'needs a signed form',
  'by-hand': 'by hand',
  unreachable: 'no answer',
  gone: 'gone',
  failed: 'wrong',
};

const COLUMNS = [
  { header: 'ID' },
  { header: 'STATE' },
  { header: 'SOURCE', least: 12, leaveOut: 1 },
  { header: 'WHAT', least: 30 },
];

export async function showExamination(
  { system, datasets }: Examination,
  options: { json: boolean; quiet: boolean },
): Promise<void> {
  if (options.json) return printJson({ version: 1, system, datasets });
  const out = terminalOf(process.stdout);
  const checks = system.map(({ name, outcome, message }) => [name, outcome, message].map(printable));
  const rows = datasets.map((one) => [one.id, WORDS[one.state], one.source?.label ?? '-', what(one)].map(printable));
  if (!out.tty)
    return print([...(options.quiet ? [] : [tabbedText(checks)]), tabbedText(rows)].filter(Boolean).join('\n'));
  const marks = { ok: out.style.green('✓'), warning: '!', failed: out.style.red('✗') };
  for (const { name, outcome, message } of system) print(`${marks[outcome]} ${name}: ${printable(message)}`);
  if (rows.length === 0) return;
  print(`\n${await tableText(COLUMNS, rows, out)}`);
  if (!options.quiet) note(summary(datasets));
}

/** What the user can do, or what will come. */
function what({ files, size, credential, message, url, hint }: Readiness): string {
  if (files !== undefined) {
    const parts = [formatMany(files, 'file'), size === undefined ? '' : formatBytes(size)];
    return [...parts, credential === undefined ? '' : `login from ${credential}`].filter(Boolean).join(', ');
  }
  return url ?? message ?? hint ?? '-';
}

/** `12 ready, 3 need a login` */
function summary(datasets: readonly Readiness[]): string {
  const counts = Object.entries(WORDS).map(([state, word]) => {
    const count = datasets.filter((one) => one.state === state).length;
    return count === 0 ? '' : `${count} ${count === 1 ? word : word.replace(/^needs/, 'need')}`;
  });
  return `${counts.filter(Boolean).join(', ')}. medds info ID tells more.`;
}
