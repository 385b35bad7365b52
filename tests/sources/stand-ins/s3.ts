/** A folder of a public bucket. */
import { bytes, noise } from '../../hosts/content.js';
import { startS3 } from '../../hosts/s3.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await startS3({ pageSize: 2 });
  const tree = {
    'images/scan 1+2.tif': noise(3_500_000, 's3'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  host.addBucket('phantoms');
  await host.addObject('phantoms', { key: 'lungs/images/', content: '' });
  for (const [path, content] of Object.entries(tree)) {
    await host.addObject('phantoms', { key: `lungs/${path}`, content, parts: path.endsWith('.tif') ? 2 : 1 });
  }
  return {
    method: 's3',
    host,
    env: { MEDDS_ENDPOINT_S3: host.origin },
    entry: { method: 's3', bucket: 'phantoms', prefix: 'lungs/' },
    locator: 's3://phantoms/lungs',
    tree,
    bytes: { host, path: host.objectPath('phantoms', 'lungs/images/scan 1+2.tif') },
    listing: '/phantoms/',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
