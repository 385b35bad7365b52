import { bytes, noise } from '../../hosts/content.js';
import { NextcloudHost } from '../../hosts/nextcloud.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new NextcloudHost().start();
  const tree = {
    'scans/images.bin': noise(3_500_000, 'nextcloud'),
    'scans/labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addShare('aB3-x', tree);
  return {
    method: 'nextcloud',
    host,
    env: host.env,
    entry: { method: 'nextcloud', share: 'https://cloud.example/index.php/s/aB3-x' },
    locator: 'https://cloud.example/index.php/s/aB3-x',
    tree,
    bytes: { host, path: host.filePath('aB3-x', 'scans/images.bin') },
    listing: '/public.php/dav/files/aB3-x/',
    ranges: true,
    asksElsewhere: true,
    close: () => host.close(),
  };
}
