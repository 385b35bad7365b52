import { MendeleyHost } from '../../hosts/mendeley.js';
import { phantoms, type StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new MendeleyHost().start();
  const tree = phantoms('mendeley');
  await host.addVersion('phantoms01', 2, tree);
  return {
    method: 'mendeley',
    host,
    env: host.env,
    entry: { method: 'mendeley', dataset: 'phantoms01', version: 2 },
    locator: 'doi:10.17632/phantoms01.2',
    tree,
    bytes: { host, path: host.storedPath('phantoms01', 2, 'images.bin') },
    listing: '/public-api/datasets/phantoms01/files',
    ranges: true,
    close: () => host.close(),
  };
}
