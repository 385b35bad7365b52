import { bytes, noise } from '../../hosts/content.js';
import { startKaggle } from '../../hosts/kaggle.js';
import type { StandIn } from './stand-in.js';

/** A dataset of single files, one of them in a zip, for an account with a key. */
export async function start(): Promise<StandIn> {
  const host = await startKaggle({ keys: { ada: 'kaggle-secret' } });
  const tree = {
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes/read me.txt': bytes('Case 7 is missing.\n'),
    'images.bin': noise(3_500_000, 'kaggle'),
  };
  const files = Object.entries(tree).map(([name, content]) => ({ name, content, wrapped: name.endsWith('.csv') }));
  const { paths } = await host.addDataset('ada/phantoms', files, { access: 'login' });
  return {
    method: 'kaggle',
    host,
    env: { MEDDS_ENDPOINT_KAGGLE: host.origin, KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'kaggle-secret' },
    secrets: ['kaggle-secret', Buffer.from('ada:kaggle-secret').toString('base64')],
    entry: { method: 'kaggle', dataset: 'ada/phantoms' },
    locator: 'kaggle:ada/phantoms',
    tree,
    bytes: { host: host.storage, path: paths.get('images.bin') as string },
    listing: '/api/v1/datasets/list/ada/phantoms',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
