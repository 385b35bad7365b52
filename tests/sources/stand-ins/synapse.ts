import { bytes, noise } from '../../hosts/content.js';
import { startSynapse } from '../../hosts/synapse.js';
import type { StandIn } from './stand-in.js';

/** A folder for those who have an account. */
export async function start(): Promise<StandIn> {
  const host = await startSynapse({ accounts: { 'synapse-secret': { name: 'ada' } } });
  const images = noise(3_500_000, 'synapse');
  const labels = bytes('case,label\n1,0\n');
  const notes = bytes('Case 7 is missing.\n');
  host
    .addEntity({ id: 'syn1', name: 'Phantoms', type: 'Project' })
    .addEntity({ id: 'syn2', name: 'scans', parent: 'syn1' })
    .addEntity({ id: 'syn3', name: 'images.bin', parent: 'syn2', versions: ['old', images] })
    .addEntity({ id: 'syn4', name: 'labels.csv', parent: 'syn1', versions: [labels] })
    .addEntity({ id: 'syn5', name: 'notes.txt', parent: 'syn1', versions: [notes] });
  return {
    method: 'synapse',
    host,
    env: { ...host.env, SYNAPSE_AUTH_TOKEN: 'synapse-secret' },
    secrets: ['synapse-secret', 'signature-1'],
    entry: { method: 'synapse', entity: 'syn1' },
    locator: 'https://www.synapse.org/Synapse:syn1/files/',
    tree: { 'scans/images.bin': images, 'labels.csv': labels, 'notes.txt': notes },
    bytes: { host, path: host.storedPath('syn3') },
    listing: '/repo/v1/entity/children',
    ranges: true,
    close: () => host.close(),
  };
}
