import { bytes, noise } from '../../hosts/content.js';
import { InvenioHost } from '../../hosts/inveniordm.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new InvenioHost().start();
  const tree = {
    'images.bin': noise(3_500_000, 'inveniordm'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addRecord('abcde-fgh12', tree);
  return {
    method: 'inveniordm',
    host,
    env: host.env,
    entry: { method: 'inveniordm', server: 'https://data.example', record: 'abcde-fgh12' },
    locator: 'inveniordm:https://data.example/records/abcde-fgh12',
    tree,
    bytes: { host, path: host.filePath('abcde-fgh12', 'images.bin') },
    listing: '/api/records/abcde-fgh12/files',
    ranges: true,
    close: () => host.close(),
  };
}
