/** A collection of three series, one of them large. */
import { noise } from '../../hosts/content.js';
import { type HeldSeries, startIdc } from '../../hosts/idc.js';
import type { StandIn } from './stand-in.js';

export async function start(): Promise<StandIn> {
  const host = await startIdc({ pageSize: 2, maxRows: 2 });
  const facts = [
    { patient: 'P1', images: [noise(30_000, 1), noise(40_000, 2), noise(50_000, 3)] },
    { patient: 'P2', images: [noise(3_500_000, 4)] },
    { patient: 'P2', modality: 'SEG', images: [noise(20_000, 5)] },
  ];
  const tree: StandIn['tree'] = {};
  const held: HeldSeries[] = [];
  for (const one of facts) {
    const series = await host.addSeries({ collection: 'phantom_lungs', ...one });
    for (const [at, path] of pathsOf(series).entries()) tree[path] = one.images[at] as (typeof one.images)[number];
    held.push(series);
  }
  await host.addSeries({ collection: 'others' });
  tree['IDC-phantom_lungs.json'] = JSON.stringify(host.about('phantom_lungs'));
  return {
    method: 'idc',
    host,
    env: host.env,
    entry: { method: 'idc', collection: 'phantom_lungs' },
    locator: 'idc:phantom_lungs',
    tree,
    bytes: { host: host.s3, path: `/idc-open-data/${held[1]?.keys[0]}` },
    listing: '/v3/sql',
    ranges: true,
    close: () => host.close(),
  };
}

/** Where the images of a series that is laid out as usual lie in the dataset. */
export function pathsOf({ patient, study, series, keys }: HeldSeries): string[] {
  return keys.map((key) => `${patient}/${study}/${series}/${key.split('/')[1]}`);
}
