import { bytes, digestOf, noise } from '../../hosts/content.js';
import { startFileHost } from '../../hosts/file-host.js';
import type { StandIn } from './stand-in.js';

/** A description beside its files, one of which it names by an address of its own. */
export async function start(): Promise<StandIn> {
  const host = await startFileHost();
  const images = noise(3_500_000, 'croissant');
  const tree = {
    'images.bin': images,
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  for (const [name, content] of Object.entries(tree)) host.add(`/set/${name}`, content);
  const distribution = Object.keys(tree).map((name) => ({
    '@type': 'cr:FileObject',
    '@id': name,
    name,
    contentUrl: name === 'images.bin' ? host.url('/set/images.bin') : name,
    encodingFormat: 'application/octet-stream',
  }));
  Object.assign(distribution[0] as object, { contentSize: '3500000 B', sha256: await digestOf(images, 'sha256') });
  host.add('/set/croissant.json', JSON.stringify({ '@type': 'sc:Dataset', name: 'Phantoms', distribution }));
  return {
    method: 'croissant',
    host,
    env: {},
    entry: { method: 'croissant', url: host.url('/set/croissant.json') },
    locator: `croissant:${host.url('/set/croissant.json')}`,
    tree,
    bytes: { host, path: '/set/images.bin' },
    listing: '/set/croissant.json',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
