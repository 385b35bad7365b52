import { bytes, digestOf, noise } from '../../hosts/content.js';
import { startFileHost } from '../../hosts/file-host.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await startFileHost();
  const tree = {
    'images/scans.bin': noise(3_500_000, 'direct'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  for (const [path, content] of Object.entries(tree)) host.add(`/data/${path}`, content);
  const files = Object.entries(tree).map(async ([path, content]) => ({
    url: host.url(`/data/${path}`),
    path,
    size: content.size,
    checksum: `sha256:${await digestOf(content, 'sha256')}`,
  }));
  return {
    method: 'direct',
    host,
    env: {},
    entry: { method: 'direct', files: await Promise.all(files) },
    tree,
    bytes: { host, path: '/data/images/scans.bin' },
    ranges: true,
    close: () => host.close(),
  };
}
