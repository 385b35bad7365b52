import { bytes, noise } from '../../hosts/content.js';
import { startFigshare } from '../../hosts/figshare.js';
import type { StandIn } from './stand-in.js';

/** An article as a client with a token sees it. */
export async function start(): Promise<StandIn> {
  const host = await startFigshare({ tokens: ['figshare-secret'] });
  const tree = {
    'images.bin': noise(3_500_000, 'figshare'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes.txt': bytes('Case 7 is missing.\n'),
  };
  await host.addArticle({ id: 5001, files: Object.entries(tree).map(([name, content]) => ({ name, content })) });
  return {
    method: 'figshare',
    host,
    env: { ...host.env, FIGSHARE_TOKEN: 'figshare-secret' },
    secrets: ['figshare-secret', 'signature-1'],
    entry: { method: 'figshare', article: '5001' },
    locator: 'figshare:5001',
    tree,
    bytes: { host, path: host.store.path(host.fileId(5001, 'images.bin')) },
    listing: '/v2/articles/5001',
    ranges: true,
    close: () => host.close(),
  };
}
