import { bytes, noise } from '../../hosts/content.js';
import { startDropbox } from '../../hosts/dropbox.js';
import type { StandIn } from './stand-in.js';

/** Files, each by a link of another kind. */
export async function start(): Promise<StandIn> {
  const host = await startDropbox();
  const tree = {
    'images.bin': noise(3_500_000, 'dropbox'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  host.share('/scl/fi/key1/images.bin', tree['images.bin'], { rlkey: 'rl1' });
  host.share('/s/key2/labels.csv', tree['labels.csv']);
  host.share('/sh/key3/token3/notes.txt', tree['notes.txt']);
  return {
    method: 'dropbox',
    host,
    env: { MEDDS_ENDPOINT_DROPBOX: host.origin },
    entry: {
      method: 'dropbox',
      files: [
        { url: 'https://www.dropbox.com/s/key2/labels.csv' },
        { url: 'https://www.dropbox.com/sh/key3/token3/notes.txt?dl=1' },
        { url: 'https://www.dropbox.com/scl/fi/key1/images.bin?rlkey=rl1&dl=0', path: 'images.bin', size: 3_500_000 },
      ],
    },
    tree,
    bytes: { host, path: host.bytesPath('/scl/fi/key1/images.bin') },
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
