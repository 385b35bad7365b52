import { bytes, noise } from '../../hosts/content.js';
import { startDataverse } from '../../hosts/dataverse.js';
import type { StandIn } from './stand-in.js';

const PID = 'doi:10.5072/FK2/SAMPLE';

/** A dataset with a folder and an ingested table, of which a token opens a part; bytes come from an object store. */
export async function start(): Promise<StandIn> {
  const host = await startDataverse({ tokens: ['dataverse-secret'] });
  const images = noise(3_500_000, 'dataverse');
  const labels = bytes('case,label\n1,0\n');
  const notes = bytes('Case 7 is missing.\n');
  await host.addDataset({
    pid: PID,
    files: [
      { name: 'images.bin', folder: 'scans/all', content: images },
      { name: 'labels.csv', content: labels, tab: 'case\tlabel\n1\t0\n' },
      { name: 'notes.txt', content: notes, restricted: true },
    ],
  });
  return {
    method: 'dataverse',
    host,
    env: {
      MEDDS_ENDPOINT_DATAVERSE: host.origin,
      DATAVERSE_API_TOKEN: 'dataverse-secret',
      DATAVERSE_SERVER: 'dataverse.example.org',
    },
    secrets: ['dataverse-secret', 'signature-1'],
    entry: { method: 'dataverse', server: 'https://dataverse.example.org', doi: PID },
    locator: `dataverse:dataverse.example.org/${PID}`,
    tree: { 'scans/all/images.bin': images, 'labels.csv': labels, 'notes.txt': notes },
    bytes: { host, path: host.storedPath(PID, 'images.bin') },
    listing: '/api/datasets/:persistentId/versions/:latest-published',
    ranges: true,
    close: () => host.close(),
  };
}
