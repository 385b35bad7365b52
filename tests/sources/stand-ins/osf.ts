import { bytes, noise } from '../../hosts/content.js';
import { startOsf } from '../../hosts/osf.js';
import type { StandIn } from './stand-in.js';

/** A private project with a folder and a component. */
export async function start(): Promise<StandIn> {
  const host = await startOsf({ tokens: ['osf-secret'] });
  const images = noise(3_500_000, 'osf');
  const labels = bytes('case,label\n1,0\n');
  const notes = bytes('Case 7 is missing.\n');
  await host.addNode({
    id: 'abc12',
    title: 'Phantoms',
    state: 'private',
    files: { 'scans/images.bin': images, 'labels.csv': labels },
  });
  await host.addNode({ id: 'def34', title: 'Notes', parent: 'abc12', files: { 'notes.txt': notes } });
  return {
    method: 'osf',
    host,
    env: { ...host.env, OSF_TOKEN: 'osf-secret' },
    secrets: ['osf-secret', 'signature-1'],
    entry: { method: 'osf', node: 'abc12' },
    locator: 'https://osf.io/abc12/',
    tree: { 'scans/images.bin': images, 'labels.csv': labels, 'Notes/notes.txt': notes },
    bytes: { host, path: host.storedPath('abc12', 'scans/images.bin') },
    listing: '/v2/nodes/abc12/files/osfstorage/',
    ranges: true,
    close: () => host.close(),
  };
}
