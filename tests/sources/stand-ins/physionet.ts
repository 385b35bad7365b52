import { PhysioNetHost } from '../../hosts/physionet.js';
import { phantoms, type StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await new PhysioNetHost({ accounts: ['reader:physio-secret'] }).start();
  const tree = phantoms('physionet');
  await host.addProject('phantoms/1.0.0', tree, { open: false });
  return {
    method: 'physionet',
    host,
    env: { ...host.env, PHYSIONET_USERNAME: 'reader', PHYSIONET_PASSWORD: 'physio-secret' },
    secrets: ['physio-secret'],
    entry: { method: 'physionet', project: 'phantoms', version: '1.0.0' },
    locator: 'physionet:phantoms/1.0.0',
    tree,
    bytes: { host, path: '/files/phantoms/1.0.0/scans/images.bin' },
    listing: '/files/phantoms/1.0.0/SHA256SUMS.txt',
    ranges: true,
    close: () => host.close(),
  };
}
