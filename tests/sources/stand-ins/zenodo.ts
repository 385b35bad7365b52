import { bytes, noise } from '../../hosts/content.js';
import { ZenodoHost } from '../../hosts/zenodo.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new ZenodoHost({ tokens: ['zenodo-secret'] }).start();
  const tree = {
    'images.bin': noise(3_500_000, 'zenodo'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addRecord({ id: '1002', files: Object.entries(tree).map(([key, content]) => ({ key, content })) });
  return {
    method: 'zenodo',
    host,
    env: { MEDDS_ENDPOINT_ZENODO: host.origin, ZENODO_TOKEN: 'zenodo-secret' },
    secrets: ['zenodo-secret'],
    entry: { method: 'zenodo', record: '1002' },
    locator: 'zenodo:1002',
    tree,
    bytes: { host, path: host.filePath('1002', 'images.bin') },
    listing: '/api/records/1002',
    ranges: true,
    close: () => host.close(),
  };
}
