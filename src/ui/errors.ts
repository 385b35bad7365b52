/** The one place that turns whatever was thrown into text for people, a JSON document for scripts, and an exit code. */
import { stripVTControlCharacters } from 'node:util';
import { ActionRequiredError, asDiskError, EXIT, MeddsError } from '../errors.js';
import { printable } from '../printable.js';
import { type Measure, measureFor } from './measure.js';
import { printJson } from './output.js';
import { type Style, terminalOf, textWidth } from './terminal.js';
import { labelled, wrap } from './wrap.js';

/** `error` of the document that --json prints; docs/json-output.md describes it. */
export interface ErrorReport {
  code: string;
  exitCode: number;
  message: string;
  hint?: string;
  dataset?: string;
  file?: string;
  host?: string;
  /** Page where the user acts. */
  url?: string;
  steps?: string[];
}

/** Undefined for what is no error: a command that ends with an exit code of its own. */
export function reportOf(thrown: unknown, command = 'medds'): ErrorReport | { exitCode: number } {
  const error = thrown instanceof Error ? asDiskError(thrown) : new Error(String(thrown));
  if (error instanceof MeddsError) {
    const { code, exitCode, message, hint, dataset, file, host } = error;
    const { url, steps } = error instanceof ActionRequiredError ? error : {};
    return {
      code,
      exitCode,
      message,
      ...(hint ? { hint } : {}),
      ...(dataset === undefined ? {} : { dataset }),
      ...(file === undefined ? {} : { file }),
      ...(host === undefined ? {} : { host }),
      ...(url === undefined ? {} : { url }),
      ...(steps === undefined || steps.length === 0 ? {} : { steps }),
    };
  }
  return fromFrame(error as FrameError, command) ?? unexpected(error as Error);
}

/** What oclif throws: for a wrong command line (`oclif.exit`), and to end a command with an exit code (code EEXIT). */
interface FrameError extends Error {
  oclif?: { exit?: number };
  code?: string;
  args?: ({ name?: string; description?: string } | string)[];
  flags?: string[];
}

function fromFrame(error: FrameError, command: string): ErrorReport | { exitCode: number } | undefined {
  const exit = error.oclif?.exit;
  if (exit === undefined) return undefined;
  if (error.code === 'EEXIT') return { exitCode: exit };
  // 127 is the not-found plugin's, whose message says what to run.
  const hint = exit === 127 ? {} : { hint: `Run: ${command} --help` };
  return { code: 'USAGE', exitCode: EXIT.usage, message: usageMessage(error), ...hint };
}

function usageMessage(error: FrameError): string {
  const { message, args = [], flags = [] } = error;
  switch (error.constructor.name) {
    case 'RequiredArgsError':
      return args
        .map((arg) => (typeof arg === 'string' ? arg : `${arg.name?.toUpperCase()} is missing: ${arg.description}`))
        .join('\n');
    case 'UnexpectedArgsError':
      return `More arguments than expected: ${args.join(', ')}`;
    case 'NonExistentFlagsError':
      return `There is no flag ${flags.join(', ')}`;
    default:
      // A plugin's message may come with colours.
      return stripVTControlCharacters(message).replace(/\n?See more help with --help$/, '');
  }
}

function unexpected({ message }: Error): ErrorReport {
  return {
    code: 'UNEXPECTED',
    exitCode: EXIT.unexpected,
    message: `Something unexpected happened: ${message}`,
    hint: 'This is a fault of medds. Please report it, with the command and what MEDDS_DEBUG=1 adds to this message.',
  };
}

/** The report as people read it, without a newline at its end. */
export async function reportText(
  report: ErrorReport,
  width: number,
  style: Style,
  heading = style.red(style.bold('Error:')),
): Promise<string> {
  const { message, steps = [], hint, url } = report;
  const measure = await measureFor([message, hint ?? '', ...steps]);
  const where = whereOf(report);
  const [first = '', ...rest] = message.split('\n');
  const lines = [
    labelled(`${heading} `, printable(`${where}${first}`), width, withoutStyle(measure)),
    // Lists in a message are laid out already.
    ...rest.map(printable),
    ...steps.map((step, index) => labelled(`  ${index + 1}. `, printable(step), width, measure)),
  ];
  // A page that the steps name already need not be told twice.
  if (url !== undefined && !steps.some((step) => step.includes(url))) lines.push(`  ${printable(url)}`);
  if (hint !== undefined) lines.push(...wrap(printable(hint), width, measure));
  return lines.join('\n');
}

/** Prints what the user must do, where that is no failure yet and the hint, what to do afterwards, does not hold. */
export async function showSteps(error: ActionRequiredError): Promise<void> {
  const { style, ...terminal } = terminalOf(process.stderr);
  const { hint: _, ...report } = reportOf(error) as ErrorReport;
  process.stderr.write(`${await reportText(report, textWidth({ style, ...terminal }), style, style.bold('To do:'))}\n`);
}

/** Names the dataset and the file, where the message does not. */
function whereOf({ message, dataset, file }: ErrorReport): string {
  const missing = [dataset, file].filter((name) => name !== undefined && !message.includes(name));
  return missing.length === 0 ? '' : `${missing.join(', ')}: `;
}

/** Colours take no room. */
function withoutStyle(measure: Measure): Measure {
  return (text) => measure(text.replace(/\u001b\[\d+m/g, ''));
}

export interface ReportOptions {
  /** Prints the JSON document on stdout as well. */
  json: boolean;
  /** How the command was called, for the hint: `medds list`. */
  command?: string;
  env?: NodeJS.ProcessEnv;
}

/** Prints what was thrown and returns the exit code. */
export async function reportError(thrown: unknown, options: ReportOptions): Promise<number> {
  const { json, command, env = process.env } = options;
  const report = reportOf(thrown, command);
  if (!('code' in report)) return report.exitCode;
  const terminal = terminalOf(process.stderr, env);
  process.stderr.write(`${await reportText(report, textWidth(terminal), terminal.style)}\n`);
  if (env.MEDDS_DEBUG === '1') process.stderr.write(`${stackOf(thrown)}\n`);
  if (json) printJson({ version: 1, error: report });
  return report.exitCode;
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\nCaused by: ${stackOf(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
}
