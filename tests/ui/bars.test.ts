/** Bars as they stand on a terminal's screen, whatever its size, and however that changes. */
import { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ProgressEvent } from '../../src/progress.js';
import { barProgress } from '../../src/ui/progress-bars.js';

/** What cli-progress draws anew: eight times a second. */
const FRAME = 125;

afterEach(() => vi.useRealTimers());

/** A terminal, as Node shows it to a program, and its screen. */
class Screen extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    // A terminal driver makes a carriage return and a line feed of a newline.
    this.#terminal.write(String(chunk).replace(/\r?\n/g, '\r\n'), done);
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.#terminal.resize(columns, rows);
    this.emit('resize');
  }

  /** All lines, those that have left it at the top as well. */
  lines(): string[] {
    const { buffer } = this.#terminal;
    const all = Array.from(
      { length: buffer.active.length },
      (_, at) => buffer.active.getLine(at)?.translateToString(true) ?? '',
    );
    return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
  }
}

const plan = (files: number): ProgressEvent => ({
  event: 'plan',
  dataset: 'lung',
  name: 'Lung',
  source: 'direct',
  files,
  finished: 0,
  size: files * 1000,
  have: 0,
  parts: 0,
  home: '/data',
});
const file = (index: number, state: 'downloading' | 'done', done: number): ProgressEvent => ({
  event: 'file',
  file: `volume-${index}.raw`,
  state,
  done,
  size: 1000,
});

/** Lets bars be drawn so many times, and the screen take it in. */
async function frames(count = 2): Promise<void> {
  await vi.advanceTimersByTimeAsync(count * FRAME);
  await vi.advanceTimersByTimeAsync(50);
}

async function withBars(
  columns: number,
  rows: number,
  work: (screen: Screen, on: (event: ProgressEvent) => void) => Promise<void>,
) {
  vi.useFakeTimers();
  const screen = new Screen(columns, rows);
  const bars = barProgress(screen as unknown as NodeJS.WriteStream);
  try {
    await work(screen, bars.on);
  } finally {
    bars.stop();
  }
  await frames();
  return screen;
}

const barsOn = (screen: Screen) => screen.lines().filter((line) => /[█░]/.test(line));

describe('on a terminal', () => {
  test.each([
    [80, 24],
    [120, 50],
    [40, 24],
    [20, 10],
  ])('of %i columns and %i rows each file has its line', async (columns, rows) => {
    const screen = await withBars(columns, rows, async (screen, on) => {
      on(plan(3));
      for (let index = 0; index < 3; index++) on(file(index, 'downloading', 500));
      await frames(5);
      expect(barsOn(screen)).toHaveLength(4);
      on(file(1, 'done', 1000));
      await frames();
      const names = barsOn(screen).map((line) => line.split(/\s+/)[0]);
      expect(names.map((name) => name?.slice(-5))).toEqual(['0.raw', '2.raw', 'total']);
      for (const line of screen.lines()) expect(line.length).toBeLessThanOrEqual(columns);
    });
    expect(barsOn(screen)).toEqual([]);
  });

  test('with fewer rows than files, what is on it is drawn over, and nothing is left above', async () => {
    await withBars(80, 10, async (screen, on) => {
      on(plan(40));
      for (let index = 0; index < 40; index++) on(file(index, 'downloading', 10));
      for (let round = 1; round < 20; round++) {
        on(file(round % 5, 'downloading', 10 + round));
        await frames(1);
      }
      const shown = barsOn(screen);
      expect(shown.length).toBeLessThanOrEqual(8);
      expect(shown.at(-1)).toMatch(/^total/);
      expect(new Set(shown.map((line) => line.split(' ')[0])).size).toBe(shown.length);
      // A place that is free is taken by the next.
      on(file(0, 'done', 1000));
      on(file(30, 'downloading', 20));
      await frames();
      expect(barsOn(screen).some((line) => line.startsWith('volume-30.raw'))).toBe(true);
    });
  });

  test.each([
    [120, 40],
    [60, 24],
    [80, 6],
  ])('that becomes %i by %i, each file still has one line', async (columns, rows) => {
    await withBars(80, 24, async (screen, on) => {
      on(plan(6));
      for (let index = 0; index < 6; index++) on(file(index, 'downloading', 500));
      await frames(3);
      screen.resize(columns, rows);
      await frames(3);
      // What stood there is broken to the new width by the terminal; only what was drawn since is ours.
      const shown = barsOn(screen).slice(-(Math.min(6, rows - 3) + 1));
      expect(shown.at(-1)).toMatch(/^total/);
      expect(new Set(shown.map((line) => line.split(' ')[0])).size).toBe(shown.length);
    });
  });

  test('what is said stands above the bars, whole, and stays', async () => {
    const screen = await withBars(80, 24, async (_, on) => {
      on(plan(2));
      on(file(0, 'downloading', 500));
      await frames();
      on({ event: 'warning', message: 'volume-1.raw: going on without host.example' });
      await frames();
      on(file(1, 'downloading', 500));
      await frames();
    });
    expect(screen.lines()).toContain('Warning: volume-1.raw: going on without host.example');
    expect(barsOn(screen)).toEqual([]);
  });

  test('it is left as it was: the cursor shown, long lines wrapped', async () => {
    const written: string[] = [];
    await withBars(80, 24, async (screen, on) => {
      const { _write } = screen;
      screen._write = function (chunk, ...rest) {
        written.push(String(chunk));
        return _write.call(this, chunk, ...rest);
      };
      on(plan(1));
      on(file(0, 'downloading', 500));
      await frames();
    });
    const all = written.join('');
    for (const [on, off] of [
      ['\u001b[?25h', '\u001b[?25l'],
      ['\u001b[?7h', '\u001b[?7l'],
    ] as const) {
      expect(all.lastIndexOf(on)).toBeGreaterThan(all.lastIndexOf(off));
    }
  });
});
