import { bytes, noise } from '../../hosts/content.js';
import { startGoogleDrive } from '../../hosts/google-drive.js';
import type { StandIn } from './stand-in.js';

/** A folder as its public page lists it, without a key. */
export async function start(): Promise<StandIn> {
  const host = await startGoogleDrive({ scanLimit: 1_000_000 });
  const tree = {
    'images.bin': noise(3_500_000, 'drive'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addFolder({ id: '1FolderFolder', name: 'Sample' });
  for (const [name, content] of Object.entries(tree)) {
    await host.addFile({
      id: `1${name.replace('.', 'IsAFile')}`,
      name,
      content,
      parent: '1FolderFolder',
      hashes: true,
    });
  }
  return {
    method: 'google-drive',
    host,
    env: { MEDDS_ENDPOINT_GOOGLE_DRIVE: host.origin },
    entry: { method: 'google-drive', folders: [{ id: '1FolderFolder' }] },
    locator: 'https://drive.google.com/drive/folders/1FolderFolder',
    tree,
    bytes: { host, path: '/download' },
    listing: '/embeddedfolderview',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
