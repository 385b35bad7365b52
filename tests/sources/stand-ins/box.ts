import { startBox } from '../../hosts/box.js';
import { bytes, noise } from '../../hosts/content.js';
import type { StandIn } from './stand-in.js';

/** A shared folder with another one in it. */
export async function start(): Promise<StandIn> {
  const host = await startBox();
  const tree = {
    'images.bin': noise(3_500_000, 'box'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'more/notes.txt': bytes('Case 7 is missing.\n'),
  };
  host.addFolder({ id: 1, name: 'Sample' });
  host.addFolder({ id: 2, name: 'more', parent: 1 });
  host.addFile({ id: 11, name: 'images.bin', parent: 1, content: tree['images.bin'] });
  host.addFile({ id: 12, name: 'labels.csv', parent: 1, content: tree['labels.csv'] });
  host.addFile({ id: 13, name: 'notes.txt', parent: 2, content: tree['more/notes.txt'] });
  host.share(1, { sharedName: 'abc123' });
  return {
    method: 'box',
    host,
    env: { MEDDS_ENDPOINT_BOX: host.origin },
    entry: { method: 'box', item: { url: 'https://hospital.app.box.com/s/abc123' } },
    locator: 'https://hospital.app.box.com/s/abc123',
    tree,
    bytes: { host, path: host.bytesPath(11) },
    listing: '/s/abc123',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
