import { bytes, noise } from '../../hosts/content.js';
import { startHuggingFace } from '../../hosts/huggingface.js';
import type { StandIn } from './stand-in.js';

/** A gated repository that the token opens. */
export async function start(): Promise<StandIn> {
  const token = 'hf_secretsecret';
  const host = await startHuggingFace({ tokens: { [token]: ['ada/phantoms'] } });
  const tree = {
    'images/scans.bin': noise(3_500_000, 'huggingface'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes on it.txt': bytes('Case 7 is missing.\n'),
  };
  const files = Object.entries(tree).map(([path, content]) => ({ path, content, lfs: path.endsWith('.bin') }));
  const commit = await host.addRepo({ id: 'ada/phantoms', gated: 'auto', files });
  return {
    method: 'huggingface',
    host,
    env: { MEDDS_ENDPOINT_HUGGINGFACE: host.origin, HF_TOKEN: token },
    secrets: [token],
    entry: { method: 'huggingface', repo: 'ada/phantoms' },
    locator: 'hf:ada/phantoms',
    tree,
    bytes: { host: host.cdn, path: host.largePath(commit, 'images/scans.bin') },
    listing: `/api/datasets/ada/phantoms/tree/${commit.sha}`,
    ranges: true,
    close: () => host.close(),
  };
}
