import { GcsHost } from '../../hosts/gcs.js';
import { phantoms, type StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new GcsHost({ tokens: ['google-secret'] }).start();
  const tree = phantoms('gcs');
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
