/** All access methods. */
import type { Method, SourceEntry } from '../registry/schema.js';
import type { Source } from './source.js';

interface MethodFacts<M extends Method> {
  /** Name for people. */
  title: string;
  /** What its locators look like. A quick look only: the source itself reads them. */
  locator?: RegExp;
  load(): Promise<Source<M>>;
}

/** In the order in which they are asked whose a locator is: `direct` takes every web address, so it is last. */
export const METHODS: { [M in Method]: MethodFacts<M> } = {
  croissant: {
    title: 'Croissant',
    locator: /^croissant:/i,
    load: async () => (await import('./croissant.js')).croissant,
  },
  zenodo: {
    title: 'Zenodo',
    locator: /^zenodo:|zenodo\./i,
    load: async () => (await import('./zenodo.js')).zenodo,
  },
  s3: {
    title: 'Amazon S3',
    locator: /^s3:|[./]s3[^/]*\.amazonaws\.com([/?]|$)/i,
    load: async () => (await import('./s3.js')).s3,
  },
  kaggle: {
    title: 'Kaggle',
    locator: /^kaggle:|\/\/(www\.)?kaggle\.com\//i,
    load: async () => (await import('./kaggle.js')).kaggle,
  },
  huggingface: {
    title: 'Hugging Face',
    locator: /^(hf|huggingface):|\/\/(www\.)?(huggingface|hf)\.co\//i,
    load: async () => (await import('./huggingface.js')).huggingface,
  },
  tcia: {
    title: 'TCIA',
    locator: /^tcia:|\.tcia(\?|$)|cancerimagingarchive\.net\/(collection|analysis-result)\//i,
    load: async () => (await import('./tcia.js')).tcia,
  },
  idc: {
    title: 'Imaging Data Commons',
    locator: /^idc:|\.s5cmd(\?|$)/i,
    load: async () => (await import('./idc.js')).idc,
  },
  'google-drive': {
    title: 'Google Drive',
    locator: /^(gdrive|google-drive):|\/\/(drive|docs|drive\.usercontent)\.google\.com\//i,
    load: async () => (await import('./google-drive.js')).googleDrive,
  },
  figshare: {
    title: 'Figshare',
    locator: /^figshare:|figshare\.|\/articles\/[a-z_]+\/[^/]+\/\d/i,
    load: async () => (await import('./figshare.js')).figshare,
  },
  dataverse: {
    title: 'Dataverse',
    locator: /^dataverse:|^doi:10\.7910\/DVN\/|[?&]persistentId=/i,
    load: async () => (await import('./dataverse.js')).dataverse,
  },
  osf: {
    title: 'OSF',
    locator: /^osf:|\/\/([\w-]+\.)?osf\.io\/|^doi:10\.17605\/osf\.io\//i,
    load: async () => (await import('./osf.js')).osf,
  },
  github: {
    title: 'GitHub',
    locator: /^github:|\/\/((www|api|codeload)\.)?github\.com\/|\/\/(raw|media)\.githubusercontent\.com\//i,
    load: async () => (await import('./github.js')).github,
  },
  box: {
    title: 'Box',
    locator: /\/\/([\w-]+\.)*box\.com\//i,
    load: async () => (await import('./box.js')).box,
  },
  dropbox: {
    title: 'Dropbox',
    locator: /\/\/((www|dl)\.)?dropbox(usercontent)?\.com\//i,
    load: async () => (await import('./dropbox.js')).dropbox,
  },
  synapse: {
    title: 'Synapse',
    locator: /^synapse:|^syn\d+(\.\d+)?$|\/\/(www\.)?synapse\.org\/|^doi:10\.7303\/syn/i,
    load: async () => (await import('./synapse.js')).synapse,
  },
  nitrc: {
    title: 'NITRC',
    locator: /^nitrc:|\/\/(www\.)?nitrc\.org\//i,
    load: async () => (await import('./nitrc.js')).nitrc,
  },
  physionet: {
    title: 'PhysioNet',
    locator: /^physionet:|\/\/(www\.)?physionet\.org\//i,
    load: async () => (await import('./physionet.js')).physionet,
  },
  gcs: {
    title: 'Google Cloud Storage',
    locator: /^gs:|\/\/(storage\.googleapis|storage\.cloud\.google|console\.cloud\.google)\.com\//i,
    load: async () => (await import('./gcs.js')).gcs,
  },
  mendeley: {
    title: 'Mendeley Data',
    locator: /^mendeley:|\/\/data\.mendeley\.com\/|^doi:10\.17632\//i,
    load: async () => (await import('./mendeley.js')).mendeley,
  },
  inveniordm: {
    title: 'InvenioRDM',
    locator: /^inveniordm:|\/records\/[a-z0-9]{5}-[a-z0-9]{5}([/?#]|$)/i,
    load: async () => (await import('./inveniordm.js')).inveniordm,
  },
  girder: {
    title: 'Girder',
    locator: /^girder:|(\/api\/v1\/|#\/?)(folder|item|collection)\/[0-9a-f]{24}/i,
    load: async () => (await import('./girder.js')).girder,
  },
  nextcloud: {
    title: 'Nextcloud',
    locator: /^nextcloud:|\/s\/[\w-]+\/?([?#]|\/download|$)/i,
    load: async () => (await import('./nextcloud.js')).nextcloud,
  },
  manual: { title: 'by hand', load: async () => (await import('./manual.js')).manual },
  all: { title: 'several sources together', load: async () => (await import('./all.js')).all },
  direct: {
    title: 'direct download',
    locator: /^https?:\/\//i,
    load: async () => (await import('./direct.js')).direct,
  },
};

export function sourceOfMethod<M extends Method>(method: M): Promise<Source<M>> {
  return (METHODS[method] as MethodFacts<M>).load();
}

/** The source that an entry is for. */
export function sourceOf<E extends SourceEntry>(entry: E): Promise<Source<E['method']>> {
  return sourceOfMethod(entry.method);
}

/** Where an entry points, in a few words, without asking anyone: `Zenodo 3723295`. */
export function describeSource(entry: SourceEntry): string {
  if (entry.method === 'all') return entry.of.map(describeSource).join(' + ');
  const { title } = METHODS[entry.method];
  const where = locatorOf(entry);
  return where === undefined ? title : `${title} ${where}`;
}

function locatorOf(entry: Exclude<SourceEntry, { method: 'all' }>): string | undefined {
  switch (entry.method) {
    case 'zenodo':
      return entry.record;
    case 'kaggle':
      return entry.dataset ?? entry.competition;
    case 'huggingface':
      return entry.repo;
    case 'github':
      return entry.release === undefined ? entry.repo : `${entry.repo} ${entry.release}`;
    case 'tcia':
    case 'idc':
      return entry.collection ?? entry.manifest?.split('/').at(-1) ?? entry.series?.join(', ').slice(0, 64);
    case 's3':
      return `s3://${entry.bucket}/${entry.prefix ?? ''}`;
    case 'figshare':
      if (entry.article === undefined)
        return entry.file === undefined ? `collection ${entry.collection}` : `file ${entry.file}`;
      return `${entry.article}${entry.version === undefined ? '' : `.v${entry.version}`}`;
    case 'dataverse':
      return `${entry.doi}${entry.version === undefined ? '' : ` v${entry.version}`}`;
    case 'osf':
      return entry.node;
    case 'synapse':
      return entry.entity;
    case 'nitrc':
      return (
        entry.group ??
        entry.files
          ?.map(({ path, id }) => path ?? id)
          .join(', ')
          .slice(0, 64)
      );
    case 'physionet':
      return `${entry.project} ${entry.version}`;
    case 'gcs':
      return `gs://${entry.bucket}/${entry.prefix ?? ''}`;
    case 'mendeley':
      return `${entry.dataset}${entry.version === undefined ? '' : ` v${entry.version}`}`;
    case 'inveniordm':
      return `${new URL(entry.server).host} ${entry.record}`;
    case 'girder':
      return hostsOf([{ url: entry.api }]);
    case 'nextcloud':
      return hostsOf([{ url: entry.share }]);
    case 'croissant':
      return entry.url.split('/').at(-1);
    case 'manual':
      return `(${entry.host})`;
    case 'box':
      return hostsOf([...(entry.files ?? []), ...(entry.item === undefined ? [] : [entry.item])]);
    case 'direct':
      return hostsOf(entry.files);
    default:
      return undefined;
  }
}

function hostsOf(links: readonly { url: string }[]): string {
  return [...new Set(links.map(({ url }) => /^https?:\/\/([^/]+)/.exec(url)?.[1]))].join(', ');
}
