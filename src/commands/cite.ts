import { Args, Flags } from '@oclif/core';
import { citationOf } from '../citing.js';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { CITATION_FORMS } from '../registry/cite.js';
import { print, printJson } from '../ui/output.js';

export default class Cite extends MeddsCommand {
  static override summary = 'Print how datasets are cited, each paper once';
  static override examples = [
    '<%= config.bin %> <%= command.id %> luna16 promise12 >> references.bib',
    '<%= config.bin %> <%= command.id %> --all-fetched --form apa',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ name: 'IDS', description: 'ids or aliases of datasets' }) };
  static override flags = {
    'all-fetched': Flags.boolean({ description: 'every dataset of the library' }),
    form: Flags.option({ options: CITATION_FORMS, default: 'bibtex' as const, description: 'how it is written' })(),
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Cite);
    const ids = argv as string[];
    if ((ids.length === 0) === !flags['all-fetched']) {
      throw new UsageError('Name datasets, or say --all-fetched', { hint: 'Run: medds cite --help' });
    }
    const wanted = flags['all-fetched'] ? undefined : ids;
    const cited = await citationOf(wanted, flags.form, this.settings(flags), this.warnings(flags));
    if (flags.json) printJson({ version: 1, ...cited });
    else print(cited.citation.split('\n').map(printable).join('\n'));
  }
}
