import { bytes, noise } from '../../hosts/content.js';
import { startGitHub } from '../../hosts/github.js';
import type { StandIn } from './stand-in.js';

/** A private repository that the token opens, its largest file in Git LFS. */
export async function start(): Promise<StandIn> {
  const token = 'ghp_secretsecret';
  const host = await startGitHub({ tokens: [token], questions: 5000 });
  const tree = {
    '.gitattributes': bytes('*.bin filter=lfs diff=lfs merge=lfs -text\n'),
    'images/scans.bin': noise(3_500_000, 'github'),
    'labels.csv': bytes('case,label\n1,0\n'),
    'notes on it.txt': bytes('Case 7 is missing.\n'),
  };
  const files = Object.entries(tree).map(([path, content]) => ({ path, content, lfs: path.endsWith('.bin') }));
  const commit = await host.addRepo('ada/phantoms', { private: true, files });
  return {
    method: 'github',
    host,
    env: { ...host.env, GITHUB_TOKEN: token },
    secrets: [token, Buffer.from(`x-access-token:${token}`).toString('base64')],
    entry: { method: 'github', repo: 'ada/phantoms' },
    locator: 'github:ada/phantoms',
    tree,
    bytes: { host, path: host.largePath(commit, 'images/scans.bin') },
    listing: `/api/repos/ada/phantoms/git/trees/${commit.sha}`,
    ranges: true,
    close: () => host.close(),
  };
}
