/** Files and folders that are shared on Google Drive: by an API key where one is given, by the public pages otherwise. */
import { driveSecret } from '../credentials/google-drive.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import type { Listed } from './facts.js';
import { apiDrive, SecretRefusedError } from './google-drive-api.js';
import { type Drive, type DriveItem, type DriveRef, pathPart } from './google-drive-item.js';
import { locateOnDrive } from './google-drive-locator.js';
import { publicDrive } from './google-drive-public.js';
import { walkFolder } from './google-drive-tree.js';
import { lookedAt } from './shared-link.js';
import type { RemoteFile, Resolution, Source } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'google-drive' }>;
type NamedFile = NonNullable<Entry['files']>[number];

/** From so many entries on, a folder that was listed without a key may hold more than its page shows. */
const MANY = 100;

export const googleDrive: Source<'google-drive'> = {
  locate: locateOnDrive,

  async resolve(entry, context) {
    const secret = await driveSecret(context.env);
    const byPages = () => resolveBy(publicDrive(context), entry, false);
    if (secret === undefined) return byPages();
    try {
      return await resolveBy(apiDrive(context, secret), entry, true);
    } catch (refusal) {
      if (!(refusal instanceof SecretRefusedError)) throw refusal;
      // A key for another of Google's services may lie in the same variable: what is public needs none.
      const resolution = await byPages().catch((error) => {
        throw error instanceof ActionRequiredError ? refusal : error;
      });
      return { ...resolution, notes: [...resolution.notes, `${refusal.message}. Google Drive was asked without it.`] };
    }
  },
};

async function resolveBy(drive: Drive, entry: Entry, complete: boolean): Promise<Resolution> {
  const files: RemoteFile[] = [];
  const notes: string[] = [];
  const names: string[] = [];
  const addFile = (item: DriveItem, known: Partial<NamedFile>) => {
    if (item.kind === 'other') throw new NotFoundError(`Google Drive ${item.id} has no bytes that could be downloaded`);
    const path = known.path ?? pathPart(item);
    names.push(path);
    const facts: FileFacts = { ...known, path };
    const rules = { files: [facts], unpack: entry.unpack, into: entry.into };
    files.push(...chooseTree([listed(drive, item, path)], rules, `Google Drive file ${item.id}`));
  };
  const addFolder = async (ref: DriveRef, into = entry.into) => {
    const tree = await walkFolder(drive, ref);
    const name = tree.name ?? ref.id;
    names.push(name);
    const where = `Google Drive folder ${printable(name)}`;
    const listing = tree.files.map(({ item, path }) => listed(drive, item, path));
    files.push(...chooseTree(listing, { ...entry, files: undefined, into }, where));
    if (tree.left.length > 0)
      notes.push(`Left out, as they have no bytes to download: ${printable(tree.left.join(', '))}.`);
    if (!complete && tree.most >= MANY) {
      notes.push(
        `${where} shows ${tree.most} entries in one folder. Google does not say whether its page shows all; with an API key in GOOGLE_DRIVE_API_KEY the list is complete.`,
      );
    }
  };

  for (const [index, file] of (entry.files ?? []).entries()) {
    // The first tells whether the source works; others are looked at now only for what is not known of them.
    const isOpen = index === 0 || file.path === undefined || file.size === undefined;
    const item = isOpen ? await drive.file(ref(file)) : { ...ref(file), kind: 'file' as const, checksums: [] };
    addFile(item, file);
  }
  for (const folder of entry.folders ?? []) await addFolder(folder, folder.into ?? entry.into);
  if (entry.item !== undefined) {
    const item = await drive.item(entry.item);
    if (item.kind === 'folder') await addFolder(item);
    else addFile(item, {});
  }
  return {
    label: `Google Drive ${printable(names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' + '))}`,
    ...(names.length === 1 ? { title: names[0] as string } : {}),
    files,
    notes,
  };
}

const ref = ({ id, resourceKey }: DriveRef): DriveRef => ({
  id,
  ...(resourceKey === undefined ? {} : { resourceKey }),
});

function listed(drive: Drive, item: DriveItem, path: string): Listed {
  return {
    path,
    ...(item.size === undefined ? {} : { size: item.size }),
    checksums: item.checksums,
    request: lookedAt((signal) => drive.request(item, signal), item.found),
  };
}
