/** What a stream can show: a terminal's width, and colour where it is wanted. */
import { styleText } from 'node:util';

export interface Terminal {
  /** False for a pipe or a file. */
  tty: boolean;
  /** Columns. */
  width: number;
  style: Style;
}

export type Style = Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>;

/** Width of text that goes to a pipe or a file. */
const PLAIN_WIDTH = 100;
/** Longer lines are hard to read. */
const WIDEST_TEXT = 100;

export function terminalOf(stream: Partial<NodeJS.WriteStream>, env: NodeJS.ProcessEnv = process.env): Terminal {
  const tty = stream.isTTY === true;
  const width = tty && stream.columns !== undefined && stream.columns > 0 ? stream.columns : PLAIN_WIDTH;
  // https://no-color.org: any value but the empty one.
  const colour = tty && !env.NO_COLOR && env.TERM !== 'dumb';
  return { tty, width, style: styleOf(colour) };
}

export function styleOf(colour: boolean): Style {
  // Node would look at stdout and the environment once more, and refuse colour on stderr because stdout is a pipe.
  const always = { validateStream: false };
  const paint = (name: keyof Style) => (text: string) => (colour && text !== '' ? styleText(name, text, always) : text);
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}

/** Columns for running text. */
export function textWidth({ width }: Terminal): number {
  return Math.min(width, WIDEST_TEXT);
}
