import { Args, Flags } from '@oclif/core';
import { findDatasets } from '../catalogue.js';
import { MeddsCommand, offlineFlag } from '../command-base.js';
import { SORT_ORDERS } from '../registry/search.js';
import { showDatasetList } from '../ui/dataset-list.js';

const several = { multiple: true, multipleNonGreedy: true } as const;

export default class List extends MeddsCommand {
  static override summary = 'List datasets that fit the words and filters';
  static override description =
    `Words are looked for in ids, names, descriptions, keywords, modalities, anatomy and tasks; all must be found.
A filter that is repeated takes either. In a pipe: one line a dataset, cells parted by tabs, sizes in bytes, no header.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> lung nodule',
    '<%= config.bin %> <%= command.id %> --modality MRI --task segmentation --sort size',
    '<%= config.bin %> <%= command.id %> --license CC-BY --license CC0 --json',
  ];
  static override strict = false;
  static override args = { words: Args.string({ description: 'words that must all be found' }) };
  static override flags = {
    modality: Flags.string({ ...several, helpValue: 'NAME', description: 'such as CT, MR, X-ray, US, WSI' }),
    anatomy: Flags.string({ ...several, helpValue: 'NAME', description: 'such as lung, brain, retina' }),
    task: Flags.string({ ...several, helpValue: 'NAME', description: 'such as segmentation, detection' }),
    method: Flags.string({
      ...several,
      helpValue: 'NAME',
      description: 'access method, such as zenodo, kaggle, manual',
    }),
    license: Flags.string({
      ...several,
      helpValue: 'SPDX',
      description: 'licence, such as CC-BY-4.0; CC-BY fits every version',
    }),
    section: Flags.string({
      ...several,
      helpValue: 'NAME',
      description: 'section of the registry, such as "Head and Neck"',
    }),
    here: Flags.boolean({ description: 'only what the library holds, complete or in part', exclusive: ['absent'] }),
    absent: Flags.boolean({ description: 'only what the library does not hold' }),
    sort: Flags.option({
      options: SORT_ORDERS,
      default: 'id' as const,
      description: 'order; size and cases largest first',
    })(),
    offline: offlineFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(List);
    const { modality, anatomy, task, method, license, section, sort } = flags;
    const hereFilter = flags.here ? 'here' : flags.absent ? 'absent' : undefined;
    const query = {
      words: argv as string[],
      modality,
      anatomy,
      task,
      method,
      license,
      section,
      sort,
      hereFilter,
    } as const;
    await showDatasetList(await findDatasets(query, this.settings(flags), this.warnings(flags)), flags);
  }
}
