import { bytes, noise } from '../../hosts/content.js';
import { MendeleyHost } from '../../hosts/mendeley.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new MendeleyHost().start();
  const tree = {
    'scans/images.bin': noise(3_500_000, 'mendeley'),
    'scans/labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addVersion('phantoms01', 2, tree);
  return {
    method: 'mendeley',
    host,
    env: host.env,
    entry: { method: 'mendeley', dataset: 'phantoms01', version: 2 },
    locator: 'doi:10.17632/phantoms01.2',
    tree,
    bytes: { host, path: host.storedPath('phantoms01', 2, 'images.bin') },
    listing: '/public-api/datasets/phantoms01/files',
    ranges: true,
    close: () => host.close(),
  };
}
