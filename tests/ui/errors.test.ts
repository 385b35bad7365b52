import { describe, expect, test } from 'vitest';
import { ActionRequiredError, IntegrityError, NetworkError, UsageError } from '../../src/errors.js';
import { type ErrorReport, reportOf, reportText } from '../../src/ui/errors.js';
import { styleOf } from '../../src/ui/terminal.js';

const text = (error: unknown, width = 80): Promise<string> =>
  reportText(reportOf(error) as ErrorReport, width, styleOf(false));

test("a plugin's message comes without its colours", () => {
  const error = Object.assign(new Error('Run \u001b[36mmedds help\u001b[22m'), { oclif: { exit: 127 } });
  expect(reportOf(error)).toMatchObject({ exitCode: 2, message: 'Run medds help' });
});

describe('expected errors', () => {
  test('name dataset and file, and end with what to do', async () => {
    const error = new IntegrityError('its md5 is wrong', {
      dataset: 'luna16',
      file: 'subset0.zip',
      hint: 'Try again.',
    });
    expect(await text(error)).toBe('Error: luna16, subset0.zip: its md5 is wrong\nTry again.');
  });

  test('do not say twice what the message says', async () => {
    const error = new NetworkError('subset0.zip of luna16 came short', { dataset: 'luna16', file: 'subset0.zip' });
    expect((await text(error)).split('\n')[0]).toBe('Error: subset0.zip of luna16 came short');
  });

  test('list the steps of what a person must do, with the page', async () => {
    const error = new ActionRequiredError('it cannot be downloaded by a program', {
      dataset: 'retouch',
      url: 'https://retouch.example/',
      steps: ['Create an account.', 'Join the challenge, which may take a few days until it is approved.'],
      hint: 'Then: medds import retouch FOLDER',
    });
    expect(await text(error, 50)).toBe(
      [
        'Error: retouch: it cannot be downloaded by a',
        '       program',
        '  1. Create an account.',
        '  2. Join the challenge, which may take a few days',
        '     until it is approved.',
        '  https://retouch.example/',
        'Then: medds import retouch FOLDER',
      ].join('\n'),
    );
    error.steps[0] = 'Create an account at https://retouch.example/ first.';
    expect((await text(error)).match(/retouch\.example/g)).toHaveLength(1);
  });

  test('keep the lines of a list', async () => {
    expect(await text(new UsageError('Not valid:\n  a: is missing\n  b: is missing'))).toBe(
      'Error: Not valid:\n  a: is missing\n  b: is missing',
    );
  });

  test('show what comes from outside without characters that steer the terminal', async () => {
    const error = new ActionRequiredError('host says \u001b]0;owned\u0007', {
      file: 'a\u202eb',
      steps: ['\u001b[2J'],
      hint: 'x\u009by',
      url: 'https://x/\u001b',
    });
    expect(await text(error)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('become a document that holds what is known, and no more', () => {
    const error = new ActionRequiredError('m', { dataset: 'd', host: 'h', url: 'https://h/', steps: ['s'] });
    expect(reportOf(error)).toEqual({
      code: 'ACTION_REQUIRED',
      exitCode: 4,
      message: 'm',
      dataset: 'd',
      host: 'h',
      url: 'https://h/',
      steps: ['s'],
    });
    expect(reportOf(new UsageError('m'))).toEqual({ code: 'USAGE', exitCode: 2, message: 'm' });
  });
});

test('an error of the file system is a disk error that names the path', () => {
  const error = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: '/data/x' });
  expect(reportOf(error)).toMatchObject({ code: 'DISK', exitCode: 7, message: expect.stringContaining('/data/x') });
});

test('anything else is a fault of medds, and says so without a stack', async () => {
  const error = new TypeError('x is not a function');
  expect(reportOf(error)).toMatchObject({ code: 'UNEXPECTED', exitCode: 1 });
  const shown = await text(error);
  expect(shown).toContain('x is not a function');
  expect(shown).toContain('fault of medds');
  expect(shown).not.toContain('errors.test.ts');
  expect(reportOf('a string')).toMatchObject({ exitCode: 1, message: expect.stringContaining('a string') });
  expect(reportOf(undefined)).toMatchObject({ exitCode: 1 });
});

describe('errors of the command-line frame', () => {
  const frame = (message: string, more: object = {}) =>
    Object.assign(new Error(message), { oclif: { exit: 2 }, ...more });

  test('are wrong usage, with the help to read', () => {
    expect(reportOf(frame('Unexpected argument: x\nSee more help with --help'), 'medds list')).toEqual({
      code: 'USAGE',
      exitCode: 2,
      message: 'Unexpected argument: x',
      hint: 'Run: medds list --help',
    });
  });

  test('may only end the command', () => {
    expect(reportOf(frame('EEXIT: 9', { code: 'EEXIT', oclif: { exit: 9 } }))).toEqual({ exitCode: 9 });
  });
});
