import { bytes, noise } from '../../hosts/content.js';
import { GcsHost } from '../../hosts/gcs.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new GcsHost({ tokens: ['google-secret'] }).start();
  const tree = {
    'scans/images.bin': noise(3_500_000, 'gcs'),
    'scans/labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  const objects = Object.fromEntries(Object.entries(tree).map(([path, content]) => [`data/${path}`, content]));
  await host.addBucket('phantoms', objects, { payer: true, open: false });
  return {
    method: 'gcs',
    host,
    env: { ...host.env, GOOGLE_OAUTH_ACCESS_TOKEN: 'google-secret', GOOGLE_CLOUD_PROJECT: 'my-project' },
    secrets: ['google-secret'],
    entry: { method: 'gcs', bucket: 'phantoms', prefix: 'data/', requesterPays: true },
    tree,
    bytes: { host, path: '/phantoms/data/scans/images.bin' },
    listing: '/storage/v1/b/phantoms/o',
    ranges: true,
    close: () => host.close(),
  };
}
