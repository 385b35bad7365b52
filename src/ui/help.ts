/** `medds --help`: oclif's help, with commands in the order in which one meets them, and examples first. */
import { type Command, Help } from '@oclif/core';

const ORDER = ['list', 'info', 'fetch', 'import', 'status', 'path', 'verify', 'remove', 'clean'];

const EXAMPLES = [
  ['medds list lung', 'what is there'],
  ['medds fetch luna16', 'download, verify, unpack; run it again to resume'],
  ['medds path luna16', 'the folder, for scripts'],
] as const;

export default class MeddsHelp extends Help {
  protected override formatCommands(commands: Command.Loadable[]): string {
    const rank = ({ id }: { id: string }): number => ORDER.indexOf(id) + 1 || ORDER.length + 1;
    // What says nothing about itself (`version`, beside --version) would be a hole in the list.
    const told = commands.filter(({ summary, description }) => summary ?? description);
    return super.formatCommands(told.sort((a, b) => rank(a) - rank(b)));
  }

  override formatRoot(): string {
    const width = Math.max(...EXAMPLES.map(([line]) => line.length));
    const examples = EXAMPLES.map(([line, what]) => `$ ${line.padEnd(width)}   ${what}`).join('\n');
    return `${super.formatRoot()}\n\n${this.section('EXAMPLES', examples)}`;
  }

  override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log('medds COMMAND --help tells more.');
  }
}
