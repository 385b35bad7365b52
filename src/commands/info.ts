import { Args, Flags } from '@oclif/core';
import { findDataset } from '../catalogue.js';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { printable } from '../printable.js';
import { CITATION_FORMS, cite } from '../registry/cite.js';
import { useOf } from '../registry/use.js';
import { pageText } from '../ui/dataset-page.js';
import { print, printJson } from '../ui/output.js';
import { terminalOf } from '../ui/terminal.js';

export default class Info extends MeddsCommand {
  static override summary = 'Show everything about a dataset: size, licence, terms, sources, known problems';
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16',
    '<%= config.bin %> <%= command.id %> luna16 --cite bibtex >> references.bib',
    '<%= config.bin %> <%= command.id %> luna16 --json',
    '<%= config.bin %> <%= command.id %> luna16 --croissant > luna16.croissant.json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'id or alias of a dataset (medds list)' }),
  };
  static override flags = {
    cite: Flags.option({ options: CITATION_FORMS, description: 'print only how to cite it' })(),
    croissant: Flags.boolean({ description: 'print it as Croissant JSON-LD', exclusive: ['cite'] }),
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Info);
    const found = await findDataset(args.id, this.settings(flags), this.warnings(flags));
    const { dataset, status, overlaps, shadows } = found;
    if (flags.croissant) {
      const { croissantOf } = await import('../croissant.js');
      printJson(await croissantOf(found, this.settings(flags).home.value));
    } else if (flags.cite !== undefined) {
      const citation = await cite([dataset], flags.cite);
      if (flags.json) printJson({ version: 1, id: dataset.id, form: flags.cite, citation });
      else print(citation.split('\n').map(printable).join('\n'));
    } else if (flags.json)
      printJson({ version: 1, dataset, use: useOf(dataset), overlaps, shadows, here: status ?? null });
    else print(await pageText(found, terminalOf(process.stdout)));
  }
}
