import { GirderHost } from '../../hosts/girder.js';
import { phantoms, type StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new GirderHost().start();
  const tree = phantoms('girder');
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
