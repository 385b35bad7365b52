import { bytes, noise } from '../../hosts/content.js';
import { GirderHost } from '../../hosts/girder.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new GirderHost().start();
  const tree = {
    'scans/images.bin': noise(3_500_000, 'girder'),
    'scans/labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  const files = Object.fromEntries(Object.entries(tree).map(([path, content]) => [`Phantoms/${path}`, content]));
  await host.addCollection('Phantoms', files);
  return {
    method: 'girder',
    host,
    env: host.env,
    entry: { method: 'girder', api: host.api, collection: host.id('Phantoms') },
    locator: `${host.api}/collection/${host.id('Phantoms')}`,
    tree: Object.fromEntries(Object.entries(tree).map(([path, content]) => [`Phantoms/${path}`, content])),
    bytes: { host, path: host.filePath('Phantoms', 'Phantoms/scans/images.bin') },
    listing: '/database/api/v1/folder',
    ranges: true,
    close: () => host.close(),
  };
}
