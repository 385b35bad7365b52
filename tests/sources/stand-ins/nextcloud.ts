import { NextcloudHost } from '../../hosts/nextcloud.js';
import { phantoms, type StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new NextcloudHost().start();
  const tree = phantoms('nextcloud');
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
