import { bytes, noise } from '../../hosts/content.js';
import { startNitrc } from '../../hosts/nitrc.js';
import type { StandIn } from './stand-in.js';

/** Releases of a project for those who have an account. */
export async function start(): Promise<StandIn> {
  const host = await startNitrc({ accounts: { ada: 'nitrc-secret' } });
  const tree = {
    'images.bin': noise(3_500_000, 'nitrc'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes & more.txt': bytes('Case 7 is missing.\n'),
  };
  host.addProject('phantoms', '48');
  for (const [at, [name, content]] of Object.entries(tree).entries()) {
    host.addRelease({ id: String(5730 + at), name, group: '48', content, access: 'login' });
  }
  return {
    method: 'nitrc',
    host,
    env: { ...host.env, NITRC_USERNAME: 'ada', NITRC_PASSWORD: 'nitrc-secret' },
    secrets: ['nitrc-secret', 'session-1', 'session-2'],
    entry: { method: 'nitrc', group: '48' },
    locator: 'https://www.nitrc.org/projects/phantoms/',
    tree,
    bytes: { host, path: host.filePath('5730') },
    listing: '/frs/',
    ranges: true,
    unverified: true,
    close: () => host.close(),
  };
}
