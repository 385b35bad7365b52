/** Scripts rely on commands, flags and arguments. One that changes must change here, too, on purpose: `npx vitest run -u`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Part {
  name: string;
  char?: string;
  type?: string;
  required?: boolean;
  multiple?: boolean;
  allowNo?: boolean;
  default?: unknown;
  options?: string[];
}

interface Command {
  args: Record<string, Part>;
  flags: Record<string, Part>;
}

const manifest = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, Command>;
};

test('commands, arguments and flags are what they were', async () => {
  const lines = Object.entries(manifest.commands)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, { args, flags }]) => [
      id.replaceAll(':', ' '),
      ...Object.values(args).map((arg) => `  ${arg.name}${traits(arg)}`),
      ...Object.values(flags)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((flag) => `  --${flag.allowNo ? '[no-]' : ''}${flag.name}${traits(flag)}`),
    ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('snapshot.txt');
});

function traits({ char, type, required, multiple, default: standard, options }: Part): string {
  return [
    char === undefined ? '' : ` -${char}`,
    type === 'option' ? ' VALUE' : '',
    options === undefined ? '' : ` (${options.join('|')})`,
    standard === undefined || standard === false ? '' : ` = ${String(standard)}`,
    multiple ? ' repeatable' : '',
    required ? ' required' : '',
  ].join('');
}
