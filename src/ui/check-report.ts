/** The result of `medds registry check`. */
import fs from 'node:fs/promises';
import { asDiskError, EXIT } from '../errors.js';
import { printable } from '../printable.js';
import { CHECK_STATES, type CheckState, type SourceCheck } from '../registry-check.js';
import { note, print, printJson } from './output.js';
import { tabbedText, tableText } from './table.js';
import { terminalOf } from './terminal.js';

const WORDS: Record<CheckState, string> = {
  gone: 'gone',
  changed: 'changed',
  moved: 'moved',
  unreachable: 'no answer',
  'needs-login': 'needs login',
  ok: 'ok',
};

const COLUMNS = [
  { header: 'ID' },
  { header: 'SOURCE' },
  { header: 'STATE' },
  { header: 'CHECKED', leaveOut: 1 },
  { header: 'WHAT', least: 30 },
];

export async function showChecks(
  checks: readonly SourceCheck[],
  { json, quiet }: { json: boolean; quiet: boolean },
): Promise<void> {
  if (json)
    return printJson({ version: 1, ok: exitCodeOf(checks) === EXIT.ok, counts: countsOf(checks), sources: checks });
  const rows = checks.map(({ dataset, source, state, at, label, findings }) =>
    [dataset, source, WORDS[state], at.slice(0, 10), findings.join(' ') || label].map(printable),
  );
  const out = terminalOf(process.stdout);
  print(out.tty ? await tableText(COLUMNS, rows, out) : tabbedText(rows));
  if (!quiet) note(summary(checks));
}

/** One line as each source has answered. */
export function tellChecked({ dataset, source, state }: SourceCheck): void {
  note(printable(`${dataset} ${source}: ${WORDS[state]}`));
}

/** What is not ok, for a maintainer to read. @throws DiskError */
export async function writeReport(file: string, checks: readonly SourceCheck[]): Promise<void> {
  const sections = CHECK_STATES.filter((state) => state !== 'ok').flatMap((state) => {
    const found = checks.filter((check) => check.state === state);
    if (found.length === 0) return [];
    const items = found.map(({ dataset, source, findings, label }) => {
      return `- **${dataset}** \`${source}\`: ${plain(findings.join(' ') || label)}`;
    });
    return [`## ${WORDS[state]} (${found.length})`, '', ...items, ''];
  });
  const text = ['# Sources of the registry', '', summary(checks), '', ...sections].join('\n').trimEnd();
  await fs.writeFile(file, `${text}\n`).catch((error) => {
    throw asDiskError(error, { file, hint: 'Name another file with --report.' });
  });
}

/** What a host says must not become markup. */
const plain = (text: string): string => printable(text).replace(/[<>`@|*_[\]]/g, '\\$&');

const countsOf = (checks: readonly SourceCheck[]): Record<CheckState, number> =>
  Object.fromEntries(
    CHECK_STATES.map((state) => [state, checks.filter((check) => check.state === state).length]),
  ) as Record<CheckState, number>;

/** `12 ok, 3 changed, 1 no answer` */
function summary(checks: readonly SourceCheck[]): string {
  const counts = countsOf(checks);
  const parts = [...CHECK_STATES].reverse().filter((state) => counts[state] > 0);
  return `${parts.map((state) => `${counts[state]} ${WORDS[state]}`).join(', ') || 'No source'}.`;
}

/** A source that wants a login is as its owners wish. */
export function exitCodeOf(checks: readonly SourceCheck[]): number {
  if (checks.some(({ state }) => state === 'changed' || state === 'moved' || state === 'gone')) return EXIT.integrity;
  return checks.some(({ state }) => state === 'unreachable') ? EXIT.network : EXIT.ok;
}
