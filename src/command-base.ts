/** What all commands share: the flags of every command, settings, and errors that go to src/main.ts as they are. */
import { Command, Flags } from '@oclif/core';
import type { OnWarning } from './catalogue.js';
import { LOCK_FILE } from './lockfile/name.js';
import { resolveSettings, type SettingName, type Settings } from './settings.js';
import { warn } from './ui/output.js';

/** For commands that may use the network. */
export const offlineFlag = Flags.boolean({ description: 'never use the network', helpGroup: 'GLOBAL' });

/** For commands that go where a registry leads. */
export const allowPrivateFlag = Flags.boolean({
  description: 'registries from the web may lead to private addresses',
  helpGroup: 'GLOBAL',
});

/** For commands that read or write a lock file. */
export const lockFileFlag = Flags.string({ helpValue: 'FILE', default: LOCK_FILE, description: 'the lock file' });

/** For commands that work on a dataset. */
export const noWaitFlag = Flags.boolean({ description: 'fail when another medds process works on the dataset' });

const globs = { multiple: true, multipleNonGreedy: true, helpValue: 'GLOB', helpGroup: 'SELECTION' } as const;

/** For commands that may be about a part of a dataset. */
export const selectionFlags = {
  include: Flags.string({ ...globs, description: "only files whose path fits, such as 'scans/**'; may be repeated" }),
  exclude: Flags.string({ ...globs, description: 'no files whose path fits; may be repeated' }),
  cases: Flags.string({
    helpValue: 'N|NAMES',
    helpGroup: 'SELECTION',
    description: 'only the first N cases, or those named (NAME,NAME), and what belongs to no case',
  }),
  archives: Flags.string({ ...globs, description: 'only from remote files whose name fits; may be repeated' }),
};

export abstract class MeddsCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print one JSON document', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'print results and errors only', helpGroup: 'GLOBAL' }),
    home: Flags.string({ helpValue: 'FOLDER', description: 'folder of the library', helpGroup: 'GLOBAL' }),
    registry: Flags.string({
      helpValue: 'FILE|URL',
      description: 'another registry, beside the bundled one; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'GLOBAL',
    }),
  };

  /**
   * The settings, with the flags of this command on top.
   * @param flags what `parse` returned; other flags than settings are passed over
   * @throws UsageError, DiskError
   */
  protected settings(flags: CommonFlags & { readonly [K in SettingName]?: unknown }): Settings {
    return resolveSettings({ flags: { ...flags, registries: flags.registry } });
  }

  /** Prints warnings to stderr, or nothing with --quiet. */
  protected warnings(flags: { quiet: boolean }): OnWarning {
    return flags.quiet ? () => undefined : warn;
  }

  /** Errors are told by src/main.ts; oclif would set an exit code of its own. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}

interface CommonFlags {
  json: boolean;
  quiet: boolean;
  home?: string | undefined;
  registry?: string[] | undefined;
}
