/** The stand-ins of hosts, with what a replica holds there. */
import type { FileFacts, SourceEntry } from '../../src/registry/schema.js';
import { startBox } from '../hosts/box.js';
import { startDataverse } from '../hosts/dataverse.js';
import { startDropbox } from '../hosts/dropbox.js';
import { startFigshare } from '../hosts/figshare.js';
import { startFileHost } from '../hosts/file-host.js';
import { GirderHost } from '../hosts/girder.js';
import { startGitHub } from '../hosts/github.js';
import { startGoogleDrive } from '../hosts/google-drive.js';
import { startHuggingFace } from '../hosts/huggingface.js';
import { startIdc } from '../hosts/idc.js';
import { InvenioHost } from '../hosts/inveniordm.js';
import { startKaggle } from '../hosts/kaggle.js';
import { MendeleyHost } from '../hosts/mendeley.js';
import { NextcloudHost } from '../hosts/nextcloud.js';
import { startNitrc } from '../hosts/nitrc.js';
import { startOsf } from '../hosts/osf.js';
import { PhysioNetHost } from '../hosts/physionet.js';
import { startS3 } from '../hosts/s3.js';
import { startSynapse } from '../hosts/synapse.js';
import { startTcia } from '../hosts/tcia.js';
import { startZenodo } from '../hosts/zenodo.js';
import { pathsOf } from '../sources/stand-ins/idc.js';
import { treeOfSeries } from '../sources/stand-ins/tcia.js';
import type { Files } from './offer.js';

/** By record, repository, bucket or whatever else the host's registry entries name; '' where they name every file's address. */
export type Held = Record<string, Files>;

export interface Started {
  /** What leads medds to it, and who the user is. */
  env: Record<string, string>;
  /** What the dataset holds besides what the offers tell. */
  tree?: Record<string, Buffer | string>;
  close(): Promise<unknown>;
}

type Entry<M> = Extract<SourceEntry, { method: M }>;

/** @param entries those of the source that are for the host; addresses in them may be changed to lead to the stand-in */
type Start<M> = (held: Held, entries: Entry<M>[]) => Promise<Started>;

const bytesOf = (files: Files) =>
  Promise.all(Object.entries(files).map(async ([name, { bytes }]) => ({ name, content: await bytes() })));

const byName = async (files: Files) =>
  Object.fromEntries((await bytesOf(files)).map(({ name, content }) => [name, content]));

/** The one group of files of a host whose entries name every file. */
const only = (held: Held): Files => held[''] ?? {};

export const HOSTS: { [M in SourceEntry['method']]?: Start<M> } = {
  async zenodo(held) {
    const host = await startZenodo();
    for (const [id, files] of Object.entries(held)) {
      const named = (await bytesOf(files)).map(({ name, content }) => ({ key: name, content }));
      await host.addRecord({ id, files: named });
    }
    return { env: { MEDDS_ENDPOINT_ZENODO: host.origin }, close: () => host.close() };
  },

  async kaggle(held, entries) {
    const host = await startKaggle({ keys: { ada: 'secret' } });
    for (const [slug, files] of Object.entries(held)) {
      const named = (await bytesOf(files)).map((file) => ({ ...file, wrapped: true }));
      if (entries.some(({ competition }) => competition === slug)) {
        await host.addCompetition(slug, named, { accepted: new Set(['ada']) });
      } else await host.addDataset(slug, named);
    }
    const login = { KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'secret' };
    return { env: { MEDDS_ENDPOINT_KAGGLE: host.origin, ...login }, close: () => host.close() };
  },

  async huggingface(held, entries) {
    const host = await startHuggingFace();
    for (const [id, files] of Object.entries(held)) {
      const { revision = 'main' } = entries.find(({ repo }) => repo === id) ?? {};
      const named = (await bytesOf(files)).map(({ name, content }) => ({
        path: name,
        content,
        lfs: /z$|zip$/.test(name),
      }));
      await host.addRepo({ id, files: named, ...(/^[0-9a-f]{40}$/.test(revision) ? { sha: revision } : {}) });
    }
    return { env: { MEDDS_ENDPOINT_HUGGINGFACE: host.origin }, close: () => host.close() };
  },

  async github(held, entries) {
    const host = await startGitHub();
    for (const [repo, files] of Object.entries(held)) {
      const sha = entries.find((entry) => entry.repo === repo)?.ref;
      const named = (await bytesOf(files)).map(({ name, content }) => ({ path: name, content }));
      await host.addRepo(repo, { files: named, ...(sha === undefined ? {} : { sha }) });
      const release = entries.find((entry) => entry.repo === repo)?.release;
      const assets = named.map(({ path, content }) => ({ name: path, content }));
      if (release !== undefined) await host.addRelease(repo, release, assets);
    }
    return { env: host.env, close: () => host.close() };
  },

  async s3(held, entries) {
    const host = await startS3();
    for (const [bucket, files] of Object.entries(held)) {
      const { region } = entries.find((entry) => entry.bucket === bucket) ?? {};
      host.addBucket(bucket, region === undefined ? {} : { region });
      for (const { name, content } of await bytesOf(files)) await host.addObject(bucket, { key: name, content });
    }
    return { env: { MEDDS_ENDPOINT_S3: host.origin }, close: () => host.close() };
  },

  async figshare(held, entries) {
    const host = await startFigshare();
    for (const [number, files] of Object.entries(held)) {
      const isCollection = entries.some(({ collection }) => collection === number);
      const id = isCollection ? Number(number) + 1 : Number(number);
      await host.addArticle({ id, files: await bytesOf(files) });
      if (isCollection) host.addCollection(Number(number), [id]);
    }
    return { env: host.env, close: () => host.close() };
  },

  async dataverse(held, entries) {
    const host = await startDataverse();
    for (const [doi, files] of Object.entries(held)) {
      const { version } = entries.find((entry) => entry.doi === doi) ?? {};
      const named = await bytesOf(files);
      await host.addDataset({ pid: `doi:${doi}`, files: named, ...(version === undefined ? {} : { version }) });
    }
    return { env: { MEDDS_ENDPOINT_DATAVERSE: host.origin }, close: () => host.close() };
  },

  async inveniordm(held) {
    const host = await new InvenioHost().start();
    for (const [record, files] of Object.entries(held)) await host.addRecord(record, await byName(files));
    return { env: host.env, close: () => host.close() };
  },

  async mendeley(held, entries) {
    const host = await new MendeleyHost().start();
    for (const { dataset, version = 1 } of entries) {
      await host.addVersion(dataset, version, await byName(held[dataset] ?? {}));
    }
    return { env: host.env, close: () => host.close() };
  },

  async physionet(held) {
    const host = await new PhysioNetHost({ accounts: ['ada:secret'] }).start();
    for (const [name, files] of Object.entries(held)) await host.addProject(name, await byName(files), { open: false });
    return { env: { ...host.env, PHYSIONET_USERNAME: 'ada', PHYSIONET_PASSWORD: 'secret' }, close: () => host.close() };
  },

  async osf(held) {
    const host = await startOsf();
    for (const [id, files] of Object.entries(held)) await host.addNode({ id, title: id, files: await byName(files) });
    return { env: host.env, close: () => host.close() };
  },

  async nextcloud(held) {
    const host = await new NextcloudHost().start();
    for (const [token, files] of Object.entries(held)) await host.addShare(token, await byName(files));
    return { env: host.env, close: () => host.close() };
  },

  async synapse(held) {
    const host = await startSynapse({ accounts: { secret: { name: 'ada' } } });
    for (const [id, files] of Object.entries(held)) {
      host.addEntity({ id, name: 'Set', type: 'Project' });
      for (const [at, { name, content }] of (await bytesOf(files)).entries()) {
        host.addEntity({
          id: `${id}${at}`,
          name: `${id}-${name.replaceAll('/', '-')}`,
          parent: id,
          versions: [content],
        });
      }
    }
    return { env: { ...host.env, SYNAPSE_AUTH_TOKEN: 'secret' }, close: () => host.close() };
  },

  /** Its ids are made of names: the entries are changed to them. */
  async girder(held, entries) {
    const host = await new GirderHost().start();
    for (const entry of entries) {
      const files = await byName(held[entry.collection ?? entry.folder ?? ''] ?? {});
      await host.addCollection('Set', Object.fromEntries(Object.entries(files).map(([at, is]) => [`Set/${at}`, is])));
      Object.assign(entry, { api: host.api, collection: host.id('Set') });
      delete entry.folder;
    }
    return { env: host.env, close: () => host.close() };
  },

  async nitrc(held, entries) {
    const host = await startNitrc({ accounts: { ada: 'secret' } });
    for (const [group, files] of Object.entries(held)) {
      host.addProject('phantoms', group);
      for (const { name, content } of await bytesOf(files)) {
        const id = entries.flatMap((entry) => entry.files ?? []).find((facts) => facts.path === name)?.id ?? '1';
        host.addRelease({ id, name, group, content, access: 'login' });
      }
    }
    return { env: { ...host.env, NITRC_USERNAME: 'ada', NITRC_PASSWORD: 'secret' }, close: () => host.close() };
  },

  async box(held, entries) {
    const host = await startBox();
    const facts = entries.flatMap((entry) => entry.files ?? []);
    for (const [at, { name, content }] of (await bytesOf(only(held))).entries()) {
      const { pathname, searchParams } = new URL(linkOf(facts, name));
      const [, shared = '', ending = ''] = /\/static\/([^.]+)(\.\w+)$/.exec(pathname) ?? [];
      const id = Number(searchParams.get('file_id')?.slice('f_'.length) ?? 5000 + at);
      host.addFile({ id, name, content });
      host.share(id, { sharedName: searchParams.get('shared_name') ?? shared, ending });
    }
    return { env: { MEDDS_ENDPOINT_BOX: host.origin }, close: () => host.close() };
  },

  async dropbox(held, entries) {
    const host = await startDropbox();
    const facts = entries.flatMap((entry) => entry.files);
    for (const { name, content } of await bytesOf(only(held))) {
      const { pathname } = new URL(linkOf(facts, name));
      host.share(pathname, content, { isFolder: !pathname.includes('.') });
    }
    return { env: { MEDDS_ENDPOINT_DROPBOX: host.origin }, close: () => host.close() };
  },

  async 'google-drive'(held, entries) {
    const host = await startGoogleDrive();
    const facts = entries.flatMap((entry) => entry.files ?? []);
    for (const { id } of entries.flatMap(({ folders = [] }) => folders)) {
      await host.addFolder({ id });
      for (const [at, { name, content }] of (await bytesOf(only(held))).entries()) {
        await host.addFile({ id: `${id}-${at}`, name: name.replaceAll('/', '-'), content, parent: id });
      }
    }
    for (const { name, content } of facts.length === 0 ? [] : await bytesOf(only(held))) {
      const { id, resourceKey } = find(facts, name);
      await host.addFile({ id, name, content, ...(resourceKey === undefined ? {} : { resourceKey }) });
    }
    return { env: { MEDDS_ENDPOINT_GOOGLE_DRIVE: host.origin }, close: () => host.close() };
  },

  async direct(held, entries) {
    const host = await startFileHost();
    const facts = entries.flatMap((entry) => entry.files);
    for (const { name, content } of await bytesOf(only(held))) {
      host.add(`/${name}`, content);
      find(facts, name).url = host.url(`/${name}`);
    }
    return { env: {}, close: () => host.close() };
  },

  /** Files' names are `PATIENT MODALITY`, a series of one image. */
  async idc(held) {
    const host = await startIdc();
    const tree: Started['tree'] = {};
    for (const [collection, files] of Object.entries(held)) {
      for (const { name, content } of await bytesOf(files)) {
        const [patient = '', modality = ''] = name.split(' ');
        const series = await host.addSeries({ collection, patient, modality, images: [content] });
        for (const path of pathsOf(series)) tree[path] = content;
      }
      tree[`IDC-${collection}.json`] = JSON.stringify(host.about(collection));
    }
    return { env: host.env, tree, close: () => host.close() };
  },

  /** As for `idc`; names without a modality are companions, on the archive's web site. */
  async tcia(held, entries) {
    const host = await startTcia();
    const tree: Started['tree'] = {};
    const companions = entries.flatMap((entry) => entry.companions ?? []);
    for (const [at, [collection, files]] of Object.entries(held).entries()) {
      const uids: string[] = [];
      for (const { name, content } of await bytesOf(files)) {
        const [patient = '', modality] = name.split(' ');
        if (modality === undefined) {
          host.add(`/wp-content/uploads/${name}`, content);
          find(companions, name).url = host.url(`/wp-content/uploads/${name}`);
        } else {
          const series = host.addSeries({ collection, patient, modality, images: [content] });
          uids.push(series.series);
          Object.assign(tree, treeOfSeries(series));
        }
      }
      const asked = entries.find(({ manifest }) => manifest === collection);
      if (asked !== undefined) {
        host.add(`/${at}.tcia`, `ListOfSeriesToDownload=\n${uids.join('\n')}\n`);
        asked.manifest = host.url(`/${at}.tcia`);
      }
    }
    return { env: { MEDDS_ENDPOINT_TCIA: host.endpoint }, tree, close: () => host.close() };
  },
};

function find<F extends Pick<FileFacts, 'path'> | { path?: string | undefined }>(facts: readonly F[], path: string): F {
  const found = facts.find((one) => one.path === path);
  if (found === undefined) throw new Error(`The registry knows no file ${path}`);
  return found;
}

const linkOf = (facts: readonly { path?: string | undefined; url: string }[], path: string) => find(facts, path).url;
